"""What the clients of a round saw, one JSON line an operation: the other side of the platform's own figures."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, TypeVar

CLAIMS = "claims.jsonl"
REDEMPTIONS = "redemptions.jsonl"
REFUNDS = "refunds.jsonl"


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One tap to its end, repeats of the same key included. ``lag_ms``: how much later than planned it was sent."""

    key: str
    tap: str
    account: str
    person_no: int
    account_no: int
    batch: str
    outcome: str
    status: int
    code: str | None
    replayed: bool
    attempts: int
    lag_ms: int
    took_ms: int
    voucher_id: str | None
    voucher_code: str | None


@dataclass(frozen=True, slots=True)
class RedemptionRecord:
    """One order at a till. ``expected`` is the refusal it must meet, None for an order that must be accepted."""

    key: str
    day: int
    order_no: str
    batch: str
    person_no: int
    merchant: str
    mistake: str | None
    expected: str | None
    outcome: str
    status: int
    code: str | None
    attempts: int
    redemption_id: str | None
    voucher_id: str
    voucher_fen: int


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """One refund asked for. ``fund_fen`` went back to public money; ``redeemed_day`` is the order's own day."""

    key: str
    day: int
    redeemed_day: int
    order_no: str
    merchant: str
    redemption_id: str
    amount_fen: int
    expected: str | None
    outcome: str
    status: int
    code: str | None
    attempts: int
    refund_id: str | None
    voucher_fen: int
    fund_fen: int


Record = ClaimRecord | RedemptionRecord | RefundRecord
Kind = TypeVar("Kind", ClaimRecord, RedemptionRecord, RefundRecord)


class RecordFile:
    """A file of records being written; lines are complete or absent, readable by their owner only."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        path.chmod(0o600)

    def write(self, record: Record) -> None:
        """Append one record. Field by field: ``asdict`` copies deeply, an eighth of what a tap costs the crowd."""
        line = {name: getattr(record, name) for name in record.__slots__}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Let readers see what was written so far."""
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._file.close()


def read_records(path: Path, kind: type[Kind]) -> list[Kind]:
    """All records of a file, none when there is no such file. Raises ValueError or TypeError for a foreign line."""
    return [kind(**line) for line in _lines(path)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
