"""The contradicting rows as a workbook: one line a record, with where it stands and what it contradicts."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from loadtest.vendor_files.columns import TABLE_ZH
from loadtest.vendor_files.judged import FilesVerdict, ShownRow
from loadtest.verdicts import VERDICT_ZH

MOST_LINES = 100_000
_CHECKS = ("核对项", "编号", "条款", "结果", "说明", "核对条数", "矛盾处数")
_ROWS = ("核对项", "第几处", "矛盾", "内容", "文件", "行")
_HINTS = ("形态", "对象", "线索（不是结论）", "内容", "文件", "行")


def write_workbook(verdict: FilesVerdict, path: Path) -> None:
    """Sheets 核对项, 矛盾明细, 线索. Vendors' texts are written as strings: no formula, no link."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        _sheet(book, "核对项", _CHECKS, _check_lines(verdict), widths=(34, 26, 18, 14, 60, 12, 12))
        _sheet(book, "矛盾明细", _ROWS, _row_lines(verdict), widths=(30, 8, 50, 10, 30, 8))
        _sheet(book, "线索", _HINTS, _hint_lines(verdict), widths=(26, 30, 50, 10, 30, 8))


def _sheet(
    book: Any, name: str, titles: tuple[str, ...], lines: Iterable[list[Any]], *, widths: tuple[int, ...]
) -> None:  # fmt: skip
    sheet = book.add_worksheet(name)
    bold, wrap = book.add_format({"bold": True, "bg_color": "#F2F2F2"}), book.add_format({"text_wrap": True})
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_column(len(widths), len(widths) + 15, 24)
    sheet.write_row(0, 0, titles, bold)
    sheet.freeze_panes(1, 0)
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES:
            sheet.write_string(number, 0, f"其余未列出（至多 {MOST_LINES} 行）")
            break
        sheet.write_row(number, 0, line[: len(titles)], wrap)
        sheet.write_row(number, len(titles), line[len(titles) :])


def _check_lines(verdict: FilesVerdict) -> Iterator[list[Any]]:
    for check in verdict.checks:
        yield [
            check.title_zh, check.check, "、".join(check.clauses), VERDICT_ZH[check.verdict], check.reason_zh,
            check.judged, check.count,
        ]  # fmt: skip


def _row_lines(verdict: FilesVerdict) -> Iterator[list[Any]]:
    for check in verdict.checks:
        for number, one in enumerate(check.contradictions, 1):
            before = [check.title_zh, number, one.statement_zh]
            if not one.rows:
                yield [*before, "", one.facts.get("file", ""), one.facts.get("line", "")]
            for row in one.rows:
                yield [*before, *_record(row)]


def _hint_lines(verdict: FilesVerdict) -> Iterator[list[Any]]:
    for hint in verdict.hints:
        for row in hint.rows:
            yield [hint.title_zh, hint.subject_zh, hint.statement_zh, *_record(row)]


def _record(row: ShownRow) -> list[Any]:
    return [TABLE_ZH[row.table], row.file, row.line, *(f"{name}：{text}" for name, text in row.values.items())]
