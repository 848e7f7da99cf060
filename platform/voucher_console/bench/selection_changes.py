"""Who changed what in a selection sheet: a file beside the sheet, one JSON line a change, only ever added to."""

import json
import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal, cast

from voucher_console.bench.entries import Change, Where, held, names_in, taken_out

FILE = "changes.jsonl"
MOST_SHOWN = 50


@dataclass(frozen=True)
class Noted:
    """One line. ``where`` is the path of the field, an entry's path, or empty for the whole sheet.

    ``names``: what the judge and the applicant of the path were called at that time, for an id is given anew after a
    removal. ``before`` and ``after`` are what stood there, None for nothing.
    """

    at: datetime
    by: str
    kind: Literal["start", "change", "add", "remove"]
    where: Where
    names: tuple[str, ...]
    before: Any
    after: Any


def started(by: str, document: Mapping[str, Any]) -> list[Noted]:
    """A new sheet."""
    counts = {kind: len(document.get(kind, [])) for kind in ("applicants", "judges")}
    return [Noted(datetime.now(UTC), by, "start", (), (), None, counts)]


def changes_of(by: str, document: Mapping[str, Any], changes: Sequence[Change]) -> list[Noted]:
    """The changes of ``document`` that change something."""
    found = ((one, held(document, one.where)) for one in changes)
    return [
        Noted(datetime.now(UTC), by, "change", one.where, names_in(document, one.where), before, one.after)
        for one, before in found
        if before != one.after
    ]


def added(by: str, kind: str, entry: Mapping[str, Any]) -> list[Noted]:
    """A new judge or applicant."""
    name = str(entry.get("name") or entry["id"])
    return [Noted(datetime.now(UTC), by, "add", (kind, str(entry["id"])), (name,), None, dict(entry))]


def removed(by: str, document: Mapping[str, Any], kind: str, entry: str) -> list[Noted]:
    """One taken out, with all that goes with it."""
    where = (kind, entry)
    before = taken_out(document, kind, entry)
    return [Noted(datetime.now(UTC), by, "remove", where, names_in(document, where), before, None)]


def note(folder: Path, noted: Sequence[Noted]) -> None:
    """Add the lines and wait until the disk has them, before the sheet itself is replaced.

    In this order no change is ever without its line. After a crash between the two a line may stand without its
    change: the sheet itself shows that it was not made. A line that a crash has broken off is ended first, so that it
    spoils no other.
    """
    lines = "".join(json.dumps(asdict(one), ensure_ascii=False, default=_as_text) + "\n" for one in noted).encode()
    with (folder / FILE).open("a+b") as file:
        if file.tell() and not _ends_a_line(file.fileno(), file.tell()):
            lines = b"\n" + lines
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)  # the name of a file just made, too, must outlive a power cut
    finally:
        os.close(opened)


def newest(folder: Path) -> tuple[list[Noted], int]:
    """The last changes, the newest first, at most ``MOST_SHOWN``; and how many older ones there are.

    A line that cannot be read is none: a crash has broken it off, and its change was not made.
    """
    last: deque[str] = deque(maxlen=MOST_SHOWN)
    count = 0
    try:
        with (folder / FILE).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.endswith("}\n"):
                    last.append(line)
                    count += 1
    except FileNotFoundError:
        return [], 0
    return [one for line in reversed(last) if (one := _read(line)) is not None], count - len(last)


def _read(line: str) -> Noted | None:
    try:
        told = json.loads(line)
        at, where, names = datetime.fromisoformat(told["at"]), tuple(told["where"]), tuple(told["names"])
        return Noted(at, told["by"], told["kind"], where, names, told["before"], told["after"])
    except (ValueError, KeyError, TypeError):
        return None


def _as_text(value: object) -> str:
    """TOML's times, which JSON has not."""
    return cast("datetime | date | time", value).isoformat()


def _ends_a_line(file: int, size: int) -> bool:
    return os.pread(file, 1, size - 1) == b"\n"
