"""An append-only file: one line of JSON an act, written before its reply leaves.

Written, not synchronised to the disk: what is killed is the process, and what a process has written survives it.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from loadtest.faulty_vendors.books.rows import AnyRow, Row

_LINE = msgspec.json.Decoder(list[AnyRow])


class Journal:
    """The file of one data folder. One process writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoder = msgspec.json.Encoder()
        self._file: int | None = None

    def read(self) -> Iterator[list[AnyRow]]:
        """The acts so far, in order. A last line that a kill cut short was never answered: it is cut off."""
        if not self._path.exists():
            return
        whole = 0
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield _LINE.decode(line)
        os.truncate(self._path, whole)

    def append(self, rows: Sequence[Row]) -> None:
        """Write one act. When this returns, the act outlives the process."""
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        line = self._encoder.encode(rows) + b"\n"
        written = os.write(self._file, line)
        assert written == len(line), "a regular file takes a line whole, or the disk is full"
