"""The sheet as files: the workbook read back and its formulas worked out anew, the document read back, the JSON."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from python_calamine import CalamineWorkbook

from loadtest.selection.document import document
from loadtest.selection.said import Language
from loadtest.selection.sheet import Sheet, lay_out
from loadtest.selection.word_file import word_file
from loadtest.selection.workbook import workbook
from loadtest.selection.writing import write_sheet
from tests.selection_samples import applicant, before_deadline, bundle, checklist, entered, notice, paper, papers
from tests.workbook_formulas import Formulas

CHINESE = re.compile(r"[\u3400-\u9fff]")


def sheet(folder: Path = Path(), **changes: Any) -> Sheet:
    """Three applicants without bundles."""
    return lay_out(entered(folder, **changes))


def rows_of(content: bytes, name: str) -> list[list[Any]]:
    """A sheet's cells, each at its own place."""
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(name).to_python(skip_empty_area=False)


def text_of(content: bytes) -> str:
    """All words of a document."""
    read = Document(BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in read.paragraphs), *cells])


def all_words(content: bytes) -> str:
    """All words of a workbook, the names of its sheets too."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    cells = [str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    return "\n".join([*book.sheet_names, *cells])


def test_the_workbook_has_its_sheets_in_the_order_of_the_meeting() -> None:
    names = CalamineWorkbook.from_filelike(BytesIO(workbook(sheet(), "zh"))).sheet_names
    assert names == ["总览", "入围核对", "证据对照", "证据包", "评分", "排名", "说明"]


def test_a_late_applicant_stands_on_the_overview_with_the_deadline_beside() -> None:
    applicants = [applicant(n) for n in (1, 2, 3)] + [applicant(4, received_at=before_deadline(seconds=-1))]
    rows = rows_of(workbook(sheet(applicants=applicants), "zh"), "总览")
    (late,) = [row for row in rows if row[1] == "报名单位4"]
    assert late[2:5] == ["2025-12-17 17:00:01", "2025-12-17 17:00:00", "逾期不收"]


def test_the_judges_points_are_numbers_and_sums_means_and_places_formulas() -> None:
    content = workbook(sheet(), "zh")
    rows, places = rows_of(content, "评分"), rows_of(content, "排名")
    assert rows[0] == [
        "报名单位", "评委", "平台合法性\n（30分）", "配套服务（宣传、团队等）\n（20分）",
        "技术保障与风险防控\n（30分）", "运营能力\n（20分）", "合计", "备注",
    ]  # fmt: skip
    assert rows[1][:7] == ["报名单位1", "评委1", 28, 17, 26.5, 18, 89.5]
    assert rows[5][1] == "平均分"
    assert rows[5][6] == pytest.approx(89.5)
    assert [row[:4] for row in places[1:4]] == [
        [1, "报名单位1", 268.5, 89.5], [2, "报名单位3", 265.5, 88.5], [3, "报名单位2", 262.5, 87.5],
    ]  # fmt: skip
    formulas = Formulas(content).formulas
    assert formulas["评分", "G2"] == 'IF(COUNT($C$2:$F$2)=4,ROUND(SUM($C$2:$F$2),2),"缺项")'
    assert formulas["排名", "A2"].startswith("IF(ISNUMBER(C2),RANK(C2,")


@pytest.mark.parametrize(
    "scores",
    [
        papers(18, 16, 17),
        papers(18, 18, 17),
        papers(0.1, 0.2, 0.3),
        papers(18, 16, 17)[1:],
        [],
        [*papers(18, 16, 17)[1:], paper(1, 1, technology=-1)],
    ],
    ids=["in order", "a tie", "hundredths", "a judge missing", "no scores", "an item missing"],
)
def test_every_stored_value_is_what_its_formula_gives(scores: list[dict[str, Any]]) -> None:
    book = Formulas(workbook(sheet(scores=scores), "zh"))
    assert len(book.formulas) > 30
    for (name, cell), formula in book.formulas.items():
        stored, found = book.values.get((name, cell), ""), book.worked_out(name, cell)
        assert found == (pytest.approx(stored) if isinstance(stored, float) else stored), (name, cell, formula)


def test_a_score_that_is_filled_in_by_hand_completes_sum_mean_and_place() -> None:
    book = Formulas(workbook(sheet(scores=papers(18, 16, 17)[1:]), "zh"))
    unranked = [cell for (name, cell), value in book.values.items() if name == "排名" and value == "未排名"]
    assert unranked == ["A4"]
    for column, points in zip("CDEF", (30, 20, 30, 20), strict=True):
        assert book.values["评分", f"{column}2"] == "未评"
        book.set("评分", f"{column}2", points)
    assert book.worked_out("评分", "G2") == 100
    assert book.worked_out("排名", "A4") == 1
    assert [book.worked_out("排名", f"A{row}") for row in (2, 3)] == [2, 3]


def test_a_missing_score_is_a_word_and_never_a_zero() -> None:
    made = sheet(scores=[paper(1, 1, technology=-1), *papers(18, 16, 17)[1:]])
    rows = rows_of(workbook(made, "zh"), "评分")
    assert rows[1][2:7] == [28, 17, "未评", 18, "缺项"]
    assert "未评" in text_of(word_file(made, "zh"))
    told = document(made)["applicants"][0]
    assert told["scores"]["papers"][0]["points"]["technology"] is None
    assert (told["scores"]["total"], told["scores"]["mean"], told["place"]) == (None, None, None)
    assert told["why_not_ranked"][0]["en"] == "评委1 gave no score for: Technical assurance and risk control"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_with_two_valid_applicants_no_score_and_no_place_stands_anywhere(language: Language) -> None:
    made = sheet(applicants=[applicant(1), applicant(2), applicant(3, checklist=checklist(stamped="no"))])
    book = Formulas(workbook(made, language))
    assert book.formulas == {}
    names = ("评分", "排名") if language == "zh" else ("Scores", "Ranking")
    for name in names:
        (told,) = [row[0] for row in rows_of(workbook(made, language), name) if row[0]]
        assert told == made.not_compared().text(language)
    words = text_of(word_file(made, language)) + all_words(workbook(made, language))
    assert not re.findall(r"26\.5|89\.5|第 \d 名|place \d", words), "the judges' points are shown nowhere"
    told = document(made)
    assert (told["comparison"]["organised"], told["ranking"]) == (False, [])
    assert all(one["scores"] is None for one in told["applicants"])


def test_entered_words_never_become_a_formula_or_a_link() -> None:
    bad = ["=1+1", "https://example.com", "@SUM(A1)", "{=1}"]
    made = sheet(applicants=[applicant(n, name=name) for n, name in enumerate(bad, 1)])
    content = workbook(made, "zh")
    assert {row[0] for row in rows_of(content, "评分")[1:] if row[0]} == set(bad)
    assert not [formula for formula in Formulas(content).formulas.values() if "1+1" in formula or "SUM(A1)" in formula]


def test_english_is_complete() -> None:
    judges = [{"id": f"j{n}", "name": f"Judge {n}"} for n in (1, 2, 3)]
    applicants = [
        applicant(n, name=f"Applicant {n}", checklist=plain(checklist(profile="unclear" if n == 4 else "yes")))
        for n in (1, 2, 3, 4)
    ]
    late = applicant(5, name="Applicant 5", received_at=before_deadline(hours=-1), checklist={}, branch=True)
    made = sheet(applicants=[*applicants, late], scores=papers(18, 18, 17)[1:], judges=judges)
    assert not CHINESE.search(all_words(workbook(made, "en")))
    assert not CHINESE.search(text_of(word_file(made, "en")))
    assert CHINESE.search(all_words(workbook(made, "zh")))


def plain(checked: dict[str, Any]) -> dict[str, Any]:
    """The checklist without Chinese names."""
    return {item: {**one, "checked_by": "Officer 1"} for item, one in checked.items()}


def test_the_document_is_a4_with_the_margins_of_official_papers() -> None:
    read = Document(BytesIO(word_file(sheet(), "zh")))
    section = read.sections[0]
    sizes = (section.page_width, section.page_height, section.top_margin, section.left_margin, section.right_margin)
    for size, wanted in zip(sizes, (210, 297, 37, 28, 26), strict=True):
        assert abs(int(size or 0) - Mm(wanted)) < Mm(0.5)
    fonts = {style.name: style.element.rPr.rFonts.get(qn("w:eastAsia")) for style in read.styles if style.name in
             {"Sheet title", "Below title", "Part", "Cell"}}  # fmt: skip
    assert fonts["Sheet title"] == "方正小标宋简体"
    assert fonts["Part"] == "黑体"
    assert fonts["Cell"] == "仿宋_GB2312"


def test_every_table_of_the_document_fits_the_text_and_repeats_its_heading() -> None:
    applicants = [applicant(n) for n in range(1, 8)]
    read = Document(BytesIO(word_file(sheet(applicants=applicants), "zh")))
    assert len(read.tables) > 8
    for table in read.tables:
        widths = [int(cell.width or 0) for cell in table.rows[0].cells]
        assert sum(widths) <= Mm(157)
        assert min(widths) >= Mm(8)
        assert [row._tr for row in table.rows if row._tr.findall(f".//{qn('w:tblHeader')}")] == [table.rows[0]._tr]


def test_every_judge_has_a_line_to_sign() -> None:
    table = Document(BytesIO(word_file(sheet(), "zh"))).tables[-1]
    assert [cell.text for cell in table.rows[0].cells] == ["身份", "姓名或代号", "签名", "日期"]
    assert [row.cells[1].text for row in table.rows[1:4]] == ["评委1", "评委2", "评委3"]
    assert all(row.cells[2].text == "" for row in table.rows[1:])


def test_evidence_stands_clause_by_clause_with_its_level(tmp_path: Path) -> None:
    bundle(tmp_path / "good", "甲平台")
    applicants = [applicant(1, bundles=["good"]), applicant(2, bundles=["absent"]), applicant(3)]
    made = sheet(tmp_path, applicants=applicants)
    rows = rows_of(workbook(made, "zh"), "证据对照")
    assert rows[0] == [
        "条款", "公告要求", "评分项（对照提示）", "报名单位1", "级别", "报名单位2", "级别", "报名单位3", "级别",
    ]  # fmt: skip
    by_clause = {row[0]: row for row in rows[1:]}
    assert list(by_clause) == [one.id for one in notice().clauses]
    assert by_clause["N3.2"][2:] == ["技术保障与风险防控", "通过\n另须文件核对", "L2、L3", "未采用", "", "无证据包", ""]
    assert by_clause["N4.1"][3::2] == ["须人工评审"] * 3, "people decide it, with a bundle or without"
    assert "absent" in all_words(workbook(made, "zh"))
    assert "通过 L2、L3\n另须文件核对" in text_of(word_file(made, "zh"))


def test_a_bundle_of_the_console_is_named_without_the_steps_up_from_the_file(tmp_path: Path) -> None:
    bundle(tmp_path / "runs" / "run-a" / "evidence", "甲平台")
    paths = ["../../runs/run-a/evidence", "../../runs/absent/evidence"]
    (tmp_path / "selections" / "meeting").mkdir(parents=True)
    made = sheet(tmp_path / "selections" / "meeting", applicants=[applicant(1, bundles=paths)])
    for words in (all_words(workbook(made, "zh")), text_of(word_file(made, "zh"))):
        assert "runs/run-a/evidence" in words
        assert "报名单位1的证据包 runs/absent/evidence 未采用" in words
        assert "../" not in words
    assert [one["path"] for one in document(made)["applicants"][0]["bundles"]] == paths


def test_the_same_entries_give_the_same_workbook() -> None:
    assert workbook(sheet(), "zh") == workbook(sheet(), "zh")


def test_the_three_files_are_written_and_a_former_sheet_is_replaced(tmp_path: Path) -> None:
    first = write_sheet(sheet(), tmp_path / "out", "zh")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in first}
    write_sheet(sheet(scores=[]), tmp_path / "out", "en")
    told = json.loads((tmp_path / "out" / "selection.json").read_text(encoding="utf-8"))
    assert (told["format"], told["counts"]["ranked"]) == ("voucherlab-selection/1", 0)
    assert "Overview" in all_words((tmp_path / "out" / "selection.xlsx").read_bytes())
