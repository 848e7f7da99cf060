"""The selection sheet as officers fill it in: from nothing to a ranking, a mistake, two hands, two applicants left."""

import fcntl
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from docx import Document
from playwright.sync_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.page_checks import grave_violations, pixels_too_wide
from tests.bundle_samples import failure, some_cases
from tests.finished_runs import finished_run
from tests.selection_samples import applicant, notice, paper, papers, raw, write_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
_MEETING = "2026年比选会"
_SCORES = {"a1": (28, 17, 26.5, 18), "a2": (25, 16, 22, 15), "a3": (29, 18, 27, 19.5)}


@pytest.fixture(scope="module")
def selection_runs(console_process: ConsoleProcess) -> list[str]:
    """Three finished runs, one of which failed."""
    bench = console_process.folder / "bench"
    return [
        finished_run(bench, "run-a", "甲平台"), finished_run(bench, "run-b", "乙平台", failure(some_cases(1)[0])),
        finished_run(bench, "run-c", "丙平台"),
    ]  # fmt: skip


def _folder(officers: Officers, name: str) -> Path:
    return officers.console.folder / "bench" / "selections" / name


def _kept(officers: Officers, name: str) -> dict[str, Any]:
    return tomllib.loads((_folder(officers, name) / "selection.toml").read_text(encoding="utf-8"))


def _save(page: Page) -> Locator:
    """Press it; the bar, once it has said what came of it."""
    page.get_by_role("button", name="保存", exact=True).click()
    status = page.locator(".save-status")
    expect(status).not_to_have_text(re.compile("有修改还没有保存|正在保存"))
    return status


def _download(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"下载 {kind}").click()
    return Path(download.value.path()).read_bytes()


def _cells(content: bytes, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(sheet).to_python()


def _words(content: bytes) -> str:
    read = Document(BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in read.paragraphs), *cells])


def _fill_first_applicant(officers: Officers, page: Page) -> None:
    page.get_by_role("button", name="填写 报名单位甲").click()
    page.wait_for_url("**/selection-applicant?*")
    officers.settle(page)
    expect(page.locator(".cell", has=page.get_by_label("收件时间"))).to_contain_text("必填，还没有填写")
    page.get_by_label("名称").fill("甲支付公司")
    received = page.get_by_label("收件时间")
    assert (received.get_attribute("aria-invalid"), page.get_by_label("收件人").input_value()) == (None, "")
    received.fill("2026-02-01T09:00:00")
    received.blur()
    expect(page.locator(".cell", has=received)).to_contain_text("晚于截止时间")
    received.fill("2025-12-16T09:30:05")
    received.blur()
    expect(page.locator(".cell", has=received)).not_to_contain_text("晚于截止时间")
    page.get_by_role("button", name="未核对和待核实的都填“是”").click()
    expect(page.get_by_label("营业执照 结果", exact=True)).to_have_value("yes")
    answers = [page.get_by_label(f"{one.zh} 结果", exact=True).input_value() for one in notice().entry]
    assert set(answers) == {"yes", "unclear"}, "alternatives are for people"
    page.get_by_role("checkbox", name=re.compile("^run-a")).click()
    for item in notice().entry:
        page.get_by_label(f"{item.zh} 结果", exact=True).select_option("yes")
    expect(page.get_by_label("营业执照 核对人", exact=True)).not_to_have_value("")
    page.get_by_label("单位简介 说明", exact=True).fill("第 12 页")
    expect(_save(page)).to_contain_text("已保存")


def _start(officers: Officers, name: str) -> Page:
    page = officers.sign_in("maker", path="/selections")
    page.get_by_role("button", name="新建比选表").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称（汉字、字母、数字、- 和 _）").fill(name)
    dialog.get_by_label("评委（位）").select_option("3")
    dialog.get_by_role("button", name="新建", exact=True).click()
    page.wait_for_url(f"**/selection?name={quote(name)}")
    officers.settle(page)
    return page


