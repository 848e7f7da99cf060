"""Reads the workers' files of one folder into columns, with the clocks' bounds worked in.

``clocks.json`` may say per host ``{"host": {"offset_ns": …, "bound_ns": … or null}}``: ``offset_ns`` is added to that
host's readings to give the history's clock, and the truth lies within ``bound_ns`` of the sum. On reading, every
invoke is moved that much earlier and every reply that much later. a ≺ b then needs reply(a) + ε(a) < invoke(b) − ε(b):
no check has to know about hosts, and none can order two attempts that the clocks cannot. A host with a null bound, or
missing from the file while there are several, is ordered with nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtest.history.codes import CODES
from loadtest.history.columns import BEFORE_ALL, FIELDS, FOREVER, Column, History, Source
from loadtest.history.record import ATTEMPT, Outcome
from loadtest.history.writer import FORMAT

_CHUNK = 1 << 18


class UnreadableHistory(ValueError):
    """The folder holds no history, or one of another format; the text says which file."""


@dataclass(frozen=True)
class ClockBound:
    """One host's clock against the history's: ``offset_ns`` to add, good to ``bound_ns`` (None: unknown)."""

    offset_ns: int
    bound_ns: int | None


def read_history(folder: Path) -> History:
    """All workers of ``folder``. Raises UnreadableHistory.

    Only records that were begun are taken: a worker that was killed leaves zeros at the end of its file.
    """
    headers = [(path, _header(path)) for path in sorted(folder.glob("worker-*.json"))]
    if not headers:
        raise UnreadableHistory(f"{folder}: no worker-*.json in it")
    clocks = _clocks(folder, {str(header["host"]) for _, header in headers})
    lengths = [_begun(path.with_suffix(".attempts")) for path, _ in headers]
    columns: dict[str, Column] = {name: np.zeros(sum(lengths), ATTEMPT[name]) for name in FIELDS}
    names = list(CODES)
    sources = []
    start = 0
    for (path, header), length in zip(headers, lengths, strict=True):
        clock = clocks[str(header["host"])]
        renumber = _renumber(header["codes"], names)
        mine = {name: one[start : start + length] for name, one in columns.items()}
        _copy(path.with_suffix(".attempts"), mine, clock, renumber)
        sources.append(
            Source(int(header["worker"]), str(header["run"]), start, path.with_suffix(".notes"), clock.bound_ns)
        )
        start += length
    slim = {name: _without_memory_if_zero(column) for name, column in columns.items()}
    return History(slim, tuple(sources), tuple(names))


def _header(path: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableHistory(f"{path}: not JSON: {error}") from error
    if header.get("format") != FORMAT or header.get("record_bytes") != ATTEMPT.itemsize:
        raise UnreadableHistory(f"{path}: format {header.get('format')} is not {FORMAT}")
    return header


def _clocks(folder: Path, hosts: set[str]) -> dict[str, ClockBound]:
    path = folder / "clocks.json"
    if not path.exists():
        bound = 0 if len(hosts) == 1 else None
        return {host: ClockBound(0, bound) for host in hosts}
    told: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    unknown: Mapping[str, Any] = {"offset_ns": 0, "bound_ns": None}
    found = {host: told.get(host, unknown) for host in hosts}
    return {host: ClockBound(int(one["offset_ns"]), one["bound_ns"]) for host, one in found.items()}


def _begun(path: Path) -> int:
    """How many records were begun: they are written one after another, and ``kind`` of an empty one is 0."""
    whole = path.stat().st_size // ATTEMPT.itemsize if path.exists() else 0
    if not whole:
        return 0
    records = np.memmap(path, ATTEMPT, "r", shape=(whole,))
    low, high = 0, whole
    while low < high:
        middle = (low + high) // 2
        if records["kind"][middle]:
            low = middle + 1
        else:
            high = middle
    return low


def _renumber(written: list[str], names: list[str]) -> NDArray[np.uint16]:
    """From the writer's code numbers to rows of ``names``, which takes in names it lacks."""
    for name in written:
        if name not in names:
            names.append(name)
    return np.array([names.index(name) for name in written], np.uint16)


def _copy(path: Path, into: Mapping[str, Column], clock: ClockBound, renumber: NDArray[np.uint16]) -> None:
    """In chunks that are read, not mapped; a column of zeros is never touched, and so takes no memory."""
    length = len(into["key"])
    for at in range(0, length, _CHUNK):
        chunk = np.fromfile(path, ATTEMPT, min(_CHUNK, length - at), offset=at * ATTEMPT.itemsize)
        rows = slice(at, at + len(chunk))
        for name in FIELDS:
            if chunk[name].any():
                into[name][rows] = chunk[name]
        into["code"][rows] = renumber[chunk["code"]]
        into["t_invoke"][rows], into["t_reply"][rows] = _bounded(chunk, clock)


def _bounded(chunk: NDArray[np.void], clock: ClockBound) -> tuple[Column, Column]:
    """Invoke moved earlier, reply moved later, by the clock's bound."""
    unsent = chunk["outcome"] == Outcome.NOT_SENT
    unanswered = (chunk["t_reply"] == 0) | (chunk["outcome"] == Outcome.OPEN)
    if clock.bound_ns is None:
        return np.where(unsent, 0, BEFORE_ALL), np.full(len(chunk), FOREVER)
    invoke = chunk["t_invoke"] + (clock.offset_ns - clock.bound_ns)
    reply = chunk["t_reply"] + (clock.offset_ns + clock.bound_ns)
    return np.where(unsent, 0, invoke), np.where(unanswered, FOREVER, reply)


def _without_memory_if_zero(column: Column) -> Column:
    return column if column.any() else np.broadcast_to(column.dtype.type(0), column.shape)
