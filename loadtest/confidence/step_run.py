"""One repetition of a step under load, as figures need it: times, outcomes, and whether its figures may be used."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from loadtest.checks.facts import Facts
from loadtest.engine.measuring import fitness, read_figures
from loadtest.history.codes import CODE_NUMBER
from loadtest.history.columns import FOREVER, History
from loadtest.history.record import Outcome

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_S, _MS = 1e9, 1e6
_PROBE_FILE = "probe.json"
_TIMES = frozenset({"intended", "invoke", "reply"})


@dataclass(frozen=True)
class StepRun:
    """Columns of attempts as in ``history.record.ATTEMPT``; times in ns of one clock.

    ``opens_ns`` ± ``clock_bound_ns``: the announced opening on that clock. ``unfit_zh`` / ``unfit_en``: why its rates
    and latencies may not be used; empty when they may. ``probe_ms``: round trips beside the load, None where lost.
    """

    intended: Ints
    invoke: Ints
    reply: Ints
    outcome: Ints
    code: Ints
    attempt: Ints
    opens_ns: int | None = None
    clock_bound_ns: int = 0
    unfit_zh: tuple[str, ...] = ()
    unfit_en: tuple[str, ...] = ()
    probe_ms: tuple[float | None, ...] = ()

    @classmethod
    def read(cls, path: Path, history: History, facts: Facts, *, processes: int) -> Self:
        """The repetition whose folder is ``path``; ``processes`` generators were to play it."""
        figures = read_figures(path)
        fit = fitness(figures, processes)
        probe = path / _PROBE_FILE
        told: dict[str, Any] = json.loads(probe.read_text(encoding="utf-8")) if probe.is_file() else {}
        batch = facts.batches[0] if facts.batches else None
        columns = {
            name: history.columns[f"t_{name}" if name in _TIMES else name][history.load].astype(np.int64)
            for name in ("intended", "invoke", "reply", "outcome", "code", "attempt")
        }
        return cls(
            **columns, opens_ns=batch.opens_ns if batch else None, clock_bound_ns=batch.clock_bound_ns if batch else 0,
            unfit_zh=fit.reasons_zh, unfit_en=fit.reasons_en, probe_ms=tuple(told.get("milliseconds", ())),
        )  # fmt: skip

    def _is(self, *outcomes: Outcome) -> Mask:
        found: Mask = np.isin(self.outcome, outcomes)
        return found

    @cached_property
    def planned(self) -> Mask:
        """What the schedule wanted and the generator sent: repetitions of a key are no arrivals of their own."""
        first: Mask = (self.attempt == 0) & ~self._is(Outcome.NOT_SENT)
        return first

    @cached_property
    def served(self) -> Mask:
        """Arrivals that were answered to the point: granted, or refused by a documented rule."""
        return self.planned & self._is(Outcome.OK, Outcome.OK_UNREADABLE, Outcome.REFUSED)

    def latencies_ms(self) -> NDArray[np.float64]:
        """From the intended time to the reply. Who was turned away or never answered was not served: infinite."""
        spans = np.where(self.served & (self.reply < FOREVER), (self.reply - self.intended) / _MS, np.inf)
        chosen: NDArray[np.float64] = spans[self.planned & ~self._is(Outcome.GUARDED)]
        return chosen

    @property
    def guarded_share(self) -> float:
        """Arrivals that a risk rule stopped."""
        return float((self.planned & self._is(Outcome.GUARDED)).sum() / max(1, self.planned.sum()))

    def seconds(self) -> float:
        """From the first arrival to the later of the last arrival and the last answer to the point."""
        if not self.planned.any():
            return 0.0
        ends = [int(self.intended[self.planned].max())]
        if self.served.any():
            ends.append(int(self.reply[self.served].max()))
        return max(1e-9, (max(ends) - int(self.intended[self.planned].min())) / _S)

    def offered_per_s(self) -> float:
        """Arrivals a second over the time in which they arrived."""
        if int(self.planned.sum()) < 2:
            return 0.0
        times = self.intended[self.planned]
        return float((len(times) - 1) / max(1e-9, (int(times.max()) - int(times.min())) / _S))

    def served_per_s(self) -> float:
        """Answers to the point a second, the time of draining included."""
        return float(self.served.sum() / self.seconds()) if self.served.any() else 0.0

    def opening_offset_ms(self) -> tuple[float, float] | None:
        """Bounds of how late the platform opened; None when no arrival shows it.

        Upper: the first claim that was granted had been let in by its reply. Lower: a claim refused with ``not_open``
        met a platform not yet open at its invoke or later. Both widened by the clock's bound.
        """
        granted = self._is(Outcome.OK, Outcome.OK_UNREADABLE)
        if self.opens_ns is None or not granted.any():
            return None
        early = (self.code == CODE_NUMBER["not_open"]) & self._is(Outcome.REFUSED)
        upper = int(self.reply[granted].min()) + self.clock_bound_ns - self.opens_ns
        lower = int(self.invoke[early].max()) - self.clock_bound_ns - self.opens_ns if early.any() else 0
        return max(0.0, lower / _MS), max(0.0, upper / _MS)

    def drain_s(self, spike_s: float) -> float:
        """From the opening until all who came within ``spike_s`` of it were answered; inf if somebody never was."""
        opens = self.opens_ns if self.opens_ns is not None else int(self.intended[self.planned].min(initial=FOREVER))
        spike = self.planned & (self.intended >= opens) & (self.intended < opens + int(spike_s * _S))
        if not spike.any():
            return 0.0
        last = int(self.reply[spike].max())
        return float("inf") if last >= FOREVER else (last - opens) / _S


def path_fault(runs: Sequence[StepRun], limit_ms: float | None) -> str:
    """Why the path spoils latencies, in Chinese; empty when it does not, or was not probed."""
    for number, run in enumerate(runs, 1):
        probes = run.probe_ms
        lost = sum(probe is None for probe in probes)
        if len(probes) >= _FEWEST_PROBES and lost > _MOST_LOST * len(probes):
            return f"第 {number} 次：{len(probes)} 次旁路探测中丢失 {lost} 次"
        known = [probe for probe in probes if probe is not None]
        if limit_ms is not None and known and float(np.median(known)) > limit_ms / 2:
            return f"第 {number} 次：旁路探测的中位往返 {np.median(known):.1f} ms 已超过限值的一半"
    return ""


_FEWEST_PROBES = 20
_MOST_LOST = 0.01
