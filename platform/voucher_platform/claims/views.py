"""A voucher on the wire."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voucher_contract.models.vouchers import Voucher
from voucher_platform.claims.rules import BatchTerms


def voucher_as_issued(row: Any, terms: BatchTerms, zone: ZoneInfo) -> bytes:
    """The body of a claim's 201, byte for byte the same for every repeat, whatever became of the voucher since."""
    code = row.code if terms.code_mode == "static" else None
    return _wire(row, "issued", code, terms, zone).model_dump_json().encode()


def voucher_as_now(row: Any, zone: ZoneInfo, *, to_holder: bool) -> Voucher:
    """The voucher as it stands; ``row`` joined with its batch. Only its holder sees the code."""
    code = row.code if to_holder and row.code_mode == "static" else None
    return _wire(row, row.state, code, row, zone)


def _wire(row: Any, state: Any, code: str | None, terms: Any, zone: ZoneInfo) -> Voucher:
    def local(moment: datetime) -> datetime:
        return moment.astimezone(zone)

    return Voucher(
        id=row.id, batch_id=row.batch_id, state=state, face_fen=terms.face_fen,
        threshold_fen=terms.threshold_fen, code=code, nth=row.nth, claimed_at=local(row.claimed_at),
        valid_from=local(row.valid_from), valid_until=local(row.valid_until),
    )  # fmt: skip
