"""A case of kind ``step``: one check over one history, with all that keeps it from passing without having looked."""

from collections.abc import Sequence

from loadtest.cases.model import Case
from loadtest.checks.catalogue import CHECKS, GOAL_ZH, goals_of, unknown_share
from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import Facts
from loadtest.checks.report import CheckReport
from loadtest.evidence.result import CaseResult
from loadtest.history.columns import History
from loadtest.verdicts import Verdict


def judge_step_case(case: Case, history: History, facts: Facts) -> CaseResult:
    """Violations fail, whatever else is missing; too much unknown, or a goal not reached, decides nothing."""
    evidence = evidence_of(history, facts)
    found = CHECKS[case.check or ""](evidence)
    verdict, zh, en = _verdict(case, found, evidence)
    return CaseResult(
        case_id=case.id, verdict=verdict, reason_zh=zh, reason_en=en, expected_zh=case.expected_zh,
        actual_zh=_actual(found) if found.count else zh,
        figures={**found.figures, "violations": found.count, "operations": len(evidence.operations)},
        witnesses=found.violations, expectations=1,
    )  # fmt: skip


def evidence_of(history: History, facts: Facts) -> Evidence:
    """History and facts sorted out; once for all cases of a step."""
    kept = history.derived.get("evidence")
    if not isinstance(kept, Evidence) or kept.facts is not facts:
        kept = Evidence(history, facts)
        history.derived["evidence"] = kept
    return kept


def _verdict(case: Case, found: CheckReport, evidence: Evidence) -> tuple[Verdict, str, str]:
    if found.count:
        hard = case.must and case.basis != "good_practice"
        first = found.violations[0] if found.violations else None
        zh, en = (first.statement_zh, first.statement_en) if first else ("有违反", "violated")
        return (Verdict.FAIL if hard else Verdict.WARN), f"不符合（{found.count} 处）：{zh}", f"{found.count}: {en}"
    unknown, budget = unknown_share(evidence), evidence.facts.unknown_budget
    if unknown > budget:
        zh = f"无法判定：{unknown:.2%} 的操作结果始终不明，超过约定的 {budget:.2%}"
        return Verdict.INCONCLUSIVE, zh, f"undecidable: {unknown:.2%} of the operations stayed unknown"
    missing = _missing(case.goals, evidence)
    if missing:
        words = "、".join(GOAL_ZH[goal] for goal in missing)
        return Verdict.INCONCLUSIVE, f"无法判定：测试中没有出现「{words}」", f"not exercised: {', '.join(missing)}"
    return Verdict.PASS, "", ""


def _missing(goals: Sequence[str], evidence: Evidence) -> list[str]:
    reached = goals_of(evidence)
    return [goal for goal in goals if not reached[goal]]


def _actual(found: CheckReport) -> str:
    words = "；".join(one.statement_zh for one in found.violations)
    return f"{found.count} 处违反：{words}"
