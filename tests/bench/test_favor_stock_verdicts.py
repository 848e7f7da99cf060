"""The functional cases through the favor-stock adapter: what passes, what does not apply and why, what is found."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.evidence.result import CaseResult
from loadtest.faulty_vendors.process import VendorProcess as NativeVendor
from loadtest.favor_stock_vendor.process import VendorProcess
from loadtest.favor_stock_vendor.settings import defect_names
from loadtest.lab.staff import Login
from loadtest.lab.world import Limits
from loadtest.verdicts import Verdict
from tests.scenario.favor_stock import functional, verdicts_on_emulated, verdicts_on_native

# Each defect of the emulated vendor, and a case that must find it through the adapter.
FOUND_BY = {
    "oversell": "races-forty-for-ten",
    "new-coupon-on-replay": "races-twenty-repetitions",
    "double-use": "redeeming-raced",
    "natural-person-by-openid": "people-many-accounts-one-limit",
}
MUST_PASS = {
    "claiming-limit-of-two", "claiming-validity", "pausing-is-obeyed", "people-many-accounts-at-once",
    "races-forty-for-ten", "races-twenty-repetitions", "redeeming-category-matrix", "redeeming-district-matrix",
    "redeeming-raced", "redeeming-raced-same-key", "redeeming-threshold-after-promotion", "redeeming-whole-way",
    "stock-whole-quota",
}  # fmt: skip
# Without a sandbox clock they wait in real time: a few are played by themselves, with time to spare on a busy machine.
TIMED = ("validity-until", "windows-closing", "windows-opening", "windows-replay-after-closing")
UNHURRIED = Limits(longest_wait_s=8.0)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, CaseResult]]:
    vendor = VendorProcess(tmp_path_factory.mktemp("favor-stock"), people=900)
    ready = vendor.start()
    try:
        untimed = [case for case in functional() if not case.id.startswith(("windows-", "validity-"))]
        yield verdicts_on_emulated(ready, untimed)
    finally:
        vendor.stop()


def test_a_correct_vendor_is_accused_of_nothing(results: dict[str, CaseResult]) -> None:
    accusing = {Verdict.FAIL, Verdict.WARN, Verdict.INVALID}
    accused = {one.case_id: one.actual_zh for one in results.values() if one.verdict in accusing}
    assert not accused


@pytest.mark.slow
def test_windows_are_judged_in_real_time(tmp_path: Path) -> None:
    vendor = VendorProcess(tmp_path, people=60)
    ready = vendor.start()
    try:
        timed = verdicts_on_emulated(ready, functional(TIMED), UNHURRIED)
    finally:
        vendor.stop()
    assert {one.case_id: one.verdict for one in timed.values()} == dict.fromkeys(TIMED, Verdict.PASS)


def test_what_the_wire_can_do_is_really_played(results: dict[str, CaseResult]) -> None:
    passed = {one.case_id for one in results.values() if one.verdict is Verdict.PASS}
    assert passed >= MUST_PASS
    assert all(results[case_id].expectations > 0 for case_id in passed)


def test_what_does_not_apply_says_why_in_chinese(results: dict[str, CaseResult]) -> None:
    left_out = [one for one in results.values() if one.verdict is Verdict.NOT_APPLICABLE]
    assert len(left_out) > 20
    for one in left_out:
        assert any("\u4e00" <= character <= "\u9fff" for character in one.reason_zh), one
    for case_id in ("planning-two-officers", "vouchers-void-is-final", "rate-limits-person"):
        assert results[case_id].verdict is Verdict.NOT_APPLICABLE, "answered locally it would pass untested"


def test_every_defect_of_the_emulated_vendor_has_its_case() -> None:
    assert set(FOUND_BY) == set(defect_names())


@pytest.mark.parametrize(("defect", "case_id"), FOUND_BY.items())
def test_each_defect_is_found_through_the_adapter(defect: str, case_id: str, tmp_path: Path) -> None:
    vendor = VendorProcess(tmp_path, defects=[defect], people=120)
    ready = vendor.start()
    try:
        (found,) = verdicts_on_emulated(ready, functional([case_id])).values()
    finally:
        vendor.stop()
    assert found.verdict is Verdict.FAIL, found
    assert found.witnesses
    methods = {exchange["method"] for exchange in found.witnesses[0].exchanges}
    assert "POST" in methods, "the witness shows the calls that had the effect, not only the look afterwards"


@pytest.mark.slow
def test_both_wires_come_to_the_same(results: dict[str, CaseResult], tmp_path: Path) -> None:
    """A case that can be played on both ends alike on two correct platforms."""
    both = [case_id for case_id, one in results.items() if one.verdict is Verdict.PASS]
    vendor = NativeVendor("correct", tmp_path)
    base_url, staff_file = vendor.start()
    try:
        staff = json.loads(staff_file.read_text(encoding="utf-8"))
        logins = [Login(one["role"], one["login"], one["password"]) for one in staff]
        native = verdicts_on_native(base_url, logins, functional(both))
    finally:
        vendor.stop()
    assert {one.case_id: one.verdict for one in native.values()} == dict.fromkeys(both, Verdict.PASS)
