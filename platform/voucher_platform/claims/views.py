"""A voucher on the wire."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from voucher_contract.models.vouchers import Voucher
from voucher_platform.claims.rules import BatchTerms


def voucher_as_issued(row: Any, terms: BatchTerms, zone: ZoneInfo) -> bytes:
    """The body of a claim's 201, byte for byte the same for every repeat, whatever became of the voucher since.

    Written by hand, as pydantic would write a ``Voucher``: ids, states and codes need no escaping. A test holds it to
    that.
    """
    claimed = wire_time(row.claimed_at, zone)
    starts = claimed if row.valid_from == row.claimed_at else wire_time(row.valid_from, zone)
    code = f'"{row.code}"' if terms.code_mode == "static" else "null"
    return (
        f'{{"id":"{row.id}","batch_id":"{row.batch_id}","state":"issued","face_fen":{terms.face_fen},'
        f'"threshold_fen":{terms.threshold_fen},"code":{code},"nth":{row.nth},"claimed_at":"{claimed}",'
        f'"valid_from":"{starts}","valid_until":"{_wire_time_of_many(row.valid_until, zone)}"}}'
    ).encode()


def wire_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in the city's time, as pydantic writes it: RFC 3339, and Z for no offset."""
    written = moment.astimezone(zone).isoformat()
    return written[:-6] + "Z" if written.endswith("+00:00") else written


_wire_time_of_many = lru_cache(maxsize=1_024)(wire_time)  # the end of a batch, which all its vouchers share


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
