"""The roster given back: the cells as they were, and a column that says what is wrong in each row."""

import io
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from voucher_platform.core.cell_sizes import row_height, width_of

_ERROR_HEADING = "错误"
_ERROR_WIDTH = 60
_LEAST_WIDTH, _MOST_WIDTH = 8, 40
_A4 = 9


def write_error_file(cells: dict[str, Any]) -> bytes:
    """An xlsx of ``cells`` (``grid``, ``heading``, ``errors`` by row number).

    Text is written as text whatever it looks like: a cell that starts with ``=`` never becomes a formula here.
    """
    grid: list[list[str | float]] = cells["grid"]
    width, top = max(map(len, grid), default=0), int(cells["heading"])
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("商户名册")
        heading = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
        wrong = book.add_format({"bg_color": "#FFF1F0", "font_color": "#A8071A", "text_wrap": True})
        for line, row in enumerate(grid):
            for place, cell in enumerate(row):
                look = heading if line == top else None
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell, look)
                else:
                    sheet.write_number(line, place, cell, look)
        sheet.write_string(top, width, _ERROR_HEADING, heading)
        for number, words in cells["errors"].items():
            sheet.set_row(int(number) - 1, row_height([words], [_ERROR_WIDTH]))
            sheet.write_string(int(number) - 1, width, words, wrong)
        _lay_out(sheet, grid, width=width, top=top)
    return target.getvalue()


def _lay_out(sheet: Worksheet, grid: list[list[str | float]], *, width: int, top: int) -> None:
    """Whole columns, headings always in sight, a filter that finds the rows with errors, one page wide in print."""
    for place in range(width):
        widest = max((width_of(str(row[place])) for row in grid[top:] if place < len(row)), default=0)
        sheet.set_column(place, place, min(max(widest + 2, _LEAST_WIDTH), _MOST_WIDTH))
    sheet.set_column(width, width, _ERROR_WIDTH)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, max(len(grid) - 1, top), width)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
