"""What a check says: its violations, how many there are, and what of it the history has exercised at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtest.checks.evidence import Evidence
from loadtest.evidence.result import Witness
from loadtest.history.columns import Column

MOST_WITNESSES = 3
MOST_RECORDS = 20_000


@dataclass(frozen=True)
class CheckReport:
    """``count`` violations in all, of which ``violations`` are shown. ``exercised``: goals by name (see ``goals``)."""

    count: int = 0
    violations: tuple[Witness, ...] = ()
    exercised: Mapping[str, bool] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[Evidence], CheckReport]


@dataclass(frozen=True)
class Found:
    """One violation before it is written out. ``rows`` are the attempts that prove it."""

    zh: str
    en: str
    rows: Sequence[int]
    facts: Mapping[str, Any] = field(default_factory=dict)


def report(check: str, evidence: Evidence, found: Iterable[Found], count: int, **figures: Any) -> CheckReport:
    """Write the first few out with their raw records."""
    witnesses = tuple(_witness(check, evidence, one) for one, _ in zip(found, range(MOST_WITNESSES), strict=False))
    return CheckReport(count, witnesses, {}, figures)


def together(reports: Iterable[CheckReport]) -> CheckReport:
    """One report of several parts of a check, or of several batches. Figures of one name add up."""
    parts = list(reports)
    figures: dict[str, Any] = {}
    for part in parts:
        for name, value in part.figures.items():
            figures[name] = figures.get(name, 0) + value
    violations = [one for part in parts for one in part.violations]
    return CheckReport(sum(part.count for part in parts), tuple(violations[:MOST_WITNESSES]), {}, figures)


def numbers(values: Column) -> list[int]:
    """Plain integers."""
    return [int(value) for value in values]


def _witness(check: str, evidence: Evidence, found: Found) -> Witness:
    records = evidence.history.raw(numbers(found.rows[:MOST_RECORDS]))  # type: ignore[arg-type]
    return Witness(check, found.zh, found.en, dict(found.facts), records)
