"""Writes the history of one worker: an attempt is in its file before its bytes leave.

One thread writes (greenlets may share it: nothing here yields). Both files are memory-mapped: what a method has
written when it returns survives a SIGKILL of the process.
"""

import json
import os
import struct
import time
from pathlib import Path

from loadtest.history.codes import CODES, code_number
from loadtest.history.mapped import GrowingMap
from loadtest.history.notes import NotesWriter
from loadtest.history.record import ATTEMPT, Kind, Outcome, digest64

FORMAT = 1
_SIZE = ATTEMPT.itemsize
_LEFT = struct.Struct("<qqQQIiHBB")
_RIGHT = struct.Struct("<HHqQQi")
_RIGHT_AT = _LEFT.size
_OUTCOME_AT = _SIZE - 1
_ONE_BODY_IN = 1_024
_ANOMALOUS = frozenset({Outcome.UNKNOWN, Outcome.OK_UNREADABLE, Outcome.PENDING, Outcome.GUARDED})
assert _LEFT.size + _RIGHT.size + 4 == _SIZE, "three bytes of padding and the outcome end the record"


class HistoryWriter:
    """The history of worker number ``worker`` in ``folder``. Raises FileExistsError where that worker wrote before.

    ``run`` is the run's word in every idempotency key (see ``record.key_text``).
    """

    def __init__(self, folder: Path, worker: int, run: str) -> None:
        name = f"worker-{worker:05d}"
        self.folder, self.worker, self.run = folder, worker, run
        self._records = GrowingMap(folder / f"{name}.attempts")
        self._notes = NotesWriter(folder / f"{name}.notes")
        self._next = 0
        _write_header(folder / f"{name}.json", worker, run)

    def __len__(self) -> int:
        """Records begun so far, NOT_SENT ones included."""
        return self._next

    def begin(
        self, kind: Kind, *, t_intended: int, key: int, person: int, subject: int = 0, target: int = 0,
        amount: int = 0, attempt: int = 0,
    ) -> int:  # fmt: skip
        """Note that an attempt is about to be sent; its slot. Fields as in ``record.ATTEMPT``; the time is now."""
        slot = self._next
        at = slot * _SIZE
        if at + _SIZE > self._records.size:
            self._records.reserve(at + _SIZE)
        now = time.monotonic_ns()
        _LEFT.pack_into(
            self._records.map, at, t_intended, now, key, target, person, amount, subject, kind, min(attempt, 255)
        )
        self._next = slot + 1
        return slot

    def not_sent(
        self, kind: Kind, *, t_intended: int, key: int, person: int, subject: int = 0, target: int = 0, amount: int = 0,
    ) -> int:  # fmt: skip
        """Note an arrival that the generator was too late to send; its slot."""
        slot = self._next
        at = slot * _SIZE
        self._records.reserve(at + _SIZE)
        self._records.map[at + _OUTCOME_AT] = Outcome.NOT_SENT
        _LEFT.pack_into(self._records.map, at, t_intended, 0, key, target, person, amount, subject, kind, 0)
        self._next = slot + 1
        return slot

    def end(
        self, slot: int, *, outcome: Outcome, code: str | None = None, status: int = 0, result_id: str = "",
        voucher_code: str = "", value: int = 0, body: bytes = b"", request_id: str = "", t_reply: int = 0,
    ) -> None:  # fmt: skip
        """Note how attempt ``slot`` ended. Call it after the last byte was parsed: the time is now.

        ``code`` is the reply's code or one of ``codes.OWN_CODES``. ``result_id`` is the voucher's, redemption's or
        refund's id. The body is kept for one attempt in 1024 and for whatever is out of the ordinary. ``t_reply``
        (monotonic ns) may be given where the reply was parsed earlier than this call; never earlier than that.
        """
        now = t_reply or time.monotonic_ns()
        number = code_number(code)
        kept = body if _worth_keeping(slot, outcome, status) or number == _OTHER else b""
        if result_id or request_id or kept:
            self._notes.add(slot, result_id, voucher_code, request_id, kept)
        at = slot * _SIZE
        result = digest64(result_id) if result_id else 0
        mark = digest64(voucher_code) if voucher_code else 0
        _RIGHT.pack_into(self._records.map, at + _RIGHT_AT, number, status, now, result, mark, value)
        self._records.map[at + _OUTCOME_AT] = outcome

    def close(self) -> None:
        """Cut the files to what was written."""
        self._records.close(self._next * _SIZE)
        self._notes.close()


_OTHER = code_number("other")


def _worth_keeping(slot: int, outcome: Outcome, status: int) -> bool:
    return outcome in _ANOMALOUS or status >= 500 or slot % _ONE_BODY_IN == 0


def _write_header(path: Path, worker: int, run: str) -> None:
    """The names behind the numbers, and one reading of both clocks; whole or not at all."""
    header = {
        "format": FORMAT, "worker": worker, "run": run, "record_bytes": _SIZE, "codes": list(CODES),
        "kinds": {kind.name: kind.value for kind in Kind}, "outcomes": {one.name: one.value for one in Outcome},
        "host": os.uname().nodename, "monotonic_ns": time.monotonic_ns(), "epoch_ns": time.time_ns(),
    }  # fmt: skip
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")
    draft.rename(path)
