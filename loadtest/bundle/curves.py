"""Curves and percentiles of a step from its raw history. Percentiles are order statistics of raw nanoseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from loadtest.bundle.step_record import Bins, Curve, Generator, Latency
from loadtest.history.record import Outcome

MAX_BINS = 1_200
_S = 1_000_000_000
_MS = 1_000_000
_NEVER = np.iinfo(np.int64).max
Attempts = npt.NDArray[Any] | Mapping[str, npt.NDArray[Any]]
Times = npt.NDArray[np.int64]

# What a reply is called in a curve. OPEN and NOT_SENT have no reply and are counted at the intended time.
_NAMES = {
    Outcome.OK: "ok", Outcome.OK_UNREADABLE: "ok", Outcome.PENDING: "pending", Outcome.NOT_EXECUTED: "shed",
    Outcome.GUARDED: "guarded", Outcome.NO_EFFECT: "error", Outcome.UNKNOWN: "error",
}  # fmt: skip


@dataclass(frozen=True)
class Clocked:
    """A step's attempts as columns of ``ATTEMPT``, the words of their codes, and when it opened (ns, same clock).

    ``t_reply`` is 0 for what was never answered, ``t_invoke`` 0 for what was never sent.
    """

    attempts: Attempts
    codes: Sequence[str]
    opened_at_ns: int

    def column(self, name: str) -> Times:
        """One column as 64-bit integers."""
        return np.asarray(self.attempts[name]).astype(np.int64)


def generator_figures(step: Clocked) -> Generator:
    """Lag, NOT_SENT and the most requests in flight at one instant."""
    invoked, intended = step.column("t_invoke"), step.column("t_intended")
    sent = invoked > 0
    lag = np.sort(invoked[sent] - intended[sent])
    return Generator(
        offered=len(invoked), sent=int(sent.sum()), not_sent=int((~sent).sum()), lag_p50_ms=_ms(lag, 0.5),
        lag_p99_ms=_ms(lag, 0.99), lag_max_ms=_ms(lag, 1.0), in_flight_max=_most_in_flight(step, sent),
    )  # fmt: skip


def latencies(step: Clocked, first_s: Sequence[float] = (1.0, 5.0, 30.0)) -> tuple[Latency, ...]:
    """All sent attempts, successes, refusals; and all of the first seconds after the opening, each apart."""
    outcome, intended = step.column("outcome"), step.column("t_intended")
    since_s = (intended - step.opened_at_ns) / _S
    sent = step.column("t_invoke") > 0
    masks = {"all": sent, "ok": sent & (outcome == Outcome.OK), "refused": sent & (outcome == Outcome.REFUSED)}
    masks |= {f"first_{seconds:g}s": sent & (since_s >= 0) & (since_s < seconds) for seconds in first_s}
    masks[f"after_{max(first_s):g}s"] = sent & (since_s >= max(first_s))
    spans = _spans(step)
    return tuple(_latency(name, spans[mask]) for name, mask in masks.items() if mask.any())


def whole_course(step: Clocked, width_s: float = 1.0) -> Bins:
    """Bins of a second over the whole step; of more seconds where there would be more than ``MAX_BINS``."""
    last = max(int(step.column(name).max(initial=step.opened_at_ns)) for name in ("t_intended", "t_reply"))
    first = min(int(step.column("t_intended").min(initial=step.opened_at_ns)), step.opened_at_ns)
    start_s = np.floor((first - step.opened_at_ns) / _S / width_s) * width_s
    length_s = (last - step.opened_at_ns) / _S - start_s
    width_s *= max(1, int(np.ceil(length_s / width_s / MAX_BINS)))
    return binned(step, start_s=float(start_s), width_s=width_s, count=max(1, int(length_s // width_s) + 1))


def around_opening(step: Clocked, *, before_s: float = 1.0, after_s: float = 5.0) -> Bins:
    """Bins of 100 ms around the opening second."""
    return binned(step, start_s=-before_s, width_s=0.1, count=round((before_s + after_s) / 0.1))


def binned(step: Clocked, *, start_s: float, width_s: float, count: int) -> Bins:
    """The step's curves and latencies over ``count`` equal bins; what lies outside is left out."""
    edges = step.opened_at_ns + np.round((start_s + np.arange(count + 1) * width_s) * _S).astype(np.int64)
    intended, invoked, replied = (step.column(name) for name in ("t_intended", "t_invoke", "t_reply"))
    unanswered = intended[(invoked > 0) & (replied <= 0)]
    counted = {
        "offered": _counts(intended, edges), "sent": _counts(invoked[invoked > 0], edges),
        "not_sent": _counts(intended[invoked <= 0], edges), **_reply_counts(step, edges),
        "unanswered": _counts(unanswered, edges),
    }  # fmt: skip
    kept = {name: counts for name, counts in counted.items() if counts.any() or name in {"offered", "sent", "ok"}}
    curves = tuple(Curve(name, tuple(int(one) for one in counts)) for name, counts in kept.items())
    p50, p99 = _latency_by_bin(step, edges)
    return Bins(start_s, width_s, curves, p50, p99)


