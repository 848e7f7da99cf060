"""The roster given back: the cells as they were, and a column that says what is wrong in each row."""

import io
from typing import Any

import xlsxwriter

_ERROR_HEADING = "错误"


def write_error_file(cells: dict[str, Any]) -> bytes:
    """An xlsx of ``cells`` (``grid``, ``heading``, ``errors`` by row number).

    Text is written as text whatever it looks like: a cell that starts with ``=`` never becomes a formula here.
    """
    grid: list[list[str | float]] = cells["grid"]
    width = max(map(len, grid), default=0)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("商户名册")
        heading = book.add_format({"bold": True})
        wrong = book.add_format({"bg_color": "#FFF1F0", "font_color": "#A8071A", "text_wrap": True})
        sheet.set_column(width, width, 60)
        for line, row in enumerate(grid):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell)
                else:
                    sheet.write_number(line, place, cell)
            if line == cells["heading"]:
                sheet.write_string(line, width, _ERROR_HEADING, heading)
            elif str(line + 1) in cells["errors"]:
                sheet.write_string(line, width, cells["errors"][str(line + 1)], wrong)
    return target.getvalue()
