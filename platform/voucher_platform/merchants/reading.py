"""Reading a roster: bytes in, rows of cells out, whatever a bureau's computers made of the file."""

import csv
import io
import re
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from voucher_contract import refusals
from voucher_contract.routes import XLSX
from voucher_platform.core.problems import Refused
from voucher_platform.merchants.sheet_check import FarCell, UnsafeWorkbook
from voucher_platform.merchants.xlsx_guard import checked_archive

MOST_ROWS = 20_000
_LAST_ROW = MOST_ROWS + 20  # a title and a heading may stand above
_MOST_CELL_CHARACTERS = 2_000
_MOST_COLUMNS = 256
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Cell = str | float
Grid = list[list[Cell]]


def read_grid(content: bytes, *, media_type: str) -> Grid:
    """Every row of the first sheet, by the file's own first bytes rather than its name.

    Refuses ``unreadable_file`` (saying in Chinese what the file seems to be) and ``too_many_rows``.
    """
    if not content.strip():
        raise _unreadable("文件是空的")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable("这是旧版 .xls 或加密的文件，请另存为未加密的 .xlsx")
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        raise _unreadable("这是网页或 XML 文件，请另存为 .xlsx")
    if content.startswith(b"PK"):
        return _read_xlsx(content)
    if media_type == XLSX:
        raise _unreadable("内容不是 .xlsx; CSV 请以 text/csv 发送")
    return _read_csv(content)


def _unreadable(reason_zh: str) -> Refused:
    return Refused(refusals.UNREADABLE_FILE, reason_zh)


def _read_xlsx(content: bytes) -> Grid:
    try:
        safe = checked_archive(content, most_rows=_LAST_ROW)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(safe)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except FarCell:
        raise Refused(refusals.TOO_MANY_ROWS, f"最多 {MOST_ROWS} 行") from None
    except UnsafeWorkbook as error:
        raise _unreadable(str(error)) from error
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _unreadable("不是有效的 .xlsx 工作簿") from error
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> Cell:
    """A number stays a number, so the file given back looks as it did; everything else becomes text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return _clean(str(value)) if not isinstance(value, timedelta) else str(value)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)[:_MOST_CELL_CHARACTERS]


def _read_csv(content: bytes) -> Grid:
    text = _decode(content)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first_line.count)
    grid: Grid = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            grid.append([_clean(value) for value in row[:_MOST_COLUMNS]])
            if len(grid) > _LAST_ROW:
                raise Refused(refusals.TOO_MANY_ROWS, f"最多 {MOST_ROWS} 行")
    except csv.Error as error:
        raise _unreadable("不是有效的 CSV") from error
    return grid


def _decode(content: bytes) -> str:
    """UTF-8 where it is valid, else GB 18030, which holds all of GBK and GB 2312; UTF-16 by its mark.

    Real GBK text is practically never valid UTF-8, and zero bytes occur in neither.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        encodings = []
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("无法识别文件编码，请用 UTF-8 或 GBK 保存")
