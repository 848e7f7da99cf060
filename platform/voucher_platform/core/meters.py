"""Figures as they are counted: plain numbers in an array that lies in a file, so that siblings can read them.

There is no lock, because one thread of one process writes; and no flushing, because the array *is* the file's memory.
A reader may see a count without its sum: these are figures to run a platform by, never facts about money.
"""

import fcntl
import mmap
import os
from bisect import bisect_left
from collections.abc import Callable
from math import nan
from pathlib import Path

import structlog

from voucher_platform.core.figures import CELLS, FIGURES, LAYOUT, OTHER, PLACES, ROUND_SECONDS, ROUND_SIZE, Figure

log = structlog.get_logger(__name__)
_SUFFIX = ".meters"
_BYTES = len(LAYOUT) + CELLS * 8
_MOST_OF_A_NAME = 64


class Meters:
    """One process's figures. Without a ``folder`` they are its own business and no sibling reads them.

    ``name`` is the process's; where a living one has it already, as with the workers of one server, the next is
    ``name.2``. The kernel's lock on the file says who lives, so a killed process leaves nothing to clean up: its file
    counts no longer, and its successor takes it over from nought.
    """

    def __init__(self, name: str = "api", folder: str | None = None) -> None:
        self.name = name
        self.folder = None if folder is None else Path(folder)
        self._handle: int | None = None
        self.cells = self._cells()
        for figure in FIGURES:
            if figure.kind == "gauge":
                for value in figure.values:
                    self.put(figure, nan, value=value)  # until it is noted: not every process has every gauge

    def add(self, figure: Figure, amount: float = 1.0, *, value: str = "") -> None:
        """Raise a counter."""
        self.cells[PLACES[figure.name, value]] += amount

    def put(self, figure: Figure, amount: float, *, value: str = "") -> None:
        """Set a gauge."""
        self.cells[PLACES[figure.name, value]] = amount

    def tally(self, figure: Figure) -> Callable[[str], None]:
        """What counts one more of a label's value; one that is not in the list counts as ``other``."""
        cells, other = self.cells, PLACES[figure.name, OTHER]
        places = {value: PLACES[figure.name, value] for value in figure.values}

        def count(value: str) -> None:
            cells[places.get(value, other)] += 1.0

        return count

    def observer(self, figure: Figure, *, value: str = "") -> Callable[[float], None]:
        """What takes one observation into a histogram."""
        cells, first, bounds = self.cells, PLACES[figure.name, value], figure.bounds
        total = first + len(bounds) + 1

        def observe(seen: float) -> None:
            cells[first + bisect_left(bounds, seen)] += 1.0
            cells[total] += seen

        return observe

    def rounds(self, stage: str) -> Callable[[int, float], None]:
        """What takes a round of a ``Gathering``: how many claims, how many seconds."""
        sized = self.observer(ROUND_SIZE, value=stage)
        timed = self.observer(ROUND_SECONDS, value=stage)

        def observe(size: int, seconds: float) -> None:
            sized(size)
            timed(seconds)

        return observe

    def close(self) -> None:
        """Give the name free; what is counted afterwards goes nowhere."""
        if self._handle is not None:
            # The mapping holds the file, too, so closing alone would keep the lock.
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = None

    def _cells(self) -> "memoryview[float]":
        if self.folder is not None:
            try:
                return self._shared(self.folder)
            except OSError:
                # A full disk, say: a platform that nobody can watch is better than none.
                log.exception("meters_not_shared", folder=str(self.folder))
        return memoryview(bytearray(CELLS * 8)).cast("d")

    def _shared(self, folder: Path) -> "memoryview[float]":
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, _MOST_OF_A_NAME + 1):
            name = self.name if number == 1 else f"{self.name}.{number}"
            handle = os.open(folder / f"{name}{_SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _lock(handle, fcntl.LOCK_EX):
                self.name, self._handle = name, handle
                return _mapped(handle)
            os.close(handle)
        raise OSError(f"{folder} has {_MOST_OF_A_NAME} living processes named {self.name}")


def living(folder: Path) -> dict[str, "memoryview[float]"]:
    """The cells of every living process of this version, by its name: a copy of this moment."""
    found = {}
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            raw = b"" if _lock(handle, fcntl.LOCK_SH) else os.pread(handle, _BYTES, 0)
        finally:
            os.close(handle)
        if len(raw) == _BYTES and raw.startswith(LAYOUT):
            found[path.name.removesuffix(_SUFFIX)] = memoryview(raw)[len(LAYOUT) :].cast("d")
    return found


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _mapped(handle: int) -> "memoryview[float]":
    """The file as cells, all nought. Its blocks are taken first: a write into a hole on a full disk is a SIGBUS."""
    os.ftruncate(handle, 0)
    os.posix_fallocate(handle, 0, _BYTES)
    os.pwrite(handle, LAYOUT, 0)
    return memoryview(mmap.mmap(handle, _BYTES))[len(LAYOUT) :].cast("d")
