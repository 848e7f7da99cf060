"""How a case over a step's history comes out: violations first, then what is unknown, then what was not exercised."""

from typing import Any

import pytest

from loadtest.cases.model import Case, all_cases
from loadtest.checks.catalogue import CHECKS, GOAL_ZH, goals_of
from loadtest.checks.evidence import Evidence
from loadtest.checks.judging import judge_step_case
from loadtest.evidence.result import CaseResult
from loadtest.verdicts import Verdict
from tests.hand_histories import FACTS, Told, claim, facts_with, history, lost, refused

CASE = Case(
    id="hand-made", clauses=("N3.2",), basis="notice", must=True, kind="step", step="by_hand", check="C1",
    title_zh="不超发", title_en="never oversold", expected_zh="不超过额度", goals=("sold_out_seen",),
)  # fmt: skip


def judged(*told: Told, budget: float = 0.001, **changes: Any) -> CaseResult:
    """The case, changed so, over these attempts."""
    case = CASE.model_copy(update=changes)
    return judge_step_case(case, history(*told), facts_with(unknown_budget=budget))


SOLD = (claim(1, 0, 1), claim(2, 0, 1), refused(3, 2, 3))


def test_what_was_exercised_and_not_violated_passes() -> None:
    assert judged(*SOLD).verdict == Verdict.PASS


def test_a_violation_fails_whatever_else_is_missing() -> None:
    found = judged(claim(1, 0, 1), claim(2, 0, 1), claim(4, 0, 1), lost(5, 0))
    assert found.verdict == Verdict.FAIL
    assert found.figures["violations"] == 1
    assert len(found.witnesses) == 1
    assert "额度" in found.actual_zh


@pytest.mark.parametrize("changes", [{"must": False}, {"basis": "good_practice"}])
def test_what_is_no_duty_only_warns(changes: dict[str, Any]) -> None:
    assert judged(claim(1, 0, 1), claim(2, 0, 1), claim(4, 0, 1), **changes).verdict == Verdict.WARN


def test_what_was_not_exercised_is_never_a_pass() -> None:
    found = judged(claim(1, 0, 1))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert GOAL_ZH["sold_out_seen"] in found.reason_zh
    assert judged().verdict == Verdict.INCONCLUSIVE


def test_too_much_unknown_decides_nothing() -> None:
    assert judged(*SOLD, lost(9, 0)).verdict == Verdict.INCONCLUSIVE
    assert judged(*SOLD, lost(9, 0), budget=0.3).verdict == Verdict.PASS
    assert judged(*SOLD, lost(9, 0), refused(9, 5, 6)).verdict == Verdict.PASS, "it was asked again"


def test_a_platform_that_refuses_everything_passes_no_case() -> None:
    refusing = tuple(refused(key, key, key + 1, "not_eligible") for key in range(200))
    verdicts = {
        case.id: judge_step_case(case, history(*refusing), FACTS).verdict
        for case in all_cases().values() if case.kind == "step"
    }  # fmt: skip
    assert verdicts
    assert Verdict.PASS not in verdicts.values(), [name for name, one in verdicts.items() if one == Verdict.PASS]


def test_every_case_names_a_check_and_goals_that_exist() -> None:
    steps = [case for case in all_cases().values() if case.kind == "step"]
    goals = goals_of(Evidence(history(), FACTS))
    assert set(GOAL_ZH) == set(goals), "each goal has its words"
    for case in steps:
        assert case.check in CHECKS, case.id
        assert case.goals, f"{case.id} could pass without having seen anything"
        assert set(case.goals) <= set(goals), case.id
