"""Rows of an exported file as text, in blocks, with the line each begins at: CSV as a stream, xlsx by sheet."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.mapping import Source

BLOCK = 50_000
SHEET = "xlsx"
"""Stands for an encoding where the file is a workbook."""
MAX_FILE_BYTES = 4 * 2**30
MAX_CELL = 10_000
NOISE = " \t\r\n\u3000\ufeff`'"
_CHUNK = 1 << 20
_EXACT_DIGITS = 15


@dataclass(frozen=True)
class Opened:
    """One file: the names of its columns, and its rows after them in blocks of (line, cells)."""

    path: Path
    encoding: str
    sha256: str
    header: list[str]
    blocks: Iterator[tuple[list[int], list[list[str]]]]


def open_rows(path: Path, source: Source, where: str) -> Opened:
    """Open a file. Raises ConfigurationError naming ``where`` and the file."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConfigurationError(f"{where}: {path.name} is larger than {MAX_FILE_BYTES} bytes 文件过大")
    digest = _sha256(path)
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xls", ".ods"}:
        rows = _sheet_rows(path, source, where)
        return _opened(path, source, where, rows, (SHEET, digest))
    if path.suffix.lower() not in {".csv", ".txt", ".tsv"}:
        raise ConfigurationError(f"{where}.files: {path.name}: CSV or xlsx is read 只支持 CSV 与 xlsx")
    encoding = _encoding(path, source, where)
    return _opened(path, source, where, _csv_rows(path, source, encoding, where), (encoding, digest))


def _opened(
    path: Path, source: Source, where: str, rows: Iterator[tuple[int, list[str]]], facts: tuple[str, str]
) -> Opened:  # fmt: skip
    for number, (_, cells) in enumerate(rows, 1):
        if number == source.header_row:
            header = [clean(cell) for cell in cells]
            return Opened(path, facts[0], facts[1], header, _blocks(rows))
    raise ConfigurationError(f"{where}.header_row: {path.name} has no row {source.header_row} 没有表头行")


def _blocks(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[list[int], list[list[str]]]]:
    while block := list(islice(rows, BLOCK)):
        yield [line for line, _ in block], [cells for _, cells in block]


def clean(cell: str) -> str:
    """A cell without what exports put around it: blanks, tabs, the marks that keep Excel from guessing."""
    return cell.strip(NOISE)


def column_texts(rows: list[list[str]], at: int) -> list[str]:
    """One column of a block, cleaned; rows that end before it have nothing there."""
    try:
        return [row[at].strip(NOISE) for row in rows]
    except IndexError:
        return [row[at].strip(NOISE) if at < len(row) else "" for row in rows]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(path: Path, source: Source, where: str) -> str:
    """The first encoding that the whole file decodes in: text of one hardly ever decodes in the other."""
    tried = ["utf-8", "gb18030"] if source.encoding == "auto" else [source.encoding]
    for name in tried:
        if _decodes(path, name):
            return "utf-8-sig" if name == "utf-8" else name
    raise ConfigurationError(f"{where}.encoding: {path.name} is not {' or '.join(tried)} 编码不符")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _csv_rows(path: Path, source: Source, encoding: str, where: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=source.delimiter)
        begins = 1
        try:
            for cells in reader:
                if cells:
                    yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            raise ConfigurationError(
                f"{where}.files: {path.name} line {begins}: {error} 不是有效的 CSV"
            ) from error  # fmt: skip


def _sheet_rows(path: Path, source: Source, where: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with CalamineWorkbook.from_path(path) as book:
            name = source.sheet or book.sheet_names[0]
            if name not in book.sheet_names:
                there = ", ".join(book.sheet_names)
                raise ConfigurationError(f"{where}.sheet: {path.name} has no sheet {name}, but {there} 没有这个工作表")
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise ConfigurationError(f"{where}.files: {path.name}: {error} 无法读取") from error
    for line, cells in enumerate(rows, 1):
        texts = [cell_text(cell) for cell in cells]
        if any(texts):
            yield line, texts


def cell_text(cell: Any) -> str:
    """A workbook's cell as text. Excel itself keeps 15 digits of a number, so no more of them are believed.

    A longer number ends with ``!``, which no column of ids or amounts takes for a good value: its last digits were
    lost when the file was written.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return f"{cell:.{_EXACT_DIGITS}g}" if abs(cell) < 10**_EXACT_DIGITS else f"{cell!r}!"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
