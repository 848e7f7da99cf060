"""Scenarios of claiming: the opening, the peak, the storm after sold out, and the same request again and again."""

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.arrivals import arrivals
from loadtest.history.record import Kind
from loadtest.scenarios.model import Needs, Scenario, expected_arrivals, one_after_another
from loadtest.scenarios.schedule import Schedule, in_order, repeated, rows

EARLY_S = 0.6
OPENS_IN_S = 6.0
_EARLY_SHARE = 0.06
_RUSH_REPEATS = 0.05
_STORM_REPEATS = 2
_STORM_WITHIN_NS = 250_000_000
_READS = 0.05


def _people(step: Step) -> int:
    return min(step.people, expected_arrivals(step))


def _rush_needs(step: Step) -> Needs:
    quota = step.quota or max(_people(step) // 2, 1)
    return Needs(accounts=_people(step), quota=quota, limit=step.per_person_limit, opens_in_s=OPENS_IN_S)


def _rush(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Some come before the opening, are told so, and come again after it under the same key, as apps do."""
    after = arrivals(step, rng) + int(EARLY_S * 1e9)
    early = int(len(after) * _EARLY_SHARE)
    before = np.sort(rng.integers(0, int(EARLY_S * 1e9), early))
    who = one_after_another(early + len(after), needs.accounts, rng)
    too_early = rows(Kind.CLAIM, before, first_key=1, person=who[:early])
    again = too_early.copy()
    again["t"], again["attempt"] = int(EARLY_S * 1e9) + rng.integers(0, 400_000_000, early), 1
    crowd = rows(Kind.CLAIM, after, first_key=1 + early, person=who[early:])
    twice = crowd[rng.random(len(crowd)) < _RUSH_REPEATS]
    reads = _remaining_reads(step, needs, rng, after_ns=int(EARLY_S * 1e9), first_key=1 + early + len(after))
    return in_order(too_early, again, crowd, repeated(twice, rng, latest_ns=_STORM_WITHIN_NS), reads)


def _remaining_reads(
    step: Step, needs: Needs, rng: np.random.Generator, *, first_key: int, after_ns: int = 0
) -> Schedule:
    count = int(expected_arrivals(step) * _READS)
    times = np.sort(rng.integers(after_ns, after_ns + int(step.duration_s * 1e9), count))
    return rows(Kind.READ_REMAINING, times, first_key=first_key, person=rng.integers(0, needs.accounts, count))


def _peak_needs(step: Step) -> Needs:
    quota = step.quota or expected_arrivals(step) * 2
    return Needs(accounts=step.people, quota=quota, limit=step.per_person_limit)


def _storm_needs(step: Step) -> Needs:
    return Needs(
        accounts=_people(step), quota=step.quota or max(expected_arrivals(step) // 20, 5), limit=step.per_person_limit
    )


def _crowd(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    times = arrivals(step, rng)
    crowd = rows(Kind.CLAIM, times, first_key=1, person=one_after_another(len(times), needs.accounts, rng))
    return in_order(crowd, _remaining_reads(step, needs, rng, first_key=1 + len(times)))


def _retry_needs(step: Step) -> Needs:
    firsts = max(expected_arrivals(step) // (1 + _STORM_REPEATS), 1)
    return Needs(
        accounts=min(step.people, firsts), quota=step.quota or max(firsts // 2, 1), limit=step.per_person_limit
    )


def _retries(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Every claim goes out three times under one key; one in four of the repetitions at the very same instant."""
    firsts = arrivals(step, rng)[:: 1 + _STORM_REPEATS]
    crowd = rows(Kind.CLAIM, firsts, first_key=1, person=one_after_another(len(firsts), needs.accounts, rng))
    storms = [
        repeated(crowd, rng, latest_ns=0 if n == 1 else _STORM_WITHIN_NS, attempt=n)
        for n in range(1, _STORM_REPEATS + 1)
    ]
    return in_order(crowd, *storms)


OPENING_RUSH = Scenario("opening_rush", "开抢高峰", "Opening rush", _rush_needs, _rush, early_s=EARLY_S)
STEADY_PEAK = Scenario("steady_peak", "持续高峰", "Steady peak", _peak_needs, _crowd)
SOLD_OUT_STORM = Scenario("sold_out_storm", "抢光后的冲击", "Storm after sold out", _storm_needs, _crowd)
RETRY_STORM = Scenario("retry_storm", "同键重试风暴", "Retry storm with the same keys", _retry_needs, _retries)
