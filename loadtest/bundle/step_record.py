"""What is kept of one step under load: its figures and curves, computed once from the raw history."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Curve:
    """Counts of one thing in equal bins. A step has several, all of the bins of their ``Bins``."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Bins:
    """Curves over time. ``start_s`` is the first bin's left edge in seconds after the opening (or the first arrival).

    Counted where it happens: ``offered`` and ``not_sent`` at the intended time, ``sent`` when the first byte left,
    replies (``ok``, ``refused:CODE``, ``shed``, ``guarded``, ``error``) when the last byte came. ``p50_ms`` and
    ``p99_ms`` belong to the bin of the intended time; None where a bin has no reply, or that percentile none.
    """

    start_s: float
    width_s: float
    curves: tuple[Curve, ...]
    p50_ms: tuple[float | None, ...] = ()
    p99_ms: tuple[float | None, ...] = ()

    def curve(self, name: str) -> tuple[int, ...]:
        """The counts of that name; zeros when nothing of it happened."""
        for one in self.curves:
            if one.name == name:
                return one.counts
        width = len(self.curves[0].counts) if self.curves else 0
        return (0,) * width


@dataclass(frozen=True)
class Latency:
    """Percentiles from the intended time, in milliseconds: each is one real attempt's time, never rounded.

    ``population`` says which attempts; one that was never answered is longer than all others, so a percentile that
    falls on it is None.
    """

    population: str
    count: int
    unanswered: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    max_ms: float | None


@dataclass(frozen=True)
class Generator:
    """How well the sender kept its own schedule: lag is first byte minus intended time."""

    offered: int
    sent: int
    not_sent: int
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    in_flight_max: int

    @property
    def not_sent_share(self) -> float:
        """Of all that was to be sent."""
        return self.not_sent / self.offered if self.offered else 0.0


@dataclass(frozen=True)
class StepRecord:
    """One step. ``status`` invalid: the generator's own fault, rates and latencies prove nothing; ``why_zh`` says so.

    ``codes`` counts refusals by code. ``around_opening`` are bins of 100 ms from just before the announced second.
    """

    name: str
    scenario: str
    status: Literal["valid", "invalid", "not_run"]
    why_zh: str = ""
    rate_per_s: float = 0.0
    duration_s: float = 0.0
    processes: int = 1
    generator: Generator | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    latencies: tuple[Latency, ...] = ()
    whole: Bins | None = None
    around_opening: Bins | None = None
    facts: dict[str, float | int | str] = field(default_factory=dict)
