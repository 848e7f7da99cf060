"""Records in words: file, line, and cells as a person would write them, personal data masked."""

from collections.abc import Callable

from loadtest.vendor_files.cells.codes import code_zh
from loadtest.vendor_files.cells.decimals import MILLIONTHS
from loadtest.vendor_files.cells.numbers import MISSING
from loadtest.vendor_files.cells.times import day_of, shown
from loadtest.vendor_files.columns import COLUMNS, Column
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import Found, Row
from loadtest.vendor_files.judged import Contradiction, ShownRow
from loadtest.vendor_files.masking import masked


def show(e: Evidence, found: Found) -> Contradiction:
    """A contradiction with its records in words. A fact ``file`` is the place of a file and becomes its name."""
    facts = dict(found.facts)
    if "file" in facts:
        facts["file"] = e.loaded.inputs[facts["file"]].name
    return Contradiction(found.statement_zh, tuple(show_row(e, row) for row in found.rows), facts)


def show_row(e: Evidence, row: Row) -> ShownRow:
    """One record."""
    table, at = row
    records = e.table(table)
    values = {
        column.zh: text
        for name, column in COLUMNS[table].items()
        if name in records and (text := _cell(e, column, int(records[name][at])))
    }
    return ShownRow(table, e.loaded.inputs[int(records.file[at])].name, int(records.line[at]), values)


def _cell(e: Evidence, column: Column, value: int) -> str:
    if value == MISSING:
        return ""
    if column.kind == "id":
        word = e.loaded.word(column.space, value)
        return masked(word) if column.private else word
    if column.kind == "code":
        return code_zh(column.space, value)
    return _PLAIN[column.kind](value, e.mapping.zone)


def yuan(fen: int) -> str:
    """Fen as yuan, to the fen."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02} 元"


_PLAIN: dict[str, Callable[[int, str], str]] = {
    "fen": lambda value, _zone: yuan(value),
    "time": shown,
    "day": lambda value, _zone: day_of(value).isoformat(),
    "decimal": lambda value, _zone: f"{value / MILLIONTHS:g}",
    "number": lambda value, _zone: str(value),
}
