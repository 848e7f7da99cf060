"""Verdicts by clause: what counts how much, and what no automatic case decides."""

import dataclasses

import pytest

from loadtest.bundle.clauses import ClauseRow, clause_matrix, overall, together, weigh
from loadtest.bundle.findings import find
from loadtest.cases.model import Case
from loadtest.evidence.result import CaseResult
from loadtest.verdicts import Verdict
from tests.bundle_samples import case_of, record_of
from voucher_contract.notice import load_notice

NOTICE = load_notice()
HARD = case_of("hard")
SHOULD = case_of("soft", must=False)
PRACTICE = case_of("practice", basis="good_practice")


def judged(*pairs: tuple[Case, Verdict | None], guard_on: bool = True) -> tuple[dict[str, ClauseRow], Verdict]:
    """The rows by clause and the overall verdict; None: the case was not selected."""
    registry = {case.id: case for case, _ in pairs}
    results = tuple(CaseResult(case.id, verdict) for case, verdict in pairs if verdict is not None)
    record = dataclasses.replace(record_of(), cases=results)
    weighed = weigh(record, registry)
    rows = clause_matrix(NOTICE, weighed, guard_on=guard_on)
    return {row.clause.id: row for row in rows}, overall(rows, weighed)


@pytest.mark.parametrize("case", [SHOULD, PRACTICE], ids=["should", "good_practice"])
def test_a_failure_of_what_is_no_must_of_the_notice_only_warns(case: Case) -> None:
    rows, verdict = judged((HARD, Verdict.PASS), (case, Verdict.FAIL))
    assert rows["N3.1"].verdict is verdict is Verdict.WARN


def test_a_failed_must_decides_its_clause_and_the_run() -> None:
    rows, verdict = judged((HARD, Verdict.FAIL), (SHOULD, Verdict.PASS))
    assert rows["N3.1"].verdict is verdict is Verdict.FAIL


def test_an_undecided_should_does_not_spoil_a_passed_must_but_is_seen() -> None:
    rows, _ = judged((HARD, Verdict.PASS), (SHOULD, Verdict.INCONCLUSIVE))
    assert rows["N3.1"].verdict is Verdict.WARN


def test_a_clause_with_soft_cases_alone_is_never_green_by_what_was_not_decided() -> None:
    rows, verdict = judged((SHOULD, Verdict.INCONCLUSIVE))
    assert rows["N3.1"].verdict is verdict is Verdict.INCONCLUSIVE


def test_a_fault_of_the_bench_shows_even_in_good_practice() -> None:
    _, verdict = judged((HARD, Verdict.PASS), (PRACTICE, Verdict.INVALID))
    assert verdict is Verdict.INVALID


def test_what_a_run_left_out_is_shown_and_decides_nothing() -> None:
    left_out = case_of("left-out", clauses=("N3.4",))
    rows, verdict = judged((HARD, Verdict.PASS), (left_out, None))
    assert (rows["N3.4"].verdict, rows["N3.4"].left_out) == (Verdict.NOT_RUN, 1)
    assert verdict is Verdict.PASS


def test_nothing_selected_is_not_run_and_never_a_pass() -> None:
    _, verdict = judged((HARD, None))
    assert verdict is Verdict.NOT_RUN
    assert together([]) is Verdict.NOT_RUN


def test_a_run_with_the_guard_off_never_passes_the_clause_against_bots() -> None:
    rows, verdict = judged((case_of("bots", clauses=("N3.2",)), Verdict.PASS), guard_on=False)
    assert rows["N3.2"].verdict is verdict is Verdict.INCONCLUSIVE
    assert rows["N3.2"].why is not None
    assert "风控" in rows["N3.2"].why.zh


def test_a_clause_for_people_has_no_verdict_but_a_reason() -> None:
    rows, _ = judged((HARD, Verdict.PASS))
    row = rows["N4.1"]
    assert (row.verdict, row.needs) == (None, ("person",))
    assert row.why is not None
    assert "许可证" in row.why.zh


def test_a_clause_for_the_bench_without_a_case_is_not_run() -> None:
    rows, _ = judged((HARD, Verdict.PASS))
    assert rows["N3.7"].verdict is Verdict.NOT_RUN


def test_every_clause_of_the_notice_says_why_or_has_cases() -> None:
    findings = find(record_of(), NOTICE, _registry())
    assert [row.clause.id for row in findings.rows] == [clause.id for clause in NOTICE.clauses]
    assert all(row.weighed or (row.why and row.why.zh and row.why.en) for row in findings.rows)


def test_levels_and_bases_are_those_of_cases_that_said_something() -> None:
    load = case_of("load", kind="step", step="opening", check="C1", basis="terms")
    rows, _ = judged((HARD, Verdict.PASS), (load, Verdict.NOT_APPLICABLE), (PRACTICE, Verdict.PASS))
    assert (rows["N3.1"].levels, rows["N3.1"].bases) == (("L2",), ("notice", "good_practice"))


def test_a_case_of_a_clause_that_the_notice_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"N9\.9"):
        judged((case_of("lost", clauses=("N9.9",)), Verdict.PASS))


def test_a_result_of_an_unknown_case_is_refused() -> None:
    with pytest.raises(ValueError, match="ghost"):
        find(dataclasses.replace(record_of(), cases=(CaseResult("ghost", Verdict.PASS),)), NOTICE, {"hard": HARD})


def test_a_record_of_another_notice_is_refused() -> None:
    with pytest.raises(ValueError, match="next-year"):
        find(dataclasses.replace(record_of(), notice_id="next-year"), NOTICE, _registry())


def _registry() -> dict[str, Case]:
    from loadtest.cases.model import all_cases

    return all_cases()
