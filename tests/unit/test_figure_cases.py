"""Cases of kind figure over runs made by hand."""

from dataclasses import replace

import pytest

from loadtest.agreed.plan import Plan, Step
from loadtest.cases.model import Case, all_cases
from loadtest.confidence.judging import judge_figure_case
from loadtest.history.record import Outcome
from loadtest.verdicts import Verdict
from tests.step_runs import MS, step_run, with_outcome


def plan(**limits: float) -> Plan:
    """A plan whose two steps state the limits."""
    steps = (
        Step(name="steady_peak", scenario="steady_peak", rate_per_s=1_000, duration_s=2, **limits),
        Step(name="opening_rush", scenario="opening_rush", rate_per_s=1_000, duration_s=2, **limits),
    )  # fmt: skip
    return Plan(name="检验", steps=steps)


def case(name: str) -> Case:
    """A case of the registry."""
    return all_cases()[f"figure-{name}"]


def test_five_quick_runs_pass_and_five_slow_ones_fail() -> None:
    agreed = plan(p99_limit_ms=100)
    assert judge_figure_case(case("steady-latency"), [step_run(20)] * 5, agreed).verdict is Verdict.PASS
    assert judge_figure_case(case("steady-latency"), [step_run(150)] * 5, agreed).verdict is Verdict.FAIL


def test_one_run_decides_nothing_and_says_how_many_are_needed() -> None:
    result = judge_figure_case(case("steady-latency"), [step_run(20)], plan(p99_limit_ms=100))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "至少需要 5 次" in result.reason_zh
    assert result.figures["of_runs"] == [20.0]


def test_a_limit_that_the_plan_does_not_state_is_not_judged() -> None:
    result = judge_figure_case(case("steady-latency"), [step_run()] * 5, plan())
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.figures["served_per_s"]


def test_an_unfit_generator_makes_the_figure_invalid_whatever_it_is() -> None:
    unfit = replace(step_run(150), unfit_zh=("发送延误",), unfit_en=("lag",))
    result = judge_figure_case(case("steady-latency"), [step_run(150)] * 4 + [unfit], plan(p99_limit_ms=100))
    assert result.verdict is Verdict.INVALID


def test_more_than_one_percent_guarded_is_inconclusive() -> None:
    guarded = with_outcome(step_run(20), slice(0, 30), Outcome.GUARDED, "guarded")
    result = judge_figure_case(case("steady-latency"), [guarded] * 5, plan(p99_limit_ms=100))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "风控" in result.reason_zh


def test_a_lost_path_is_inconclusive() -> None:
    lossy = replace(step_run(150), probe_ms=(1.0,) * 95 + (None,) * 5)
    result = judge_figure_case(case("steady-latency"), [lossy] * 5, plan(p99_limit_ms=100))
    assert result.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("outcome", [Outcome.NOT_EXECUTED, Outcome.UNKNOWN, Outcome.OPEN])
def test_turning_people_away_does_not_make_a_platform_quick(outcome: Outcome) -> None:
    shed = with_outcome(step_run(5), slice(0, 40), outcome)
    result = judge_figure_case(case("steady-latency"), [shed] * 5, plan(p99_limit_ms=100))
    assert result.verdict is Verdict.FAIL


def test_a_rate_that_was_never_offered_is_the_benchs_fault() -> None:
    agreed = plan(least_rate_per_s=900)
    assert judge_figure_case(case("steady-rate"), [step_run()] * 5, agreed).verdict is Verdict.PASS
    half = with_outcome(step_run(), slice(0, 1_000), Outcome.NOT_EXECUTED, "overloaded")
    assert judge_figure_case(case("steady-rate"), [half] * 5, agreed).verdict is Verdict.FAIL
    slow = step_run(every_ms=2.0)
    assert judge_figure_case(case("steady-rate"), [slow] * 5, agreed).verdict is Verdict.INCONCLUSIVE


def test_an_opening_is_late_only_when_certainly_late() -> None:
    agreed = plan(opens_within_ms=100)
    in_time = step_run(20)
    assert judge_figure_case(case("opening-offset"), [in_time], agreed).verdict is Verdict.PASS
    late = with_outcome(step_run(20), slice(0, 300), Outcome.REFUSED, "not_open")
    assert judge_figure_case(case("opening-offset"), [in_time, late], agreed).verdict is Verdict.FAIL
    unsure = replace(late, clock_bound_ns=300 * MS)
    assert judge_figure_case(case("opening-offset"), [unsure], agreed).verdict is Verdict.INCONCLUSIVE


def test_the_spike_is_drained_when_its_last_request_is_answered() -> None:
    agreed = plan(drains_within_s=1.1)
    assert judge_figure_case(case("opening-drain"), [step_run(50)] * 5, agreed).verdict is Verdict.PASS
    assert judge_figure_case(case("opening-drain"), [step_run(400)] * 5, agreed).verdict is Verdict.FAIL
    lost = with_outcome(step_run(50), slice(10, 11), Outcome.UNKNOWN)
    assert judge_figure_case(case("opening-drain"), [lost] * 5, agreed).verdict is Verdict.FAIL
