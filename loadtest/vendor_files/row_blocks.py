"""A block of text rows becomes columns of numbers."""

from collections import defaultdict
from collections.abc import Mapping as Lookup
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.cells.codes import CodeTable
from loadtest.vendor_files.cells.decimals import decimal_cells, number_cells
from loadtest.vendor_files.cells.money import fen_cells, fen_of
from loadtest.vendor_files.cells.numbers import Ints, Vocabulary
from loadtest.vendor_files.cells.times import day_cells, time_cells
from loadtest.vendor_files.columns import COLUMNS, Column, TableName
from loadtest.vendor_files.mapping import Mapping, Source, T1Source
from loadtest.vendor_files.raw_rows import SHEET, Opened, clean, column_texts
from loadtest.vendor_files.t1_shapes import long_columns
from loadtest.vendor_files.tables import BadCell, SumRow

_MOST_KEPT = 1_000


@dataclass(frozen=True)
class Reading:
    """What all files of one mapping share."""

    mapping: Mapping
    spaces: Lookup[str, Vocabulary]
    codes: Lookup[str, CodeTable]


@dataclass(frozen=True)
class Part:
    """The records of one block."""

    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]
    columns: dict[str, Ints]


class BlockReader:
    """Reads the blocks of one file. Raises ConfigurationError when the header lacks a column."""

    def __init__(self, reading: Reading, opened: Opened, *, file: int, table: TableName, source: Source) -> None:
        self.file, self.table, self._source = file, table, source
        self._money = source.money or reading.mapping.money
        self._form = source.time_format or reading.mapping.time_format
        self._zone = source.zone or reading.mapping.zone
        self._spaces, self._codes = reading.spaces, reading.codes
        self._from_sheet = opened.encoding == SHEET
        self._at = _places(table, source, opened)
        self.bad_cells: list[BadCell] = []
        self.bad_counts: dict[str, int] = defaultdict(int)
        self.unknown_words: dict[str, set[str]] = defaultdict(set)
        self.sum_rows: list[SumRow] = []

    def setting(self, column: str) -> str:
        """The setting that decides how a column is read, for an error message."""
        kind = COLUMNS[self.table][column].kind
        if kind == "fen":
            return f"{self.table}.money = {self._money!r}"
        return f"{self.table}.time_format = {self._form!r}" if kind in {"time", "day"} else f"{self.table}.columns"

    def read(self, lines: list[int], rows: list[list[str]], day: str | None) -> Part:
        """The block's records; rows that are sums are kept apart, rows that `where` leaves out are gone."""
        lines, rows = self._records(lines, rows)
        text = {name: column_texts(rows, at) for name, at in self._at.items()}
        if isinstance(self._source, T1Source):
            text, repeat = long_columns(text, self._source, day, len(rows))
            lines = [line for line in lines for _ in range(repeat)]
        columns: dict[str, Ints] = {}
        for name, cells in text.items():
            column = COLUMNS[self.table].get(name)
            if column is not None and column.kind == "decimal":
                columns[name], columns[f"{name}_step"] = self._decimals(name, cells, lines)
            elif column is not None:
                columns[name] = self._numbers(name, column, cells, lines)
        return Part(np.full(len(lines), self.file, np.int32), np.array(lines, np.int32), columns)

    def _records(self, lines: list[int], rows: list[list[str]]) -> tuple[list[int], list[list[str]]]:
        where, label = self._source.where, self._source.total_label
        keep = list(range(len(rows)))
        if label is not None and self.table != "t1":
            sums = {at for at in keep if label in rows[at] or clean(rows[at][0]) == label}
            for at in sorted(sums):
                self._note_sum(lines[at], rows[at])
            keep = [at for at in keep if at not in sums]
        if where is not None:
            place, wanted = self._at["where"], set(where.values)
            keep = [at for at in keep if place < len(rows[at]) and clean(rows[at][place]) in wanted]
        return [lines[at] for at in keep], [rows[at] for at in keep]

    def _note_sum(self, line: int, row: list[str]) -> None:
        sums = {}
        for name, at in self._at.items():
            column = COLUMNS[self.table].get(name)
            if column is not None and column.kind == "fen" and at < len(row):
                amount = fen_of(clean(row[at]), self._money)
                if amount is not None:
                    sums[name] = amount
        self.sum_rows.append(SumRow(self.file, line, self.table, sums))

    def _numbers(self, name: str, column: Column, cells: list[str], lines: list[int]) -> Ints:
        if column.kind == "id":
            return self._ids(name, column, cells, lines)
        if column.kind == "code":
            values, unknown = self._codes[column.space].number(cells)
            if unknown:
                self.unknown_words[name] |= unknown
            return values
        if column.kind == "fen":
            values, bad = fen_cells(cells, self._money)
        elif column.kind == "time":
            values, bad = time_cells(cells, self._form, self._zone)
        elif column.kind == "day":
            values, bad = day_cells(cells, self._form)
        else:
            values, bad = number_cells(cells)
        self._note_bad(name, bad, cells, lines)
        return values

    def _decimals(self, name: str, cells: list[str], lines: list[int]) -> tuple[Ints, Ints]:
        values, steps, bad = decimal_cells(cells)
        self._note_bad(name, bad, cells, lines)
        return values, steps

    def _ids(self, name: str, column: Column, cells: list[str], lines: list[int]) -> Ints:
        """A number that Excel cut to fifteen digits names nobody (`raw_rows.cell_text` marks it)."""
        if self._from_sheet:
            bad = [at for at, cell in enumerate(cells) if cell.endswith("!")]
            self._note_bad(name, bad, cells, lines)
            lost = set(bad)
            cells = [cell if at not in lost else "" for at, cell in enumerate(cells)]
        return self._spaces[column.space].number(cells)

    def _note_bad(self, name: str, bad: list[int], cells: list[str], lines: list[int]) -> None:
        if bad:
            self.bad_counts[name] += len(bad)
            room = max(0, _MOST_KEPT - len(self.bad_cells))
            first = bad[: max(1, room)]
            self.bad_cells += [BadCell(self.file, lines[at], self.table, name, cells[at][:80]) for at in first]


def _places(table: TableName, source: Source, opened: Opened) -> dict[str, int]:
    """Where each named column stands. Raises ConfigurationError with every column that is not there."""
    wanted = {f"columns.{name}": title for name, title in source.columns.items()}
    if isinstance(source, T1Source):
        wanted |= {f"indicators.{name}": title for name, title in source.indicators.items()}
    if source.where is not None:
        wanted["where"] = source.where.column
    header = opened.header
    missing = [
        f"{table}.{field}: no column {title} 没有这一列" for field, title in wanted.items() if title not in header
    ]
    twice = [
        f"{table}.{field}: two columns {title} 列名重复" for field, title in wanted.items() if header.count(title) > 1
    ]
    if missing or twice:
        there = ", ".join(name for name in header if name)
        raise ConfigurationError(f"{'; '.join(missing + twice)} ({opened.path.name}: {there})")
    return {field.removeprefix("columns."): header.index(title) for field, title in wanted.items()}
