"""Bundles on the sheet: verified first, named when they cannot be used, beside each other with their levels."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.agreed.plan import Plan
from loadtest.bundle.signing import seal_bundle
from loadtest.selection.document import document
from loadtest.selection.faults import SelectionFaults
from loadtest.selection.reading import read_selection
from loadtest.selection.sheet import Sheet, lay_out
from loadtest.verdicts import Verdict
from tests.bundle_samples import failure, some_cases
from tests.selection_samples import applicant, before_deadline, bundle, raw, write_file

KEY = Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles of three platforms: signed good, signed failing, unsigned by another plan."""
    folder = tmp_path_factory.mktemp("bundles")
    bundle(folder / "good", "甲平台", key=KEY)
    bundle(folder / "failing", "乙平台", *(failure(one) for one in some_cases(40)), key=KEY)
    bundle(folder / "other", "丙平台", plan_model=Plan(name="检验计划", seed=7))
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "bureau.pub").write_bytes(public)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy, so that a test may spoil them."""
    return Path(shutil.copytree(made, tmp_path / "selection"))


def sheet_of(folder: Path, *bundles: list[str], **changes: Any) -> Sheet:
    """Three applicants with these bundles."""
    applicants = [applicant(number, bundles=named) for number, named in enumerate(bundles, 1)]
    write_file(folder, raw(**{"applicants": applicants, "scores": [], **changes}))
    return lay_out(read_selection(folder))


def problem_of(sheet: Sheet, number: int) -> str:
    """Why the first bundle of an applicant is not used."""
    (problem,) = sheet.standings[number - 1].bundles[0].problems
    return problem.text("zh")


def test_verdict_and_level_come_from_the_verified_bundle(folder: Path) -> None:
    sheet = sheet_of(folder, ["good"], ["failing"], [])
    good, failing = (sheet.standings[n].bundles[0] for n in (0, 1))
    assert (good.usable, failing.usable, sheet.broken) == (True, True, False)
    assert good.clause("N3.1").verdict is Verdict.PASS
    assert set(good.clause("N3.1").levels) <= {"L2", "L3"}
    assert good.clause("N5").verdict is None
    assert good.clause("N5").needs == ("person",)
    assert Verdict.FAIL in {failing.clause(one.id).verdict for one in sheet.notice.clauses}
    assert {one.key for one in sheet.remarks} >= {"remark.no_bundle", "remark.contradiction"}


def test_a_changed_byte_makes_a_bundle_useless_and_it_is_named(folder: Path) -> None:
    record = folder / "good" / "record.json"
    record.write_bytes(record.read_bytes().replace(b"L3", b"L2", 1))
    sheet = sheet_of(folder, ["good"], ["failing"], [])
    assert sheet.broken
    assert "record.json" in problem_of(sheet, 1)
    first = sheet.remarks[0].text("zh")
    assert "报名单位1的证据包 good 未采用" in first
    (told,) = document(sheet)["applicants"][0]["bundles"]
    assert (told["used"], "clauses" in told) == (False, False)


def test_a_verdict_that_was_polished_and_sealed_anew_fails_against_the_bureaus_key(folder: Path) -> None:
    verdict = folder / "failing" / "verdict.json"
    content = json.loads(verdict.read_text(encoding="utf-8"))
    content["overall"]["verdict"] = "PASS"
    verdict.write_text(json.dumps(content), encoding="utf-8")
    seal_bundle(folder / "failing", Ed25519PrivateKey.generate())
    with_key = {"evidence": {"public_key": "bureau.pub"}}
    sheet = sheet_of(folder, ["good"], ["failing"], [], **with_key)
    assert sheet.standings[0].bundles[0].usable
    assert "签署密钥不是所给公钥" in problem_of(sheet, 2)


def test_with_the_bureaus_key_an_unsigned_bundle_is_not_used(folder: Path) -> None:
    sheet = sheet_of(folder, ["other"], ["good"], [], evidence={"public_key": "bureau.pub"})
    assert "未签署" in problem_of(sheet, 1)
    assert sheet.standings[1].bundles[0].usable


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    assert problem_of(sheet_of(folder, ["absent"], [], []), 1) == "找不到该目录"


def test_one_bundle_for_two_applicants_stands_for_neither(folder: Path) -> None:
    shutil.copytree(folder / "good", folder / "copy")
    sheet = sheet_of(folder, ["good"], ["copy"], ["failing"])
    assert "出现两次" in problem_of(sheet, 1)
    assert "出现两次" in problem_of(sheet, 2)
    assert sheet.standings[2].bundles[0].usable


def test_bundles_of_different_plans_are_told_to_be_incomparable(folder: Path) -> None:
    assert "remark.plans_differ" in {one.key for one in sheet_of(folder, ["good"], ["other"], []).remarks}
    assert "remark.plans_differ" not in {one.key for one in sheet_of(folder, ["good"], ["failing"], []).remarks}


def rules_file(folder: Path, **changes: Any) -> str:
    """Rules that give 4 points for N3.1; the digest of their file."""
    lines = [{"item": "technology", "clause": "N3.1", "points": 4.5}]
    content = {"title": "参考分规则", "notice": "guanghan-2025-12-12", "lines": lines, **changes}
    return hashlib.sha256(write_file(folder, content, "rules.toml").read_bytes()).hexdigest()


def sent(folder: Path, digest: str, *to: int, **changes: Any) -> dict[str, Any]:
    """Proof that the rules went to these applicants a day before the deadline."""
    (folder / "receipt.pdf").write_bytes(b"%PDF receipt")
    entries = [
        {"applicant": f"a{n}", "sent_at": before_deadline(days=1), "sha256": digest, "proof": "receipt.pdf", **changes}
        for n in to
    ]
    return {"rules": {"file": "rules.toml", "sent": entries}}


def test_points_are_computed_only_by_rules_that_everybody_had_in_time(folder: Path) -> None:
    digest = rules_file(folder)
    sheet = sheet_of(folder, ["good"], ["failing"], [], **sent(folder, digest, 1, 2, 3))
    assert sheet.computed is not None
    assert sheet.computed.why_not == ()
    failed = sheet.standings[1].bundles[0].clause("N3.1").verdict is Verdict.FAIL
    assert sheet.computed.points == {"a1": {"technology": 450}, "a2": {"technology": 0 if failed else 450}}
    assert sheet.ranked == (), "computed points are no scores: nobody is ranked by them"


@pytest.mark.parametrize(
    ("to", "changes", "words"),
    [
        ((1, 2), {}, "没有向报名单位3送达的证明"),
        ((1, 2, 3, 3), {}, "登记了两次"),
        ((1, 2, 3), {"sent_at": before_deadline(seconds=0)}, "不早于截止时间"),
        ((1, 2, 3), {"sha256": "00" * 32}, "不是同一份"),
        ((1, 2, 3), {"proof": "absent.pdf"}, "不存在或为空"),
    ],
)
def test_without_the_proof_nothing_is_computed_and_it_is_said(
    folder: Path, to: tuple[int, ...], changes: dict[str, Any], words: str
) -> None:
    sheet = sheet_of(folder, ["good"], ["failing"], [], **sent(folder, rules_file(folder), *to, **changes))
    assert sheet.computed is not None
    assert sheet.computed.points == {}
    assert words in sheet.computed.why_not[0].text("zh")
    assert any(words in one.text("zh") for one in sheet.remarks if one.key == "remark.rules_unused")
    told = document(sheet)["computed"]
    assert (told["used"], told["points"]) == (False, {})


def test_who_was_late_need_not_have_been_sent_the_rules(folder: Path) -> None:
    late = applicant(4, received_at=before_deadline(seconds=-1))
    applicants = [applicant(n, bundles=[name]) for n, name in enumerate(("good", "failing", "other"), 1)]
    sheet = sheet_of(folder, applicants=[*applicants, late], **sent(folder, rules_file(folder), 1, 2, 3))
    assert sheet.computed is not None
    assert sheet.computed.why_not == ()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"lines": [{"item": "technology", "clause": "N3.1", "points": 30.01}]}, "lines", "超过满分 30"),
        ({"lines": [{"item": "beauty", "clause": "N3.1", "points": 1}]}, "lines.1.item", "beauty"),
        ({"lines": [{"item": "technology", "clause": "N9", "points": 1}]}, "lines.1.clause", "N9"),
        ({"lines": [{"item": "technology", "clause": "N3.1", "points": 0}]}, "lines.1.points", "须大于 0"),
        ({"lines": []}, "lines", "至少 1 条"),
        ({"notice": "next-year"}, "notice", "next-year"),
    ],
)
def test_a_mistake_in_the_rules_is_named_by_its_field(
    folder: Path, changes: dict[str, Any], field: str, words: str
) -> None:
    digest = rules_file(folder, **changes)
    with pytest.raises(SelectionFaults) as refused:
        sheet_of(folder, ["good"], ["failing"], [], **sent(folder, digest, 1, 2, 3))
    found = {fault.field: fault.what.text("zh") for fault in refused.value.faults}
    assert words in found[field]