def _fill_in_scores(page: Page) -> None:
    """All but one; that one is over the item's points first."""
    for who, given in (("甲支付公司", "a1"), ("报名单位2", "a2"), ("报名单位3", "a3")):
        for judge in ("评委一", "评委二", "评委三"):
            for weight, points in zip(notice().weights, _SCORES[given], strict=True):
                page.get_by_label(f"{who} {judge} {weight.zh}", exact=True).fill(str(points))
    wrong = page.get_by_label("甲支付公司 评委二 平台合法性", exact=True)
    wrong.fill("31")
    expect(_save(page)).to_contain_text("本页有 1 处需要修改，就是“甲支付公司 · 评委二 · 平台合法性”")
    expect(page.locator(".save-status")).to_contain_text("填写的内容照样留着，改好之前没有排名")
    expect(wrong).to_be_focused()
    expect(wrong).to_be_in_viewport(ratio=1)
    expect(page.locator(".cell", has=wrong)).to_contain_text("31 分超过该项满分 30 分")
    assert wrong.get_attribute("aria-invalid") == "true"
    wrong.fill("二十八")
    expect(_save(page)).to_contain_text("没有保存：有 1 处看不懂，就是“甲支付公司 · 评委二 · 平台合法性”")
    expect(wrong).to_be_focused()
    expect(page.locator(".cell", has=wrong)).to_contain_text("请填写分数")
    wrong.fill("28")
    expect(_save(page)).to_have_text(re.compile("已保存。$"))
    assert wrong.get_attribute("aria-invalid") is None


def _changed_in_sight(page: Page) -> None:
    """The score that was 31 for a moment: by whom, whose, from what to what. Folded up until somebody looks."""
    changes = page.get_by_role("region", name="修改记录")
    expect(changes).not_to_be_visible()
    page.locator("summary", has_text="修改记录").click()
    last = changes.locator("tbody tr").first
    assert last.inner_text().split("\t")[1:] == ["商务局经办", "甲支付公司 · 评委二 · 平台合法性", "31", "28"]
    expect(changes.locator("tbody tr").last).to_be_visible()
    expect(page.locator(".changes")).to_contain_text("还有更早的")


def test_a_sheet_from_nothing_to_a_ranking_and_then_to_two_applicants(
    console_officers: Officers, selection_runs: list[str], keep_picture: Callable[[Page, str], Path]
) -> None:
    page = _start(console_officers, _MEETING)
    expect(page.locator(".next-step")).to_contain_text("还要填写 3 处")
    assert page.locator(".problem").count() == 0, "what is not filled in yet is no alarm"
    expect(page.locator(".remarks")).to_contain_text("报名单位乙 · 收件时间")
    keep_picture(page, "selection-new-zh-1366")
    _fill_first_applicant(console_officers, page)
    kept = _kept(console_officers, _MEETING)
    assert kept["applicants"][0]["bundles"] == [selection_runs[0]]
    assert kept["applicants"][0]["received_at"].isoformat() == "2025-12-16T09:30:05+08:00"
    # The other two come in by the other door: the file is the command's own.
    others = [applicant(2, bundles=[selection_runs[1]]), applicant(3, bundles=[selection_runs[2]])]
    write_file(_folder(console_officers, _MEETING), {**kept, "applicants": [kept["applicants"][0], *others]})
    console_officers.open(page, "/selection-scores?name=" + _MEETING)
    _fill_in_scores(page)
    console_officers.open(page, "/selection?name=" + _MEETING)
    expect(page.get_by_role("status").first).to_contain_text("评分齐全、已排名 3 家")
    ranking = page.get_by_role("region", name="按全体评委合计分").locator("tbody tr")
    assert [row.inner_text().split("\t")[:3] for row in ranking.all()] == [
        ["第 1 名", "报名单位3", "280.50"], ["第 2 名", "甲支付公司", "268.50"], ["第 3 名", "报名单位2", "234.00"],
    ]  # fmt: skip
    evidence = page.get_by_role("region", name="证据对照（逐条，附级别）")
    expect(evidence.locator("tr", has_text="N3.2")).to_contain_text("L2、L3")
    expect(evidence.locator("tr", has_text="N4.1").first).to_contain_text("须人工评审")
    keep_picture(page, "selection-ranked-zh-1366")
    _changed_in_sight(page)
    keep_picture(page, "selection-changes-zh-1366")
    rows = _cells(_download(page, "xlsx"), "排名")
    assert [row[:3] for row in rows[1:4]] == [[1, "报名单位3", 280.5], [2, "甲支付公司", 268.5], [3, "报名单位2", 234]]
    words = _words(_download(page, "docx"))
    assert "甲支付公司" in words
    assert "268.50" in words
    assert b'"entered_sha256"' in _download(page, "json")
    _remove_one(page)
    keep_picture(page, "selection-two-left-zh-1366")
    book, words = _download(page, "xlsx"), _words(_download(page, "docx"))
    assert _cells(book, "评分")[0][0].startswith("有效报名 2 家，不超过 2 家")
    assert "268.50" not in words
    assert "26.5" not in page.locator(".body").inner_text(), "no score is shown where nothing is compared"
    assert [one["applicant"] for one in _kept(console_officers, _MEETING)["scores"]].count("a3") == 0
    page.locator("summary", has_text="修改记录").click()
    removal = page.get_by_role("region", name="修改记录").locator("tbody tr").first
    expect(removal).to_contain_text("移除单位：报名单位3")
    expect(removal).to_contain_text("评委一：平台合法性 29")
    console_officers.open(page, "/selection-scores?name=" + _MEETING)
    expect(page.locator(".empty")).to_contain_text("不组织比选")


