"""When requests are meant to arrive: the whole schedule of a step, made from a seed before the first one is sent.

Times are int64 nanoseconds after the start of the step, in order.
"""

import numpy as np
from numpy.typing import NDArray

from loadtest.agreed.plan import Step

Offsets = NDArray[np.int64]
_NS = 1_000_000_000
PEAK_WINDOW_NS = 100_000_000


def poisson(rng: np.random.Generator, *, rate_per_s: float, duration_s: float) -> Offsets:
    """A Poisson process: its number of arrivals is drawn, and given that they lie uniformly."""
    count = int(rng.poisson(rate_per_s * duration_s))
    return _uniform(rng, count, 0.0, duration_s)


def constant(*, rate_per_s: float, duration_s: float) -> Offsets:
    """One arrival every ``1 / rate_per_s`` seconds, the first at once."""
    count = int(np.floor(rate_per_s * duration_s + 1e-9))
    return np.round(np.arange(count) * (_NS / rate_per_s)).astype(np.int64)


def spike(
    rng: np.random.Generator, *, rate_per_s: float, duration_s: float, spike_share: float, spike_s: float
) -> Offsets:
    """An opening: ``spike_share`` of the arrivals in the first ``spike_s`` seconds, the rest after them."""
    spike_s = min(spike_s, duration_s)
    count = int(rng.poisson(rate_per_s * duration_s))
    early = int(rng.binomial(count, spike_share))
    first = _uniform(rng, early, 0.0, spike_s)
    return np.concatenate([first, _uniform(rng, count - early, spike_s, duration_s)])


def arrivals(step: Step, rng: np.random.Generator) -> Offsets:
    """The arrivals that a step of the plan asks for."""
    asked = {"rate_per_s": step.rate_per_s, "duration_s": step.duration_s}
    if step.arrivals == "constant":
        return constant(**asked)
    if step.arrivals == "spike":
        return spike(rng, **asked, spike_share=step.spike_share, spike_s=step.spike_s)
    return poisson(rng, **asked)


def peak_per_s(offsets: Offsets, window_ns: int = PEAK_WINDOW_NS) -> float:
    """The highest rate in any window of that length; windows may begin anywhere."""
    if len(offsets) == 0:
        return 0.0
    ends = np.searchsorted(offsets, offsets + window_ns, side="left")
    return float((ends - np.arange(len(offsets))).max() * _NS / window_ns)


def _uniform(rng: np.random.Generator, count: int, start_s: float, end_s: float) -> Offsets:
    points = rng.uniform(start_s * _NS, max(end_s, start_s) * _NS, count)
    return np.sort(points.astype(np.int64))
