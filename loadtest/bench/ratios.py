"""Ratios of rates that were measured in turns, with their spread; none where something is not as it must be."""

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.bench.phases import Phase
from loadtest.machine import stamp


class NotComparable(Exception):
    """No ratio may be given; the text says why. ``phases`` are those that were measured, where there were any."""

    def __init__(self, why: str, phases: Sequence[Phase] = ()) -> None:
        super().__init__(why)
        self.phases = phases


def refused(error: NotComparable) -> dict[str, Any]:
    """What is written in place of figures."""
    return {"refused": str(error), "phases": [vars(phase) for phase in error.phases], **stamp()}


@dataclass(frozen=True)
class Spread:
    """Median, lowest and highest of the rounds, in their order."""

    rounds: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.rounds)

    def as_json(self, digits: int = 3) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "median": round(self.median, digits), "low": round(min(self.rounds), digits),
            "high": round(max(self.rounds), digits), "rounds": [round(one, digits) for one in self.rounds],
        }  # fmt: skip


def refuse_faults(phases: Sequence[Phase]) -> None:
    """Raises NotComparable where a request had no answer, or what is stored is not what was acknowledged."""
    faults = [fault for phase in phases for fault in phase.faults()]
    if faults:
        raise NotComparable("; ".join(faults), phases)


def rates(phases: Iterable[Phase]) -> dict[str, Spread]:
    """Rates a second by kind of phase, in the order of the rounds."""
    found: dict[str, list[float]] = {}
    for phase in phases:
        found.setdefault(phase.kind, []).append(phase.rate_per_s)
    return {kind: Spread(rounds) for kind, rounds in found.items()}


def ratio(rates_by_kind: Mapping[str, Spread], of: str, to: str) -> Spread:
    """Round by round, since what disturbs a machine disturbs neighbours alike. Raises NotComparable."""
    mine, its = rates_by_kind[of].rounds, rates_by_kind[to].rounds
    if len(mine) != len(its) or not all(its):
        raise NotComparable(f"{of} has {len(mine)} rounds, {to} has {len(its)} (0 among them: {0 in its})")
    return Spread([one / other for one, other in zip(mine, its, strict=True)])


def written(file: Path, measure: Callable[[], dict[str, Any]], told: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Measure, write ``file``, tell the few figures that ``told`` picks; the exit code.

    0: every limit is met, 1: ``missed`` names some that are not, 2: not comparable.
    """
    try:
        figures = measure()
    except NotComparable as error:
        file.write_text(json.dumps(refused(error), indent=1) + "\n", encoding="utf-8")
        sys.stderr.write(f"no ratios: {error}\n")
        return 2
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(json.dumps(told(figures)) + "\n")
    return 1 if figures["missed"] else 0
