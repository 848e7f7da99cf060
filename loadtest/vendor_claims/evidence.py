"""Which cases look for what a claim denies, and what their results make of it."""

from collections.abc import Callable, Mapping, Sequence

from loadtest.cases.model import Case
from loadtest.evidence.result import CaseResult
from loadtest.vendor_claims.answers import Answer, ClaimAnswer
from loadtest.vendor_claims.model import Claim
from loadtest.verdicts import Verdict

# By the check of a step case, or by the name of the defect that a functional case must find.
_CHECKS: dict[str, tuple[str, ...]] = {
    "never_oversold": ("C1", "C2", "C9"),
    "no_double_redemption": ("C12",),
    "person_limit_kept": ("C4",),
    "acknowledged_is_durable": ("C17",),
    "money_adds_up": ("C13", "C14"),
    "first_come_first_served": ("C19",),
    "categories_kept": ("C20",),
}  # fmt: skip
DEFECTS: dict[str, tuple[str, ...]] = {
    "never_oversold": ("oversell-check-then-insert", "sold-out-then-one-more"),
    "no_double_redemption": ("double-redemption",),
    "person_limit_kept": ("limit-race-per-person", "limit-per-worker", "natural-person-by-account"),
    "acknowledged_is_durable": ("lost-after-restart",),
    "money_adds_up": ("leftovers-kept", "fee-taken", "rounding-drift", "refund-above-paid"),
    "bots_stopped": ("rate-limit-missing", "code-guessable", "geofence-open-without-position"),
    "categories_kept": ("category-ignored", "district-ignored"),
}  # fmt: skip


def cases_about(kind: str, cases: Mapping[str, Case]) -> list[Case]:
    """The cases that would find the contrary of a claim of this kind."""
    checks, defects = set(_CHECKS.get(kind, ())), set(DEFECTS.get(kind, ()))
    return [case for case in cases.values() if case.check in checks or defects & set(case.kills)]


def answer_by_cases(
    claim: Claim, results: Mapping[str, CaseResult], cases: Sequence[Case], load_zh: str
) -> ClaimAnswer:  # fmt: skip
    """Refuted by one FAIL, confirmed only where all that look for it passed and there was one at least."""
    found = [results[case.id] for case in cases if case.id in results]
    failed = [one for one in found if one.verdict is Verdict.FAIL]
    if failed:
        witnesses = tuple(witness for one in failed for witness in one.witnesses)
        return answered(
            claim, Answer.REFUTED, f"用例 {'、'.join(one.case_id for one in failed)} 不通过，见反例",
            f"refuted by {', '.join(one.case_id for one in failed)}",
        )(witnesses=witnesses, cases=tuple(one.case_id for one in failed))  # fmt: skip
    open_ = [one for one in found if one.verdict not in {Verdict.PASS, Verdict.WARN, Verdict.NOT_APPLICABLE}]
    passed = [one for one in found if one.verdict in {Verdict.PASS, Verdict.WARN}]
    if passed and not open_ and len(found) == len(cases):
        return answered(
            claim, Answer.CONFIRMED, f"{len(passed)} 个用例均通过；只对所试的范围成立（{load_zh}）",
            f"{len(passed)} cases passed; true of what was tried, no more",
        )(cases=tuple(one.case_id for one in passed))  # fmt: skip
    missing = [case.id for case in cases if case.id not in results] + [one.case_id for one in open_]
    zh = f"未能试完：{'、'.join(missing)}（{load_zh}）" if cases else f"没有自动用例可以检验（{load_zh}）"
    en = f"not all was tried: {', '.join(missing)}" if cases else "no automatic case looks for it"
    return answered(claim, Answer.UNDECIDABLE, zh, en)(cases=tuple(one.case_id for one in found))


def answered(claim: Claim, answer: Answer, zh: str, en: str) -> Callable[..., ClaimAnswer]:
    """The answer to a claim, to be completed with its evidence."""

    def complete(**evidence: object) -> ClaimAnswer:
        return ClaimAnswer(claim.id, claim.kind, claim.wording_zh, claim.source, answer, zh, en, **evidence)  # type: ignore[arg-type]

    return complete
