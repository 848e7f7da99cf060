"""What the bureau and the operator may do to a voucher, and reading vouchers."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.vouchers import VoucherChanged
from voucher_platform.claims.tables import VoucherRow
from voucher_platform.core import audit_log
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import announce_change
from voucher_platform.ledger.operations import Movement, move
from voucher_platform.ledger.rules import account_id

_Plain = Literal["issued", "frozen"]


async def freeze_voucher(
    connection: AsyncConnection, *, voucher_id: str, reason: str, by: str, now: datetime
) -> VoucherChanged:
    """``issued`` → ``frozen``: it cannot be redeemed until released. Refuses ``not_found``, ``wrong_state``."""
    return await _change(
        connection, "freeze_voucher", old="issued", new="frozen", voucher_id=voucher_id, reason=reason, by=by, now=now
    )


async def release_voucher(
    connection: AsyncConnection, *, voucher_id: str, reason: str, by: str, now: datetime
) -> VoucherChanged:
    """``frozen`` → ``issued``. Refuses ``not_found``, ``wrong_state``."""
    return await _change(
        connection, "release_voucher", old="frozen", new="issued", voucher_id=voucher_id, reason=reason, by=by, now=now
    )


async def void_voucher(
    connection: AsyncConnection, *, voucher_id: str, reason: str, by: str, now: datetime
) -> VoucherChanged:
    """``issued`` or ``frozen`` → ``void``; its money is reserved again and its slot may be claimed anew.

    The change is announced first: it locks the platform's row, which a rebuild locks before the stock rows too. The
    slot in the hot store is given back after the commit, never before: until then the voucher is the holder's.
    Refuses ``not_found`` and ``wrong_state``.
    """
    await announce_change(connection)
    voucher = await _locked(connection, voucher_id)
    if voucher.state not in ("issued", "frozen"):
        raise Refused(refusals.WRONG_STATE)
    await connection.execute(_SET_STATE, {"id": voucher_id, "state": "void"})
    await connection.execute(
        text("UPDATE batch_stock SET voided = voided + 1 WHERE batch_id = :batch"), {"batch": voucher.batch_id}
    )
    await move(connection, Movement(
        campaign_id=voucher.campaign_id, debit=account_id("held", voucher.batch_id),
        credit=account_id("reserved", voucher.batch_id), amount_fen=voucher.face_fen, kind="void",
        reference=voucher_id, business_at=now,
    ))  # fmt: skip
    await _log(connection, "void_voucher", voucher_id, reason=reason, by=by, now=now)
    return VoucherChanged(id=voucher_id, state="void", released_fen=voucher.face_fen)


async def _change(
    connection: AsyncConnection,
    action: str,
    *,
    old: _Plain,
    new: _Plain,
    voucher_id: str,
    reason: str,
    by: str,
    now: datetime,
) -> VoucherChanged:
    voucher = await _locked(connection, voucher_id)
    if voucher.state != old:
        raise Refused(refusals.WRONG_STATE)
    await connection.execute(_SET_STATE, {"id": voucher_id, "state": new})
    await _log(connection, action, voucher_id, reason=reason, by=by, now=now)
    return VoucherChanged(id=voucher_id, state=new, released_fen=0)


async def _log(
    connection: AsyncConnection, action: str, voucher_id: str, *, reason: str, by: str, now: datetime
) -> None:
    await audit_log.append(
        connection, principal=by, action=action, object_id=voucher_id, detail={"reason": reason}, business_at=now
    )


async def _locked(connection: AsyncConnection, voucher_id: str) -> Any:
    row = (await connection.execute(_LOCK, {"id": voucher_id})).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return row


async def get_voucher(connection: AsyncConnection, *, voucher_id: str, account: str | None) -> Any:
    """A voucher with its batch's terms; of ``account`` only, unless ``None``. Refuses ``not_found``."""
    row = (await connection.execute(_ONE, {"id": voucher_id, "account": account})).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return row


async def list_vouchers(
    connection: AsyncConnection, *, account: str | None, batch_id: str | None, cursor: str | None, limit: int
) -> list[Any]:
    """Vouchers by id, from after ``cursor``; of ``account`` or ``batch_id`` only, where given."""
    rows = await connection.execute(
        _LIST, {"account": account, "batch": batch_id, "cursor": cursor or "", "limit": limit}
    )
    return list(rows.all())


async def batch_of(connection: AsyncConnection, *, voucher_id: str) -> str | None:
    """The batch a voucher belongs to."""
    found = await connection.execute(select(VoucherRow.batch_id).where(col(VoucherRow.id) == voucher_id))
    return found.scalar_one_or_none()


_SET_STATE = text("UPDATE voucher SET state = :state WHERE id = :id")
_LOCK = text(
    "SELECT v.state, v.batch_id, b.campaign_id, b.face_fen FROM voucher v JOIN batch b ON b.id = v.batch_id"
    " WHERE v.id = :id FOR NO KEY UPDATE OF v"
)
_SHOWN = (
    "SELECT v.id, v.batch_id, v.state, v.code, v.nth, v.claimed_at, v.valid_from, v.valid_until, b.face_fen,"
    " b.threshold_fen, b.code_mode FROM voucher v JOIN batch b ON b.id = v.batch_id"
    " WHERE (CAST(:account AS text) IS NULL OR v.account_id = :account)"
)
_ONE = text(f"{_SHOWN} AND v.id = :id")
_LIST = text(
    f"{_SHOWN} AND (CAST(:batch AS text) IS NULL OR v.batch_id = :batch) AND v.id > :cursor ORDER BY v.id LIMIT :limit"
)
