"""The knee finder against simulated platforms: a cliff, noise, memory, none at all."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from loadtest.vendor_claims.knee import Knee, KneeSettings, ProbeResult, find_knee


def search(passes: Callable[[float], bool | ProbeResult], **settings: float) -> tuple[Knee, list[float]]:
    """Find the knee of a platform that ``passes`` describes; and every rate that was tried."""
    rates: list[float] = []

    async def probe(rate: float) -> ProbeResult:
        rates.append(rate)
        found = passes(rate)
        return found if isinstance(found, ProbeResult) else ProbeResult(() if found else ("p99",))

    chosen = KneeSettings(**{"highest_rate_per_s": 64_000, **settings})
    return asyncio.run(find_knee(probe, chosen)), rates


@pytest.mark.parametrize("cliff", [120, 500, 3_700, 12_345, 63_000])
def test_a_cliff_is_found_between_the_last_that_passed_and_the_first_that_failed(cliff: float) -> None:
    knee, rates = search(lambda rate: rate <= cliff, first_rate_per_s=100)
    assert knee.confirmed
    assert knee.last_passed_per_s is not None
    assert knee.first_failed_per_s is not None
    assert knee.last_passed_per_s <= cliff < knee.first_failed_per_s <= knee.last_passed_per_s * 1.1
    assert knee.broken == ("p99",)
    assert rates.count(knee.last_passed_per_s) >= 4, "once to find it and three times to confirm it"
    assert rates.count(knee.first_failed_per_s) >= 4


def test_no_rate_above_the_highest_is_ever_tried() -> None:
    knee, rates = search(lambda _rate: True, highest_rate_per_s=5_000)
    assert max(rates) == 5_000
    assert (knee.last_passed_per_s, knee.first_failed_per_s, knee.broken) == (5_000, None, ())
    assert knee.confirmed


def test_a_platform_that_never_passes_has_no_last_rate() -> None:
    knee, _ = search(lambda _rate: False)
    assert knee.last_passed_per_s is None
    assert knee.first_failed_per_s == 500
    assert knee.confirmed


def noisy(seed: int) -> Callable[[float], bool]:
    """A knee at 10,000/s that wanders by some 8 % from try to try."""
    random = np.random.default_rng(seed)
    return lambda rate: bool(rate * np.exp(random.normal(0, 0.08)) <= 10_000)


def test_noise_moves_the_answer_little_and_is_never_called_confirmed_far_off() -> None:
    for seed in range(40):
        knee, _ = search(noisy(seed), most_probes=200)
        if knee.confirmed:
            assert knee.last_passed_per_s is not None
            assert 6_500 < knee.last_passed_per_s < 11_500


def test_a_lucky_pass_above_the_knee_is_taken_back_by_confirmation() -> None:
    seen: list[float] = []

    def lucky_once(rate: float) -> bool:
        seen.append(rate)
        return rate <= 3_000 or (rate == 4_000 and seen.count(4_000) == 1)

    knee, _ = search(lucky_once)
    assert knee.confirmed
    assert knee.last_passed_per_s is not None
    assert knee.last_passed_per_s <= 3_000


def test_an_unlucky_failure_below_the_knee_is_taken_back_too() -> None:
    seen: list[float] = []

    def unlucky_once(rate: float) -> bool:
        seen.append(rate)
        return rate <= 20_000 and not (rate == 4_000 and seen.count(4_000) == 1)

    knee, _ = search(unlucky_once, most_probes=200)
    assert knee.confirmed
    assert knee.last_passed_per_s is not None
    assert knee.last_passed_per_s > 15_000


def test_hysteresis_reports_the_rate_that_holds_again_and_again() -> None:
    """Once driven over 8,000/s it stays broken above 5,000/s, as a platform does whose queue never drains."""
    tripped: list[float] = []

    def remembers(rate: float) -> bool:
        if rate > 8_000:
            tripped.append(rate)
        return rate <= (5_000 if tripped else 8_000)

    knee, _ = search(remembers)
    assert knee.confirmed
    assert knee.last_passed_per_s is not None
    assert 4_500 <= knee.last_passed_per_s <= 5_000


def test_a_bench_that_cannot_offer_the_rate_stops_the_search_without_blaming_the_platform() -> None:
    limit = ProbeResult(usable=False, why_unusable="lag p99 40 ms")
    knee, rates = search(lambda rate: True if rate <= 2_000 else limit)
    assert not knee.confirmed
    assert "lag p99 40 ms" in knee.why_not
    assert knee.last_passed_per_s == 2_000
    assert knee.first_failed_per_s is None
    assert rates == [500, 1_000, 2_000, 4_000]


def test_probes_are_bounded() -> None:
    random = np.random.default_rng(1)
    knee, rates = search(lambda _rate: bool(random.random() < 0.5), most_probes=25)
    assert len(rates) <= 25
    assert knee.confirmed or "25 probes" in knee.why_not
