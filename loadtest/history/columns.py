"""A whole history as columns: one numpy array a field, one row an attempt, the workers' files one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtest.history.codes import CODES
from loadtest.history.notes import Note, notes_of
from loadtest.history.record import ATTEMPT, FIRST_OWN_WORKER, Kind, Outcome, key_text

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Column = NDArray[Any]

# Beyond every clock reading, and far enough from the ends of an int64 to be added to.
BEFORE_ALL = -(2**62)
FOREVER = 2**62
FIELDS = tuple(name for name in (ATTEMPT.names or ()) if name != "pad")


@dataclass(frozen=True)
class Source:
    """One worker's file: its rows begin at ``start``; ``epsilon_ns`` is the clock bound already in them."""

    worker: int
    run: str
    start: int
    notes: Path | None = None
    epsilon_ns: int | None = 0


@dataclass(frozen=True)
class History:
    """Columns as in ``record.ATTEMPT``, with ``t_invoke`` a lower and ``t_reply`` an upper bound of the true time.

    ``t_reply`` of an attempt that was never answered is ``FOREVER``. ``codes`` are the names behind ``code``. A column
    that is zero throughout may take no memory (a broadcast zero). ``derived`` keeps what was once computed from it.
    """

    columns: Mapping[str, Column]
    sources: tuple[Source, ...] = ()
    codes: tuple[str, ...] = CODES
    notes_read: dict[int, Note] = field(default_factory=dict, repr=False, compare=False)
    derived: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.columns["key"])

    def __getattr__(self, name: str) -> Column:
        try:
            column: Column = self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None
        return column

    def has_code(self, name: str) -> Flags:
        """Which attempts were answered with this code."""
        if name not in self.codes:
            return np.zeros(len(self), bool)
        found: Flags = self.columns["code"] == self.codes.index(name)
        return found

    @cached_property
    def sent(self) -> Flags:
        """Which attempts left the generator."""
        found: Flags = self.columns["outcome"] != Outcome.NOT_SENT
        return found

    @cached_property
    def load(self) -> Flags:
        """Which attempts are load: not those of the bench's own preparation and resolution."""
        found = np.ones(len(self), bool)
        ends = [source.start for source in self.sources[1:]] + [len(self)]
        for source, end in zip(self.sources, ends, strict=True) if self.sources else ():
            found[source.start : end] = source.worker < FIRST_OWN_WORKER
        return found

    def raw(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """These attempts as a witness shows them: times in ns, ids in raw form where they were kept, digests in hex."""
        self._fetch_notes(rows)
        return [self._raw(row) for row in rows]

    def _raw(self, row: int) -> dict[str, Any]:
        one = {name: int(self.columns[name][row]) for name in FIELDS}
        source = self._source(row)
        note = self.notes_read.get(row)
        replied = one["t_reply"] < FOREVER
        return {
            "row": row, "worker": source.worker, "slot": row - source.start, "kind": Kind(one["kind"]).name.lower(),
            "person": one["person"], "subject": one["subject"], "key": key_text(source.run, one["key"]),
            "attempt": one["attempt"], "t_intended_ns": one["t_intended"], "t_invoke_ns": one["t_invoke"],
            "t_reply_ns": one["t_reply"] if replied else None, "clock_bound_ns": source.epsilon_ns,
            "outcome": Outcome(one["outcome"]).name.lower(), "status": one["status"], "code": self.codes[one["code"]],
            "target": f"{one['target']:016x}", "amount": one["amount"], "value": one["value"],
            "result": f"{one['result']:016x}", "mark": f"{one['mark']:016x}",
            "result_id": note.result_id if note else "", "voucher_code": note.voucher_code if note else "",
            "request_id": note.request_id if note else "", "body": note.body.decode("utf-8", "replace") if note else "",
        }  # fmt: skip

    def _source(self, row: int) -> Source:
        starts = [source.start for source in self.sources]
        at = int(np.searchsorted(starts, row, side="right")) - 1
        return self.sources[at] if self.sources else Source(0, "00000000", 0)

    def _fetch_notes(self, rows: Sequence[int]) -> None:
        wanted: dict[Source, set[int]] = {}
        for row in rows:
            source = self._source(row)
            if source.notes is not None and row not in self.notes_read:
                wanted.setdefault(source, set()).add(row - source.start)
        for source, slots in wanted.items():
            assert source.notes is not None, "only sources with notes were gathered"
            self.notes_read.update({source.start + note.slot: note for note in notes_of(source.notes, slots)})


def history_of(records: NDArray[np.void], sources: tuple[Source, ...] = (), codes: tuple[str, ...] = CODES) -> History:
    """Columns of records whose clocks compare already; attempts without a reply get ``FOREVER``."""
    columns = {name: np.ascontiguousarray(records[name]) for name in FIELDS}
    columns["t_reply"] = np.where(columns["t_reply"] == 0, FOREVER, columns["t_reply"])
    return History(columns, sources, codes)
