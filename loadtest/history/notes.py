"""The notes file beside the records: raw ids, server request ids and bodies, one entry an answered attempt.

An entry is a header, then result id, voucher code, request id and body, back to back. The header is written after
them, so an entry that was cut short ends the file. ``slot`` + 1 leads it: 0 is the end.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loadtest.history.mapped import GrowingMap

_HEADER = struct.Struct("<IIHBBB")
_MAX_ID = 255
MAX_BODY_BYTES = 16_384


@dataclass(frozen=True)
class Note:
    """What one attempt was answered, in raw form. ``body_bytes`` is the body's whole length; the rest is cut."""

    slot: int
    result_id: str
    voucher_code: str
    request_id: str
    body: bytes
    body_bytes: int


class NotesWriter:
    """Appends notes; each is in the file before ``add`` returns."""

    def __init__(self, path: Path) -> None:
        self._file = GrowingMap(path)
        self._end = 0

    def add(self, slot: int, result_id: str, voucher_code: str, request_id: str, body: bytes) -> None:
        """Keep what ``slot`` was answered. Ids longer than 255 bytes and bodies beyond 16 KiB are cut."""
        result = result_id.encode()[:_MAX_ID]
        code = voucher_code.encode()[:_MAX_ID]
        request = request_id.encode("utf-8", "replace")[:_MAX_ID]
        kept = body[:MAX_BODY_BYTES]
        payload = result + code + request + kept
        start = self._end + _HEADER.size
        end = start + len(payload)
        self._file.reserve(end)
        self._file.map[start:end] = payload
        _HEADER.pack_into(
            self._file.map, self._end, slot + 1, len(body), len(kept), len(result), len(code), len(request)
        )
        self._end = end

    def close(self) -> None:
        """Cut the file to its entries."""
        self._file.close(self._end)


def read_notes(path: Path) -> Iterator[Note]:
    """All notes of a file in the order in which replies came; stops where the writer was killed."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield from _notes(mapped)


def _notes(raw: mmap.mmap) -> Iterator[Note]:
    at = 0
    while at + _HEADER.size <= len(raw):
        slot, whole, kept, result, code, request = _HEADER.unpack_from(raw, at)
        if slot == 0:
            return
        ids_at = at + _HEADER.size
        code_at, request_at = ids_at + result, ids_at + result + code
        body_at = request_at + request
        yield Note(
            slot - 1, _text(raw[ids_at:code_at]), _text(raw[code_at:request_at]), _text(raw[request_at:body_at]),
            raw[body_at : body_at + kept], whole,
        )  # fmt: skip
        at = body_at + kept


def notes_of(path: Path, slots: set[int]) -> Iterator[Note]:
    """The notes of some attempts; the file is read once."""
    return (note for note in read_notes(path) if note.slot in slots)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
