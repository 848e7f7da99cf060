"""Two hosts' clocks: bounds that always hold the truth, and none where a reading is missing."""

import numpy as np
import pytest

from loadtest.engine.clocks import ClockReading, RoundTrip, reading, widest


def trips(rng: np.random.Generator, offset_ns: int, count: int = 9) -> list[RoundTrip]:
    """Round trips whose two ways take times of their own, up to 3 ms each."""
    found = []
    for number in range(count):
        sent = number * 10_000_000
        there, back = (int(one) for one in rng.integers(1, 3_000_000, 2))
        found.append(RoundTrip(sent, sent + there + offset_ns, sent + there + back))
    return found


@pytest.mark.parametrize("seed", range(50))
def test_the_true_offset_lies_within_the_bound_however_uneven_the_ways_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offset = int(rng.integers(-(10**12), 10**12))
    found = reading(trips(rng, offset))
    assert found is not None
    assert abs(found.offset_ns - offset) <= found.bound_ns
    assert found.bound_ns < 3_000_000


@pytest.mark.parametrize("seed", range(20))
def test_readings_before_and_after_a_drift_are_all_covered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offsets = [1_000_000, 1_000_000 + int(rng.integers(0, 5_000_000))]
    together = widest([reading(trips(rng, offset)) for offset in offsets])
    assert together is not None
    for offset in offsets:
        assert abs(together.offset_ns - offset) <= together.bound_ns


def test_a_missing_reading_leaves_the_clock_unknown() -> None:
    assert reading([]) is None
    assert widest([]) is None
    assert widest([ClockReading(0, 1), None]) is None
    assert widest([ClockReading(0, 0), ClockReading(0, 0)]) == ClockReading(0, 0)
