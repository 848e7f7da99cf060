"""Vendors beside each other: one plan, whole bundles, no score."""

from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from loadtest.agreed.plan import Plan
from loadtest.bundle.comparing.writing import TABLE, NotComparable, compare
from loadtest.bundle.record import TargetFacts
from loadtest.bundle.writing import write_bundle
from tests.bundle_samples import attempt, clocked, failure, record_of, run_folder, some_cases, step_of
from voucher_contract.notice import load_notice


def bundle_of(path: Path, name: str, **changes: object) -> Path:
    """A sealed bundle of a vendor."""
    folder = run_folder(path)
    results = changes.pop("results", ())
    write_bundle(folder, record_of(*results, target=TargetFacts(name, "https", f"{path.name}.test"), **changes))  # type: ignore[misc]
    return folder


def test_two_vendors_stand_beside_each_other_clause_by_clause(tmp_path: Path) -> None:
    (failed,) = some_cases(1)
    good = bundle_of(tmp_path / "a", "乙平台")
    bad = bundle_of(tmp_path / "b", "甲平台<b>", results=(failure(failed),))
    page = compare([bad, good], tmp_path / "out").read_text(encoding="utf-8")
    for words in ("不打分、不排名", "不组织比选", "甲平台&lt;b&gt;", "乙平台", "全程 p99 时延"):
        assert words in page
    assert "<b>甲" not in page
    assert page.count("<polyline") >= 2 * 3, "both vendors' curves are in each chart"
    book = CalamineWorkbook.from_filelike(BytesIO((tmp_path / "out" / TABLE).read_bytes()))
    rows = book.get_sheet_by_name("条款对照").to_python()
    assert rows[0][2:] == sorted(["乙平台", "甲平台<b>"])
    assert [row[0] for row in rows[1:]] == [one.id for one in load_notice().clauses]
    assert {row[2] for row in rows[1:]} != {row[3] for row in rows[1:]}


def test_protections_that_a_platform_switched_off_stand_beside_its_verdict(tmp_path: Path) -> None:
    safe = bundle_of(tmp_path / "a", "乙平台")
    unsafe = bundle_of(tmp_path / "b", "甲平台", unsafe_settings=("hot_store.maxmemory-policy=allkeys-lru",))
    page = compare([safe, unsafe], tmp_path / "out").read_text(encoding="utf-8")
    row = page.split("平台自报已关闭的保护", 1)[1].split("</tr>", 1)[0]
    assert row.count("hot_store.maxmemory-policy=allkeys-lru") == row.count(">无<") == 1
    both_safe = compare([safe, bundle_of(tmp_path / "c", "丙平台")], tmp_path / "other").read_text(encoding="utf-8")
    assert "平台自报已关闭的保护" not in both_safe
    book = CalamineWorkbook.from_filelike(BytesIO((tmp_path / "out" / TABLE).read_bytes()))
    rows = {row[0]: row[1:] for row in book.get_sheet_by_name("测试情况").to_python()}
    assert sorted(rows["平台自报已关闭的保护"]) == sorted(["无", "hot_store.maxmemory-policy=allkeys-lru"])


def test_no_word_of_the_comparison_scores_or_ranks(tmp_path: Path) -> None:
    folders = [bundle_of(tmp_path / name, name) for name in ("a", "b", "c")]
    page = compare(folders, tmp_path / "out").read_text(encoding="utf-8")
    assert not [word for word in ("总分", "得分", "第一名", "名次", "优于") if word in page]
    assert "不组织比选" not in page.split("二、曲线")[0].replace("报名不超过两家的不组织比选", ""), (
        "three may be compared"
    )


def test_different_plans_are_refused_by_name(tmp_path: Path) -> None:
    one = bundle_of(tmp_path / "a", "甲")
    other = bundle_of(tmp_path / "b", "乙", plan_model=Plan(name="检验计划", seed=7))
    with pytest.raises(NotComparable, match="测试计划不同"):
        compare([one, other], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bundle_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    folders = [bundle_of(tmp_path / name, name) for name in ("a", "b")]
    record = folders[1] / "record.json"
    record.write_bytes(record.read_bytes().replace(b"L3", b"L2", 1))
    with pytest.raises(NotComparable, match=r"record\.json: changed"):
        compare(folders, tmp_path / "out")


def test_one_bundle_alone_and_one_vendor_twice_are_no_comparison(tmp_path: Path) -> None:
    folders = [bundle_of(tmp_path / name, "同一家") for name in ("a", "b")]
    with pytest.raises(NotComparable, match="at least two"):
        compare(folders[:1], tmp_path / "out")
    with pytest.raises(NotComparable, match="同一平台"):
        compare(folders, tmp_path / "out")


def test_a_step_that_the_bench_spoilt_has_no_curve_in_the_comparison(tmp_path: Path) -> None:
    spoilt = step_of(clocked(attempt(0), attempt(900)), status="invalid", why_zh="发压机过慢")
    folders = [bundle_of(tmp_path / "a", "甲"), bundle_of(tmp_path / "b", "乙", steps=(spoilt,))]
    page = compare(folders, tmp_path / "out").read_text(encoding="utf-8")
    assert "乙：本步骤无效（测试方原因）发压机过慢" in page
    legends = page.split('class="legend"')[1:]
    assert legends
    assert not [part for part in legends if "乙" in part.split("</ul>")[0]]
