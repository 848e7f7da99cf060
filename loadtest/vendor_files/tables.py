"""A vendor's files once read: numbers in columns, and where each row stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from loadtest.vendor_files.cells.numbers import Ints, Mask, Vocabulary, present
from loadtest.vendor_files.columns import TableName


@dataclass(frozen=True)
class Table:
    """Rows of one kind from all its files. ``columns`` hold only what the mapping names; MISSING where a cell is empty.

    ``file`` is the place of the row's file in ``inputs``, ``line`` the line in it (1: the first).
    """

    name: TableName
    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]
    columns: Mapping[str, Ints]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.line)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> Ints:
        return self.columns[column]

    def known(self, *names: str) -> Mask:
        """Rows in which all the named columns hold something."""
        mask = np.ones(len(self), dtype=bool)
        for name in names:
            mask &= present(self.columns[name])
        return mask


@dataclass(frozen=True)
class Input:
    """One file as it was read."""

    table: TableName
    name: str
    sha256: str
    encoding: str
    rows: int


@dataclass(frozen=True)
class BadCell:
    """A cell that does not read as the mapping says."""

    file: int
    line: int
    table: TableName
    column: str
    text: str


@dataclass(frozen=True)
class SumRow:
    """A file's own total of the rows above it: fen by column."""

    file: int
    line: int
    table: TableName
    sums: Mapping[str, int]


@dataclass(frozen=True)
class Loaded:
    """Everything that was read."""

    tables: Mapping[TableName, Table]
    spaces: Mapping[str, Vocabulary]
    inputs: tuple[Input, ...]
    bad_cells: tuple[BadCell, ...] = ()
    bad_cell_count: int = 0
    sum_rows: tuple[SumRow, ...] = ()
    words: dict[str, list[str]] = field(default_factory=dict)

    def word(self, space: str, number: int) -> str:
        """An id by its number."""
        if space not in self.words:
            self.words[space] = self.spaces[space].words()
        return self.words[space][number]
