"""Level 0: papers and a guided hand test on the vendor's own app, as cards to print or fill in."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import xlsxwriter
from pydantic import Field

from loadtest.agreed.reading import Strict

_RESULTS = ("符合", "不符合", "无法完成", "平台方拒绝")
_TITLES = (
    "卡号", "条款", "任务", "步骤", "应看到", "拍照/取证", "开始时间", "结束时间", "照片编号", "实际看到", "结果",
    "测试人", "平台方在场人",
)  # fmt: skip
_WIDTHS = (9, 12, 26, 56, 40, 30, 18, 18, 14, 36, 12, 12, 14)
_LINES_A_STEP = 17


class TaskCard(Strict):
    """One thing to read or to try by hand."""

    id: str
    kind: str
    clauses: tuple[str, ...] = Field(min_length=1)
    title_zh: str
    steps_zh: tuple[str, ...] = Field(min_length=1)
    expected_zh: str
    evidence_zh: str


def all_cards() -> tuple[TaskCard, ...]:
    """The cards in the order of the file."""
    text = resources.files("loadtest.vendor_files").joinpath("sheets", "task_cards.toml").read_text(encoding="utf-8")
    return tuple(TaskCard.model_validate(card) for card in tomllib.loads(text)["card"])


def write_task_cards(path: Path) -> None:
    """One sheet of papers, one of the hand test; results are chosen from a list, times are real times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        formats = {
            "title": book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1, "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "border": 1}),
        }
        for kind in ("材料核对", "手机实测"):
            _sheet(book, kind, [card for card in all_cards() if card.kind == kind], formats)


def _sheet(book: Any, name: str, cards: list[TaskCard], formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.merge_range(
        0,
        0,
        0,
        len(_TITLES) - 1,
        f"平台名称：＿＿＿＿＿＿＿＿　{name}（第 0 级证据：人看人试，逐项留痕）",
        formats["title"],
    )
    sheet.write_string(1, 0, "只按卡片操作平台方自己的应用；每步记时间、拍照编号；没看到就写没看到。")
    for column, (title, width) in enumerate(zip(_TITLES, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, title, formats["title"])
    sheet.freeze_panes(3, 3)
    for row, card in enumerate(cards, 3):
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(card.steps_zh, 1))
        texts = (card.id, "、".join(card.clauses), card.title_zh, steps, card.expected_zh, card.evidence_zh)
        sheet.set_row(row, _LINES_A_STEP * max(3, len(steps) // 25 + len(card.steps_zh)))
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text, formats["text"])
        for column in range(len(texts), len(_TITLES)):
            sheet.write_blank(row, column, None, formats["time" if column in {6, 7} else "text"])
        sheet.data_validation(row, 10, row, 10, {"validate": "list", "source": list(_RESULTS)})
