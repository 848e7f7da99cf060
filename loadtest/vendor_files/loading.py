"""Reads all files of a mapping into tables. Every mistake of the mapping is told with its field, all at once."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.cells.codes import CODES, CodeTable
from loadtest.vendor_files.cells.numbers import Vocabulary
from loadtest.vendor_files.columns import COLUMNS, TableName
from loadtest.vendor_files.mapping import Mapping, Source, T1Source
from loadtest.vendor_files.raw_rows import open_rows
from loadtest.vendor_files.row_blocks import BlockReader, Part, Reading
from loadtest.vendor_files.tables import BadCell, Input, Loaded, SumRow, Table

_MOST_BAD_CELLS = 1_000
_HOPELESS_SHARE = 0.5


def load(folder: Path, mapping: Mapping) -> Loaded:
    """All tables that the mapping names. Raises ConfigurationError."""
    reader = _Loader(folder, mapping)
    with _uncollected():
        for table, source in mapping.sources().items():
            reader.read(table, source)
    return reader.finish()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of short-lived rows without a cycle among them: the collector's passes over them cost a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Loader:
    def __init__(self, folder: Path, mapping: Mapping) -> None:
        self._folder, self._mapping = folder, mapping
        self._spaces = {column.space: Vocabulary() for columns in COLUMNS.values() for column in columns.values()
                        if column.kind == "id"}  # fmt: skip
        self._spaces["batch"].number([batch.id for batch in mapping.batch])
        own: dict[str, dict[str, str]] = dict(mapping.codes)  # type: ignore[arg-type]
        codes = {name: CodeTable(name, own.get(name, {})) for name in CODES}
        self._reading = Reading(mapping, self._spaces, codes)
        self._mistakes = [
            f"codes.{name}: {', '.join(table.wrong_codes)} is no code 不是可用的代码；可用 {', '.join(CODES[name])}"
            for name, table in codes.items()
            if table.wrong_codes
        ]
        self._tables: dict[TableName, Table] = {}
        self._inputs: list[Input] = []
        self._bad: list[BadCell] = []
        self._bad_count = 0
        self._sums: list[SumRow] = []

    def read(self, table: TableName, source: Source) -> None:
        parts = [part for path in self._files(table, source) for part in self._parts(path, table, source)]
        names = list(parts[0].columns) if parts else []
        self._tables[table] = Table(
            table,
            np.concatenate([part.file for part in parts] or [np.empty(0, np.int32)]),
            np.concatenate([part.line for part in parts] or [np.empty(0, np.int32)]),
            {name: np.concatenate([part.columns[name] for part in parts]) for name in names},
            source.complete,
        )

    def finish(self) -> Loaded:
        self._refuse_unknown_batches()
        if self._mistakes:
            raise ConfigurationError("mapping: " + "; ".join(dict.fromkeys(self._mistakes)))
        return Loaded(
            self._tables, self._spaces, tuple(self._inputs), tuple(self._bad), self._bad_count, tuple(self._sums)
        )  # fmt: skip

    def _files(self, table: str, source: Source) -> list[Path]:
        if Path(source.files).is_absolute() or ".." in Path(source.files).parts:
            self._mistakes.append(f"{table}.files: {source.files} leads out of the folder 指向目录之外")
            return []
        found = sorted(path for path in self._folder.glob(source.files) if path.is_file())
        if not found:
            self._mistakes.append(f"{table}.files: no file {source.files} in {self._folder} 没有找到文件")
        return found

    def _parts(self, path: Path, table: TableName, source: Source) -> Iterator[Part]:
        number = len(self._inputs)
        try:
            opened = open_rows(path, source, table)
            blocks = BlockReader(self._reading, opened, file=number, table=table, source=source)
        except ConfigurationError as error:
            self._mistakes.append(str(error))
            return
        day = self._day_of(path, source)
        rows = 0
        for lines, cells in opened.blocks:
            part = blocks.read(lines, cells, day)
            rows += len(part.line)
            yield part
        self._note(blocks, rows, path)
        self._inputs.append(
            Input(table, path.relative_to(self._folder).as_posix(), opened.sha256, opened.encoding, rows)
        )  # fmt: skip

    def _day_of(self, path: Path, source: Source) -> str | None:
        if not isinstance(source, T1Source) or source.day_in_file_name is None:
            return None
        found = re.search(source.day_in_file_name, path.name)
        if found is None or not found.groups():
            self._mistakes.append(f"t1.day_in_file_name: finds no day in {path.name} 文件名中没有日期")
            return None
        return found.group(1)

    def _note(self, blocks: BlockReader, rows: int, path: Path) -> None:
        """Keep what a file's rows told; a column that hardly reads at all is a mistake of the mapping."""
        table = blocks.table
        for column, words in blocks.unknown_words.items():
            space = COLUMNS[table][column].space
            shown = ", ".join(sorted(words)[:10])
            self._mistakes.append(f"codes.{space}: {shown} in {path.name} ({table}.{column}) is not explained 没有对照")
        for column, count in blocks.bad_counts.items():
            if count > _HOPELESS_SHARE * rows:
                sample = next(cell.text for cell in blocks.bad_cells if cell.column == column)
                self._mistakes.append(
                    f"{table}.columns.{column}: {count} of {rows} cells in {path.name} do not read, such as {sample!r}"
                    f" 大多数单元格无法读出：{blocks.setting(column)}"
                )
        self._bad_count += sum(blocks.bad_counts.values())
        self._bad += blocks.bad_cells[: _MOST_BAD_CELLS - len(self._bad)]
        self._sums += blocks.sum_rows

    def _refuse_unknown_batches(self) -> None:
        known = len(self._mapping.batch)
        unknown = self._spaces["batch"].words()[known:]
        if unknown:
            shown = ", ".join(unknown[:10])
            self._mistakes.append(
                f"batch: {shown} occurs in the files but is not listed; list it, or leave its rows out with `where`"
                " 文件中的券种没有登记"
            )
