"""Claims answered from results and step runs: confirmed, refuted with a witness or curve, or not decidable here."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from loadtest.agreed.reading import ConfigurationError, read_agreed
from loadtest.cases.model import Case
from loadtest.evidence.result import CaseResult, Witness
from loadtest.history.record import Outcome
from loadtest.vendor_claims.answers import Answer, ClaimAnswer, HighestTried
from loadtest.vendor_claims.evidence import DEFECTS
from loadtest.vendor_claims.judging import judge_claims
from loadtest.vendor_claims.model import Claims
from loadtest.vendor_claims.records import seen
from loadtest.verdicts import Verdict
from tests.step_runs import step_run, with_outcome

HIGHEST = HighestTried(1_000, "两核一台，单进程", "two cores, one process")
WITNESS = Witness("C12", "同一张券核销两次", "redeemed twice", records=[{"row": 1}, {"row": 2}])


def claim(kind: str, **fields: object) -> Claims:
    """One claim."""
    said = {"id": "it", "kind": kind, "wording_zh": "原话", "source": "投标文件第 3 页", **fields}
    return Claims.model_validate({"vendor": "某平台", "claim": [said]})


def case(case_id: str, check: str) -> Case:
    """A step case."""
    return Case(
        id=case_id, clauses=("N3.2",), basis="notice", must=True, kind="step", title_zh="检验", title_en="check",
        expected_zh="无", step="rush", check=check,
    )  # fmt: skip


def answer(claims: Claims, **given: object) -> ClaimAnswer:
    """The one answer."""
    known = {"results": {}, "step_runs": {}, "highest_tried": HIGHEST, **given}
    return judge_claims(claims, **known)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((Verdict.PASS, Verdict.PASS), Answer.CONFIRMED),
        ((Verdict.PASS, Verdict.FAIL), Answer.REFUTED),
        ((Verdict.PASS, Verdict.INCONCLUSIVE), Answer.UNDECIDABLE),
        ((Verdict.PASS,), Answer.UNDECIDABLE),
        ((), Answer.UNDECIDABLE),
    ],
)
def test_no_double_redemption_is_answered_by_the_cases_that_look_for_one(
    verdicts: tuple[Verdict, ...], expected: Answer
) -> None:  # fmt: skip
    cases = {name: case(name, "C12") for name in ("redeem-once", "redeem-rush")} | {"other": case("other", "C1")}
    results = {
        name: CaseResult(name, verdict, witnesses=(WITNESS,) if verdict is Verdict.FAIL else ())
        for name, verdict in zip(cases, verdicts, strict=False)
    }
    found = answer(claim("no_double_redemption"), results=results, cases=cases)
    assert found.answer is expected
    assert found.witnesses == ((WITNESS,) if expected is Answer.REFUTED else ())


def test_a_failure_of_another_kind_refutes_nothing() -> None:
    cases = {"oversold": case("oversold", "C1")}
    results = {"oversold": CaseResult("oversold", Verdict.FAIL, witnesses=(WITNESS,))}
    assert answer(claim("no_double_redemption"), results=results, cases=cases).answer is Answer.UNDECIDABLE
    assert answer(claim("never_oversold"), results=results, cases=cases).answer is Answer.REFUTED


def test_a_peak_is_confirmed_at_its_rate_and_refuted_below_it_with_the_curve() -> None:
    quick, slow = {"peak": [step_run(20)] * 5}, {"peak": [step_run(300)] * 5}
    said = claim("peak_rate", rate_per_s=990, p99_ms=100)
    confirmed = answer(said, step_runs=quick)
    assert confirmed.answer is Answer.CONFIRMED
    refuted = answer(said, step_runs=slow)
    assert refuted.answer is Answer.REFUTED
    assert [point.p99_ms for point in refuted.curve] == [(300.0,) * 5]


def test_a_peak_above_what_could_be_offered_is_undecidable_and_says_what_was_tried() -> None:
    found = answer(claim("peak_rate", rate_per_s=50_000, p99_ms=100), step_runs={"peak": [step_run(20)] * 5})
    assert found.answer is Answer.UNDECIDABLE
    assert "所试最高 1000 次/秒，两核一台" in found.reason_zh
    assert "two cores" in found.reason_en


def test_a_peak_that_breaks_far_below_its_claim_is_refuted() -> None:
    found = answer(claim("peak_rate", rate_per_s=50_000, p99_ms=100), step_runs={"peak": [step_run(900)] * 5})
    assert found.answer is Answer.REFUTED


def test_one_run_neither_confirms_nor_refutes_a_peak() -> None:
    for latency_ms in (20, 900):
        found = answer(claim("peak_rate", rate_per_s=900, p99_ms=100), step_runs={"peak": [step_run(latency_ms)]})
        assert found.answer is Answer.UNDECIDABLE


@pytest.mark.parametrize(
    ("kind", "field", "value"), [("peak_rate", "rate_per_s", 1e6), ("people_at_once", "people", 10**9)]
)
def test_what_exceeds_every_public_record_is_flagged_without_a_test(kind: str, field: str, value: float) -> None:
    found = answer(claim(kind, **{field: value}), step_runs={"peak": [step_run(20)] * 5})
    assert found.answer is Answer.UNDECIDABLE
    assert found.beyond_record_zh
    assert "超过任何公开记录" in found.reason_zh


def test_an_opening_is_confirmed_or_refuted_by_its_bounds() -> None:
    in_time = {"rush": [step_run(20)]}
    late = {"rush": [with_outcome(step_run(20), slice(0, 300), Outcome.REFUSED, "not_open")]}
    assert answer(claim("opens_within", ms=50), step_runs=in_time).answer is Answer.CONFIRMED
    assert answer(claim("opens_within", ms=50), step_runs=late).answer is Answer.REFUTED
    assert answer(claim("opens_within", ms=50)).answer is Answer.UNDECIDABLE


def test_availability_can_be_refuted_by_a_test_and_never_confirmed() -> None:
    broken = {"peak": [with_outcome(step_run(20), slice(0, 60), Outcome.UNKNOWN)] * 2}
    assert answer(claim("availability", share=0.9999), step_runs=broken).answer is Answer.REFUTED
    assert answer(claim("availability", share=0.9999), step_runs={"peak": [step_run()]}).answer is Answer.UNDECIDABLE


def test_the_defects_that_claims_deny_exist() -> None:
    text = resources.files("loadtest.faulty_vendors").joinpath("defects.toml").read_text(encoding="utf-8")
    names = {defect["name"] for defect in tomllib.loads(text)["defect"]}
    assert {name for defects in DEFECTS.values() for name in defects} <= names
    assert len(seen()) == 4


def test_a_wrong_claims_file_is_refused_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(
        'vendor = "某平台"\n[[claim]]\nid = "a"\nkind = "peak_rate"\nwording_zh = "x"\nsource = "y"\nrate_per_s = -1\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match=r"claim\.0\.peak_rate\.rate_per_s"):
        read_agreed(path, Claims)