def outcome_counts(step: Clocked) -> dict[str, int]:
    """Attempts by outcome, in the words of ``Outcome``."""
    values, counts = np.unique(step.column("outcome"), return_counts=True)
    return {Outcome(int(value)).name: int(count) for value, count in zip(values, counts, strict=True)}


def code_counts(step: Clocked) -> dict[str, int]:
    """Refusals by code, the commonest first."""
    refused = step.column("code")[step.column("outcome") == Outcome.REFUSED]
    values, counts = np.unique(refused, return_counts=True)
    pairs = [(_word(step.codes, int(value)), int(count)) for value, count in zip(values, counts, strict=True)]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _word(codes: Sequence[str], number: int) -> str:
    return codes[number] if number < len(codes) and codes[number] else f"code_{number}"


def _spans(step: Clocked) -> Times:
    """Intended time to last byte; ``_NEVER`` for what was never answered."""
    replied = step.column("t_reply")
    return np.where(replied > 0, replied - step.column("t_intended"), _NEVER)


def _latency(population: str, spans: Times) -> Latency:
    ordered = np.sort(spans)
    unanswered = int((ordered == _NEVER).sum())
    p50, p90, p99, p999, top = (_or_none(_rank(ordered, share)) for share in (0.5, 0.9, 0.99, 0.999, 1.0))
    return Latency(population, len(ordered), unanswered, p50, p90, p99, p999, top)


def _rank(ordered: Times, share: float) -> int:
    """Nearest rank: the smallest value with at least that share at or below it."""
    return int(ordered[max(0, int(np.ceil(share * len(ordered))) - 1)])


def _or_none(nanoseconds: int) -> float | None:
    return None if nanoseconds == _NEVER else nanoseconds / _MS


def _ms(ordered: Times, share: float) -> float:
    return _rank(ordered, share) / _MS if len(ordered) else 0.0


def _most_in_flight(step: Clocked, sent: npt.NDArray[np.bool_]) -> int:
    """At ties an end comes before a start, so that touching requests do not count twice."""
    ends = step.column("t_reply")[sent]
    ends = ends[ends > 0]
    starts = step.column("t_invoke")[sent]
    times = np.concatenate([ends, starts])
    steps = np.concatenate([np.full(len(ends), -1), np.full(len(starts), 1)])
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max(initial=0))


def _reply_counts(step: Clocked, edges: Times) -> dict[str, npt.NDArray[np.int64]]:
    """Counts of replies by name; several outcomes may share one."""
    replied = step.column("t_reply")
    answered = replied > 0
    labels = (step.column("outcome") << 16 | step.column("code"))[answered]
    times = replied[answered]
    found: dict[str, npt.NDArray[np.int64]] = {}
    for label in np.unique(labels):
        outcome, code = Outcome(int(label) >> 16), int(label) & 0xFFFF
        name = f"refused:{_word(step.codes, code)}" if outcome is Outcome.REFUSED else _NAMES.get(outcome, "error")
        counts = _counts(times[labels == label], edges)
        found[name] = found[name] + counts if name in found else counts
    return dict(sorted(found.items()))


def _counts(times: Times, edges: Times) -> npt.NDArray[np.int64]:
    inside = times[(times >= edges[0]) & (times < edges[-1])]
    which = np.searchsorted(edges, inside, side="right") - 1
    return np.bincount(which, minlength=len(edges) - 1)


def _latency_by_bin(step: Clocked, edges: Times) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    sent = step.column("t_invoke") > 0
    intended, spans = step.column("t_intended")[sent], _spans(step)[sent]
    which = np.searchsorted(edges, intended, side="right") - 1
    order = np.lexsort((spans, which))
    which, spans = which[order], spans[order]
    bounds = np.searchsorted(which, np.arange(len(edges)))
    p50: list[float | None] = []
    p99: list[float | None] = []
    for left, right in pairwise(bounds):
        part = spans[left:right]
        p50.append(_or_none(_rank(part, 0.5)) if len(part) else None)
        p99.append(_or_none(_rank(part, 0.99)) if len(part) else None)
    return tuple(p50), tuple(p99)
