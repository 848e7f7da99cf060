"""The schedule of arrivals is what it says it is: its distribution, its seed, its peak."""

import numpy as np
import pytest

from loadtest.agreed.plan import Step
from loadtest.arrivals import arrivals, constant, peak_per_s, poisson, spike


def kolmogorov_smirnov(sample: np.ndarray, distribution: np.ndarray) -> float:
    """The scaled statistic √n·D of a sorted sample against its distribution function at those points."""
    n = len(sample)
    above = np.arange(1, n + 1) / n - distribution
    below = distribution - np.arange(n) / n
    return float(np.sqrt(n) * max(above.max(), below.max()))


# P(√n·D > 1.95) = 0.001 for a sample of the named distribution; the seeds are fixed, so the tests do not flicker.
CRITICAL = 1.95


@pytest.mark.parametrize("seed", range(5))
def test_gaps_of_a_poisson_process_are_exponential(seed: int) -> None:
    offsets = poisson(np.random.default_rng(seed), rate_per_s=2_000, duration_s=20)
    gaps = np.sort(np.diff(offsets)) / 1e9
    assert kolmogorov_smirnov(gaps, 1 - np.exp(-2_000 * gaps)) < CRITICAL
    assert abs(len(offsets) - 40_000) < 4 * np.sqrt(40_000)


def test_the_statistic_tells_even_gaps_from_exponential_ones() -> None:
    gaps = np.sort(np.diff(constant(rate_per_s=2_000, duration_s=20))) / 1e9
    assert kolmogorov_smirnov(gaps, 1 - np.exp(-2_000 * gaps)) > 10 * CRITICAL


@pytest.mark.parametrize("seed", range(5))
def test_an_opening_spike_is_uniform_on_both_sides_with_the_share_that_was_asked(seed: int) -> None:
    offsets = spike(np.random.default_rng(seed), rate_per_s=2_000, duration_s=10, spike_share=0.6, spike_s=1.0)
    seconds = offsets / 1e9
    expected = np.where(seconds < 1, 0.6 * seconds, 0.6 + 0.4 * (seconds - 1) / 9)
    assert kolmogorov_smirnov(seconds, expected) < CRITICAL
    assert (np.diff(offsets) >= 0).all()


def test_constant_arrivals_are_evenly_spaced_from_the_start() -> None:
    offsets = constant(rate_per_s=8, duration_s=2)
    assert offsets.tolist() == [n * 125_000_000 for n in range(16)]


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    step = Step(name="x", scenario="steady_peak", rate_per_s=100, duration_s=5)
    first, again, other = (arrivals(step, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_the_peak_is_that_of_the_fullest_tenth_of_a_second_wherever_it_begins() -> None:
    assert peak_per_s(constant(rate_per_s=1_000, duration_s=1)) == pytest.approx(1_000)
    straddling = np.array([95_000_000, 99_000_000, 101_000_000, 150_000_000, 900_000_000], np.int64)
    assert peak_per_s(straddling) == 40
    assert peak_per_s(np.zeros(0, np.int64)) == 0
