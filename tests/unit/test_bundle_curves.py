"""Curves and percentiles: raw times, honest about what was never answered or never sent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.bundle.charts.axes import ticks
from loadtest.bundle.curves import (
    MAX_BINS,
    around_opening,
    binned,
    code_counts,
    generator_figures,
    latencies,
    outcome_counts,
    whole_course,
)
from loadtest.bundle.step_record import Latency
from loadtest.history.record import Outcome
from tests.bundle_samples import attempt, clocked


def by_name(found: tuple[Latency, ...]) -> dict[str, Latency]:
    return {one.population: one for one in found}


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=300))
def test_percentiles_are_real_attempts_never_rounded(spans_us: list[int]) -> None:
    step = clocked(*(attempt(n, took_ms=span / 1000) for n, span in enumerate(spans_us)))
    found = by_name(latencies(step))["all"]
    ordered = sorted(spans_us)
    for share, value in ((0.5, found.p50_ms), (0.9, found.p90_ms), (0.99, found.p99_ms), (0.999, found.p999_ms)):
        expected = ordered[int(np.ceil(share * len(ordered))) - 1] / 1000
        assert value == pytest.approx(expected, abs=1e-9)


def test_1049_ms_stays_1049_ms() -> None:
    assert by_name(latencies(clocked(attempt(0, took_ms=1049))))["all"].p99_ms == 1049


def test_latency_counts_from_the_intended_time_not_from_the_sending() -> None:
    step = clocked(attempt(0, lag_ms=400, took_ms=500))
    assert by_name(latencies(step))["all"].p50_ms == 500


def test_what_was_never_answered_is_longer_than_everything() -> None:
    answered = [attempt(n, took_ms=10) for n in range(98)]
    lost = [attempt(98 + n, took_ms=None, outcome=Outcome.OPEN) for n in range(2)]
    found = by_name(latencies(clocked(*answered, *lost)))["all"]
    assert (found.unanswered, found.p90_ms, found.p99_ms, found.max_ms) == (2, 10, None, None)


def test_first_seconds_after_the_opening_stand_apart() -> None:
    step = clocked(*(attempt(ms, took_ms=took) for ms, took in ((-5, 1), (500, 200), (2000, 50), (31_000, 5))))
    found = by_name(latencies(step))
    assert (found["first_1s"].max_ms, found["first_5s"].count, found["after_30s"].p50_ms) == (200, 2, 5)


def test_generator_figures_tell_lag_and_what_was_not_sent() -> None:
    sent = [attempt(n * 10, lag_ms=n / 10, took_ms=100) for n in range(10)]
    found = generator_figures(clocked(*sent, attempt(200, outcome=Outcome.NOT_SENT)))
    assert (found.offered, found.sent, found.not_sent) == (11, 10, 1)
    assert found.not_sent_share == pytest.approx(1 / 11)
    assert found.lag_max_ms == pytest.approx(0.9)
    assert found.in_flight_max == 10


def test_requests_that_only_touch_are_not_in_flight_together() -> None:
    step = clocked(attempt(0, took_ms=10), attempt(10, took_ms=10))
    assert generator_figures(step).in_flight_max == 1


def test_each_thing_is_counted_where_it_happens() -> None:
    step = clocked(
        attempt(10, took_ms=150), attempt(20, took_ms=30, outcome=Outcome.REFUSED, code="sold_out"),
        attempt(30, took_ms=None, outcome=Outcome.OPEN), attempt(110, outcome=Outcome.NOT_SENT),
        attempt(120, took_ms=5, outcome=Outcome.UNKNOWN), attempt(130, took_ms=6, outcome=Outcome.NOT_EXECUTED),
    )  # fmt: skip
    bins = binned(step, start_s=0, width_s=0.1, count=2)
    assert bins.curve("offered") == (3, 3)
    assert bins.curve("sent") == (3, 2)
    assert bins.curve("not_sent") == (0, 1)
    assert bins.curve("ok") == (0, 1)
    assert bins.curve("refused:sold_out") == (1, 0)
    assert bins.curve("unanswered") == (1, 0)
    assert (bins.curve("error"), bins.curve("shed")) == ((0, 1), (0, 1))
    assert (bins.p50_ms[0], bins.p99_ms[0]) == (150, None)


@given(st.lists(st.tuples(st.integers(-900, 4_900), st.integers(1, 90)), min_size=1, max_size=120))
def test_no_arrival_and_no_success_is_lost_between_bins(pairs: list[tuple[int, int]]) -> None:
    step = clocked(*(attempt(ms, took_ms=took) for ms, took in pairs))
    for bins in (around_opening(step), whole_course(step)):
        assert sum(bins.curve("offered")) == sum(bins.curve("ok")) == len(pairs)


def test_a_long_run_has_wider_bins_not_more() -> None:
    bins = whole_course(clocked(attempt(0), attempt(24 * 3_600_000)))
    assert len(bins.curve("offered")) <= MAX_BINS + 1
    assert sum(bins.curve("offered")) == 2


def test_outcomes_and_refusal_codes_are_counted_in_words() -> None:
    refused = [attempt(n, outcome=Outcome.REFUSED, code="sold_out") for n in range(3)]
    step = clocked(attempt(0), *refused, attempt(9, outcome=Outcome.REFUSED, code="not_open"))
    assert outcome_counts(step) == {"OK": 1, "REFUSED": 4}
    assert list(code_counts(step).items()) == [("sold_out", 3), ("not_open", 1)]


@given(st.floats(0.001, 1e9), st.integers(2, 10))
def test_ticks_are_round_and_cover_the_range(high: float, wanted: int) -> None:
    marks = ticks(0, high, wanted)
    assert marks[0] == 0
    assert marks[-1] >= high * 0.999_999
    assert 2 <= len(marks) <= 2 * wanted + 2
