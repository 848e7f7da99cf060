"""Cells of the selection workbook: formats, grids and texts. Entered words can never become a formula or a link."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from loadtest.selection.grids import Grid, Tone

_FILL: dict[Tone, str | None] = {
    "plain": None, "good": "#DDF3E4", "remark": "#FFF3D1", "bad": "#FBD9D7", "open": "#E6E8EC", "quiet": "#F4F5F7",
}  # fmt: skip
_LINE_POINTS, _TALLEST_POINTS = 13.5, 400
A4 = 9


class Book:
    """A workbook under construction. Rows and columns are counted from 0."""

    def __init__(self, made_at: datetime) -> None:
        self._bytes = BytesIO()
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
        self._book = xlsxwriter.Workbook(self._bytes, safe)
        # The meeting's own time: the same entries give the same bytes.
        self._book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None), "author": "voucherlab"})
        base = {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#98A2B3", "font_size": 10}
        self._tones = {tone: self._book.add_format({**base, **_filled(fill)}) for tone, fill in _FILL.items()}
        self.head = self._book.add_format(
            {**base, "bold": True, "align": "center", "bg_color": "#1F3A5F", "font_color": "#FFFFFF"}
        )
        self.label = self._book.add_format({**base, "bold": True, "bg_color": "#EEF2F7"})
        self.points = self._book.add_format({**base, "num_format": "0.##", "align": "center"})
        self.result = self._book.add_format({**base, "num_format": "0.00", "bold": True, "align": "center"})
        self.place = self._book.add_format({**base, "num_format": "0", "bold": True, "align": "center"})
        self.missing = self._book.add_format({**base, "align": "center", "bg_color": "#E6E8EC", "italic": True})
        self.title = self._book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.part = self._book.add_format({"bold": True, "font_size": 12, "valign": "vcenter"})
        self.text = self._book.add_format({"text_wrap": True, "valign": "top", "font_size": 10})
        self.plain = self._tones["plain"]

    def sheet(self, name: str, *, repeat: int | None = None) -> Any:
        """A sheet that prints on A4 across, one page wide; row ``repeat`` comes back on every page."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        sheet.set_header(f"&C&B{name}")
        sheet.set_footer("&C&P / &N")
        if repeat is not None:
            sheet.repeat_rows(repeat)
        return sheet

    def grid(self, sheet: Any, top: int, grid: Grid, widths: Sequence[int] | None = None) -> int:
        """Write the grid from row ``top``; the row below it. ``widths``: the columns' own where they are shared."""
        wide = widths or grid.widths
        sheet.set_row(top, row_height(grid.headings, wide))
        for column, heading in enumerate(grid.headings):
            sheet.write_string(top, column, heading, self.head)
        for row, cells in enumerate(grid.rows, top + 1):
            sheet.set_row(row, row_height([cell.text for cell in cells], wide))
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell.text, self._tones[cell.tone])
        return top + 1 + len(grid.rows)

    def texts(self, sheet: Any, top: int, last_column: int, texts: Sequence[str], width: int) -> int:
        """One sentence a row, over all columns; the row below them."""
        for row, text in enumerate(texts, top):
            sheet.merge_range(row, 0, row, last_column, "", self.text)
            sheet.write_string(row, 0, text, self.text)
            sheet.set_row(row, row_height([text], [width]))
        return top + len(texts)

    def content(self) -> bytes:
        """Close the workbook; its bytes."""
        self._book.close()
        return self._bytes.getvalue()


def widen(sheet: Any, widths: Sequence[int]) -> None:
    """Set the columns' widths."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)


def row_height(texts: Sequence[str], widths: Sequence[int]) -> float:
    """Points for the tallest cell: not every program heightens wrapped rows by itself. A Chinese letter is two wide."""
    lines = 1
    for text, width in zip(texts, widths, strict=True):
        wide = (sum(2 if ord(letter) > 0x2E7F else 1 for letter in line) for line in text.split("\n"))
        lines = max(lines, sum(-(-count // max(1, width - 2)) or 1 for count in wide))
    return min(_LINE_POINTS * lines + 5, _TALLEST_POINTS)


def _filled(fill: str | None) -> dict[str, str]:
    return {"bg_color": fill} if fill else {}