def _remove_one(page: Page) -> None:
    page.get_by_role("button", name="移除 报名单位3").click()
    page.get_by_role("dialog").get_by_role("button", name="移除", exact=True).click()
    expect(page.locator(".warning").first).to_contain_text("有效报名 2 家，不超过 2 家：按公告不组织比选")
    assert page.get_by_role("region", name="按全体评委合计分").count() == 0
    assert page.get_by_role("button", name="录入评分").count() == 0, "nobody scores where nothing is compared"
    expect(page.get_by_role("region", name="入围核对")).to_contain_text("符合入围条件")


@contextmanager
def _somebody_else_is_writing(officers: Officers, name: str) -> Iterator[None]:
    """Whoever saves now has to wait."""
    folder = os.open(_folder(officers, name), os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(folder)


@pytest.fixture
def selection_filled_in(console_officers: Officers, selection_runs: list[str]) -> str:
    """A sheet of three, complete, from the file."""
    applicants = [applicant(n, bundles=[one]) for n, one in enumerate(selection_runs, 1)]
    write_file(_folder(console_officers, "filled-in"), raw(applicants=applicants, scores=papers(18, 16, 17)))
    return "filled-in"


def test_of_two_officers_who_change_the_same_the_second_is_told_and_chooses(
    console_officers: Officers, selection_filled_in: str, keep_picture: Callable[[Page, str], Path]
) -> None:
    path = f"/selection-applicant?name={selection_filled_in}&id=a1"
    first = console_officers.sign_in("maker", path=path)
    second = console_officers.sign_in("checker", path=path)
    first.get_by_label("收件人").fill("张三")
    first.get_by_label("单位简介 说明", exact=True).fill("第 3 页")
    expect(_save(first)).to_contain_text("已保存")
    second.get_by_label("宣传方案 说明", exact=True).fill("第 8 页")
    expect(_save(second)).to_contain_text("已保存")
    second.get_by_label("收件人").fill("李四")
    second.get_by_label("单位简介 说明", exact=True).fill("第 5 页")
    expect(_save(second)).to_contain_text("没有保存：别人刚刚改过同一处")
    conflict = second.get_by_role("region", name="两人都改了的栏目")
    expect(conflict.locator("tr", has_text="收件人")).to_contain_text("张三")
    expect(conflict.locator("tr", has_text="收件人")).to_contain_text("李四")
    keep_picture(second, "selection-conflict-zh-1366")
    assert grave_violations(second) == []
    kept = _kept(console_officers, selection_filled_in)["applicants"][0]
    assert (kept["received_by"], kept["checklist"]["publicity_plan"]["note"]) == ("张三", "第 8 页"), (
        "nobody is overwritten"
    )
    second.get_by_role("button", name="这几处以我填写的为准").click()
    expect(second.locator(".save-status")).to_contain_text("已保存")
    assert _kept(console_officers, selection_filled_in)["applicants"][0]["received_by"] == "李四"
    first.get_by_label("收件人").fill("王五")
    _save(first)
    first.get_by_role("button", name="这几处保留别人的").click()
    expect(first.get_by_label("收件人")).to_have_value("李四")
    assert first.evaluate("window.onbeforeunload === null"), "nothing is left that leaving would lose"
    assert _kept(console_officers, selection_filled_in)["applicants"][0]["received_by"] == "李四"


def test_what_is_typed_while_it_is_being_saved_is_not_taken_for_saved(
    console_officers: Officers, selection_filled_in: str
) -> None:
    page = console_officers.sign_in("maker", path=f"/selection-applicant?name={selection_filled_in}&id=a1")
    status, received = page.locator(".save-status"), page.get_by_label("收件时间")
    page.get_by_label("收件人").fill("张三")
    with _somebody_else_is_writing(console_officers, selection_filled_in):
        page.get_by_role("button", name="保存", exact=True).click()
        expect(status).to_have_text("正在保存……")
        page.get_by_label("收件人").fill("李四")
        received.fill("2026-02-01T09:00:00")
        received.blur()
        expect(page.locator(".cell", has=received)).to_contain_text("晚于截止时间")  # the console has heard of both
    expect(status).to_contain_text("此后的修改还没有保存")
    assert _kept(console_officers, selection_filled_in)["applicants"][0]["received_by"] == "张三"
    assert page.evaluate("window.onbeforeunload !== null"), "leaving would lose it"
    page.get_by_role("button", name="保存", exact=True).click()
    expect(status).not_to_contain_text("此后的修改还没有保存")
    expect(status).to_contain_text("已保存")
    kept = _kept(console_officers, selection_filled_in)["applicants"][0]
    assert (kept["received_by"], kept["received_at"].isoformat()) == ("李四", "2026-02-01T09:00:00+08:00")
    assert page.evaluate("window.onbeforeunload === null")


def test_who_is_removed_while_somebody_fills_it_in_does_not_come_back(
    console_officers: Officers, selection_filled_in: str
) -> None:
    first = console_officers.sign_in("maker", path=f"/selection?name={selection_filled_in}")
    second = console_officers.sign_in("checker", path=f"/selection-applicant?name={selection_filled_in}&id=a3")
    _remove_one(first)
    second.get_by_label("收件人").fill("李四")
    expect(_save(second)).to_contain_text("已被移除，没有保存")
    assert [one["id"] for one in _kept(console_officers, selection_filled_in)["applicants"]] == ["a1", "a2"]


def test_what_was_changed_meanwhile_is_not_removed_unseen(console_officers: Officers, selection_filled_in: str) -> None:
    page = console_officers.sign_in("maker", path=f"/selection?name={selection_filled_in}")
    applicants = [applicant(1), applicant(2), applicant(3, note="补交了材料")]
    write_file(_folder(console_officers, selection_filled_in), raw(applicants=applicants, scores=[paper(1, 1)]))
    page.get_by_role("button", name="移除 报名单位3").click()
    page.get_by_role("dialog").get_by_role("button", name="移除", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("有人改过")
    assert len(_kept(console_officers, selection_filled_in)["applicants"]) == 3


def test_judges_are_added_and_removed_but_not_over_what_is_not_saved(
    console_officers: Officers, selection_filled_in: str
) -> None:
    page = console_officers.sign_in("maker", path=f"/selection-meeting?name={selection_filled_in}")
    page.get_by_label("地点").fill("三楼会议室")
    page.get_by_role("button", name="移除第 1 位评委").click()
    expect(page.locator(".save-status")).to_contain_text("请先保存")
    assert page.get_by_role("dialog").count() == 0
    page.get_by_label("会议时间").fill("2025-12-18T14:00")
    expect(_save(page)).to_contain_text("已保存")
    page.get_by_role("button", name="移除第 1 位评委").click()
    page.get_by_role("dialog").get_by_role("button", name="移除", exact=True).click()
    expect(page.get_by_label("第 3 位评委", exact=True)).to_have_count(0)
    page.get_by_role("button", name="加一位评委").click()
    page.get_by_role("dialog").get_by_label("姓名或代号").fill("评委丁")
    page.get_by_role("dialog").get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_label("第 3 位评委", exact=True)).to_have_value("评委丁")
    kept = _kept(console_officers, selection_filled_in)
    assert kept["meeting"]["place"] == "三楼会议室"
    assert kept["meeting"]["held_at"].isoformat() == "2025-12-18T14:00:00+08:00"
    assert [one["name"] for one in kept["judges"]] == ["评委2", "评委3", "评委丁"]
    assert {one["judge"] for one in kept["scores"]} == {"j2", "j3"}


def test_an_auditor_sees_and_downloads_but_changes_nothing(
    console_officers: Officers, selection_filled_in: str
) -> None:
    page = console_officers.sign_in("auditor", path=f"/selection?name={selection_filled_in}")
    expect(page.get_by_role("region", name="按全体评委合计分")).to_contain_text("第 1 名")
    assert page.get_by_role("button", name=re.compile("填写|移除|录入|会议")).count() == 0
    assert _download(page, "docx").startswith(b"PK")
    for path in ("selection-applicant", "selection-scores", "selection-meeting"):
        page.goto(f"{console_officers.console.base_url}/{path}?name={selection_filled_in}&id=a1")
        expect(page.get_by_role("alert")).to_contain_text("您的角色不能查看本页")


def test_whoever_has_signed_out_keeps_what_is_typed_and_saves_nothing_before_signing_in_again(
    console_officers: Officers, selection_filled_in: str
) -> None:
    page = console_officers.sign_in("maker", path=f"/selection-applicant?name={selection_filled_in}&id=a1")
    before = _kept(console_officers, selection_filled_in)
    other_tab = page.context.new_page()
    console_officers.open(other_tab, "/")
    other_tab.get_by_role("button", name="退出").click()
    other_tab.wait_for_url("**/sign-in")
    page.get_by_label("收件人").fill("赵六")
    expect(_save(page)).to_contain_text("登录已失效，没有保存")
    assert _kept(console_officers, selection_filled_in) == before
    console_officers.fill_in(other_tab, "maker")
    expect(_save(page)).to_contain_text("已保存")
    assert _kept(console_officers, selection_filled_in)["applicants"][0]["received_by"] == "赵六"


def test_a_score_is_entered_and_saved_by_keyboard_alone(console_officers: Officers, selection_filled_in: str) -> None:
    page = console_officers.sign_in("maker", path=f"/selection-scores?name={selection_filled_in}")
    page.get_by_label("报名单位1 评委1 平台合法性", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("27.5")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "报名单位1 评委1 配套服务（宣传、团队等）"
    save = page.get_by_role("button", name="保存", exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if save.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".save-status")).to_contain_text("已保存")
    assert _kept(console_officers, selection_filled_in)["scores"][0]["points"]["legality"] == 27.5


@pytest.mark.parametrize(
    ("content", "words"),
    [("[meeting", "不是有效的 TOML"), ("notice = 'x'\n[[applicants]]\nname = '甲'\n", "applicants.1.id")],
    ids=["no TOML", "no id"],
)
def test_a_file_that_only_a_text_editor_mends_is_said_to_be_one(
    console_officers: Officers, selection_filled_in: str, content: str, words: str
) -> None:
    (_folder(console_officers, selection_filled_in) / "selection.toml").write_text(content, encoding="utf-8")
    page = console_officers.sign_in("maker", path=f"/selection?name={selection_filled_in}")
    expect(page.locator(".problem")).to_contain_text(words.rpartition(".")[2])
    expect(page.locator(".warning")).to_contain_text("文本编辑器")
    assert page.get_by_role("button", name=re.compile("填写|录入|下载")).count() == 0
    console_officers.open(page, "/selection?name=no-such-sheet")
    expect(page.get_by_role("alert")).to_contain_text("没有这份比选表")
    console_officers.open(page, "/selection-applicant?name=no-such-sheet&id=a1")
    expect(page.get_by_role("alert")).to_contain_text("没有这份比选表")


def test_faults_beside_their_fields_are_accessible(console_officers: Officers, selection_filled_in: str) -> None:
    changed = raw(scores=[paper(1, 1, legality=31)], applicants=[applicant(n, name="同名") for n in (1, 2, 3)])
    write_file(_folder(console_officers, selection_filled_in), changed)
    for path in ("selection", "selection-scores", "selection-applicant"):
        page = console_officers.sign_in("maker", path=f"/{path}?name={selection_filled_in}&id=a2", size=(390, 844))
        expect(page.locator(".body")).to_contain_text("重复" if path != "selection-scores" else "超过该项满分")
        assert grave_violations(page) == []
        assert pixels_too_wide(page) <= 0
