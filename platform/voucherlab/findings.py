"""What an examination says: one finding, in two languages, never with a password."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """`problem` makes `voucherlab doctor` exit 1; `note` is worth knowing; `ok` is as it should be."""

    subject: str
    level: Level
    english: str
    chinese: str


def judged(subject: str, good: bool, english: str, chinese: str) -> Finding:
    """An `ok` finding when `good`, else a problem."""
    return Finding(subject, "ok" if good else "problem", english, chinese)
