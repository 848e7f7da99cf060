"""Bytes in, rows of cells out: xlsx, or CSV in UTF-8 or GB 18030."""

import csv
import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals
from voucher_contract.routes import XLSX

MOST_ROWS = 20_000
_ABOVE_THE_ROWS = 12
_LONGEST_CELL = 1_000

Cell = str | float
Grid = list[list[Cell]]


def read_grid(content: bytes, media_type: str) -> Grid:
    """The first sheet. Refuses ``unreadable_file`` and ``too_many_rows``."""
    if not content.strip():
        raise Refused(refusals.UNREADABLE_FILE, "文件为空")
    grid = _workbook(content) if media_type == XLSX or content.startswith(b"PK") else _csv(content)
    if len(grid) > MOST_ROWS + _ABOVE_THE_ROWS:
        raise Refused(refusals.TOO_MANY_ROWS, f"最多 {MOST_ROWS} 行")
    return grid


def _workbook(content: bytes) -> Grid:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Refused(refusals.UNREADABLE_FILE, "不是有效的 xlsx 工作簿") from error


def _cell(value: Any) -> Cell:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    return _clean(str(value))


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == " ")[:_LONGEST_CELL]


def _csv(content: bytes) -> Grid:
    text = _text(content)
    try:
        return [[_clean(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise Refused(refusals.UNREADABLE_FILE, "不是有效的 CSV") from error


def _text(content: bytes) -> str:
    """A zero byte is in no text of these two encodings."""
    if b"\x00" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Refused(refusals.UNREADABLE_FILE, "无法识别编码：请用 UTF-8 或 GB 18030")
