"""The report as CSV and as xlsx: one number a line, its unit and its formula beside it."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter

_HEADING = ("维度", "编码", "名称", "期间", "指标", "指标名称", "数值", "单位", "口径", "Formula")


def _cells(report: dict[str, Any]) -> Iterator[tuple[str | int | float, ...]]:
    told = {one["indicator"]: one for one in report["definitions"]}
    for row in report["rows"]:
        for name, value in row["values"].items():
            if value is not None:
                one = told[name]
                yield (
                    row["dimension"], row["key"], row["label_zh"], row["period"], name, one["title_zh"], value,
                    one["unit"], one["formula_zh"], one["formula_en"],
                )  # fmt: skip


def as_csv(report: dict[str, Any]) -> bytes:
    """UTF-8 with a byte order mark. A name that looks like a formula is made plain text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_HEADING)
    for cells in _cells(report):
        writer.writerow(
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@" and cell else cell for cell in cells]
        )
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(report: dict[str, Any]) -> bytes:
    """One sheet; numbers are numbers, text is text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(f"T+1 {report['day']}")
        sheet.freeze_panes(1, 0)
        for line, cells in enumerate((_HEADING, *_cells(report))):
            for place, cell in enumerate(cells):
                (sheet.write_string if isinstance(cell, str) else sheet.write_number)(line, place, cell)
    return out.getvalue()
