"""Refund an order, whole or in part; look refunds up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.redemptions import Refund, RefundPage
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import is_overdrawn, move_all
from voucher_platform.redemptions.tables import RedemptionRow
from voucher_platform.refunds.movements import movements
from voucher_platform.refunds.rules import Asked, Ending, Parts, Term, end, judge, split_refund
from voucher_platform.refunds.tables import RefundRow, wire


@dataclass(frozen=True)
class Request:
    """One request of a till: how much of which redemption, whose till it is, and the key it was sent under."""

    redemption_id: str
    amount_fen: int
    merchant_id: str
    key: str
    digest: bytes


@dataclass(frozen=True)
class Refunded:
    """The effect, and whether it was made by an earlier request under the same key."""

    refund: Refund
    replayed: bool


async def refund(connection: AsyncConnection, *, request: Request, now: datetime, next_day: datetime) -> Refunded:
    """Take part of an order back: split it by the running total, end the voucher by its batch's regime, move money.

    The campaign is share-locked and the redemption's row locked before anything is read that the decision rests on,
    so refunds of one order run one after the other, a repeat waits here for the first, and settling comes before or
    after. The voucher is next and the hot balances last, the order in which a redemption takes them too.
    ``next_day`` is midnight after the business day of ``now``.

    Raises ``Refused``: ``not_found`` (another merchant's redemption too), ``key_reused``, ``closed``,
    ``refund_too_large``, ``too_many_refunds``, ``refund_not_covered``.
    """
    row = await _lock(connection, request)
    earlier = await _earlier(connection, request)
    if earlier is not None:
        return _replay(earlier, request)
    _check(row, request, now)
    parts = split_refund(row.refunded_fen, request.amount_fen, _order_parts(row))
    ending = end(
        row.refund_regime, whole=request.amount_fen == row.payable_fen, voucher_part_fen=parts.voucher_fen,
        term=Term(row.valid_from, row.valid_until, now, next_day, row.campaign_state == "open"),
    )  # fmt: skip
    made = await _write(connection, row, request, parts=parts, ending=ending, now=now)
    await _move(connection, row, made.id, ending, now)
    return Refunded(wire(made), replayed=False)


async def _lock(connection: AsyncConnection, request: Request) -> Any:
    """The redemption, locked, with its batch, its voucher and the campaign's state.

    The campaign first, shared, as settling and closing lock it first too: it cannot close or settle meanwhile.
    """
    names = {"id": request.redemption_id, "merchant": request.merchant_id}
    campaign = (await connection.execute(_HOLD_CAMPAIGN, names)).one_or_none()
    if campaign is None:
        raise Refused(refusals.NOT_FOUND)
    return (await connection.execute(_LOCK, {**names, "campaign_state": campaign.state})).one()


async def _earlier(connection: AsyncConnection, request: Request) -> Any:
    query = select(RefundRow).where(
        col(RefundRow.merchant_id) == request.merchant_id, col(RefundRow.key) == request.key
    )
    return (await connection.execute(query)).one_or_none()


def _replay(earlier: Any, request: Request) -> Refunded:
    if bytes(earlier.digest) != request.digest:
        raise Refused(refusals.KEY_REUSED)
    return Refunded(wire(earlier), replayed=True)


def _check(row: Any, request: Request, now: datetime) -> None:
    refusal = judge(
        Asked(
            amount_fen=request.amount_fen, payable_fen=row.payable_fen, refunded_fen=row.refunded_fen,
            refund_count=row.refund_count, redeemed_at=row.redeemed_at, refund_days=row.refund_days, now=now,
        )
    )  # fmt: skip
    if refusal is not None:
        raise Refused(refusal)


def _order_parts(row: Any) -> Parts:
    return Parts(user_fen=row.paid_fen, voucher_fen=row.voucher_fen, platform_fen=row.platform_discount_fen)


async def _write(
    connection: AsyncConnection, row: Any, request: Request, *, parts: Parts, ending: Ending, now: datetime
) -> Any:
    """The refund's row, the redemption's running totals, the voucher's state, and the debt of a settled merchant."""
    made = await _insert(connection, row, request, parts=parts, ending=ending, now=now)
    await connection.execute(
        _ADD_UP,
        {
            "id": row.id, "amount": request.amount_fen, "user": parts.user_fen, "voucher": parts.voucher_fen,
            "fund": ending.fund_fen, "reverses": ending.reverses,
        },
    )  # fmt: skip
    await connection.execute(
        _END_VOUCHER, {"id": row.voucher_id, "state": ending.state, "valid_from": ending.valid_from}
    )
    if row.settlement_id is not None and ending.fund_fen > 0:
        await connection.execute(_OWE, {"refund": made.id, "redemption": row.id, "amount": ending.fund_fen})
    return made


async def _insert(
    connection: AsyncConnection, row: Any, request: Request, *, parts: Parts, ending: Ending, now: datetime
) -> Any:
    """Raises ``key_reused`` when a refund of another redemption has committed the key since it was looked up."""
    result = await connection.execute(
        _INSERT,
        {
            "id": new_id("rfd"), "redemption": row.id, "merchant": request.merchant_id,
            "number": row.refund_count + 1, "key": request.key, "digest": request.digest,
            "amount": request.amount_fen, "user": parts.user_fen, "voucher": parts.voucher_fen,
            "platform": parts.platform_fen, "fund": ending.fund_fen, "returned": ending.state == "issued", "now": now,
        },
    )  # fmt: skip
    made = result.one_or_none()
    if made is None:
        raise Refused(refusals.KEY_REUSED)
    return made


async def _move(connection: AsyncConnection, row: Any, refund_id: str, ending: Ending, now: datetime) -> None:
    wanted = movements(
        campaign_id=row.campaign_id, batch_id=row.batch_id, refund_id=refund_id, ending=ending,
        settled=row.settlement_id is not None, now=now,
    )  # fmt: skip
    if not wanted:
        return
    try:
        await move_all(connection, wanted)
    except IntegrityError as error:
        if is_overdrawn(error):
            raise Refused(refusals.REFUND_NOT_COVERED) from error
        raise


async def list_refunds(
    connection: AsyncConnection, *, redemption_id: str, merchant_id: str | None, cursor: str | None, limit: int
) -> RefundPage:
    """A page of a redemption's refunds, oldest first. ``not_found`` for another merchant's redemption."""
    owner = select(RedemptionRow.merchant_id).where(col(RedemptionRow.id) == redemption_id)
    found = (await connection.execute(owner)).one_or_none()
    if found is None or merchant_id not in {None, found.merchant_id}:
        raise Refused(refusals.NOT_FOUND)
    query = select(RefundRow).where(col(RefundRow.redemption_id) == redemption_id)
    if cursor is not None:
        query = query.where(col(RefundRow.id) > cursor)
    items = [wire(row) for row in await connection.execute(query.order_by(col(RefundRow.id)).limit(limit))]
    return RefundPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


_HOLD_CAMPAIGN = text(
    """
    SELECT campaign.state FROM campaign JOIN redemption ON redemption.campaign_id = campaign.id
    WHERE redemption.id = :id AND redemption.merchant_id = :merchant FOR SHARE OF campaign
    """
)
_LOCK = text(
    """
    SELECT redemption.*, batch.refund_regime, batch.refund_days, voucher.valid_from, voucher.valid_until,
      CAST(:campaign_state AS text) AS campaign_state
    FROM redemption JOIN voucher ON voucher.id = redemption.voucher_id JOIN batch ON batch.id = redemption.batch_id
    WHERE redemption.id = :id AND redemption.merchant_id = :merchant FOR UPDATE OF redemption
    """
)
_ADD_UP = text(
    """
    UPDATE redemption SET refund_count = refund_count + 1, refunded_fen = refunded_fen + :amount,
      user_refunded_fen = user_refunded_fen + :user, voucher_refunded_fen = voucher_refunded_fen + :voucher,
      fund_refunded_fen = fund_refunded_fen + :fund, reversed = :reverses
    WHERE id = :id
    """
)
_END_VOUCHER = text("UPDATE voucher SET state = :state, valid_from = :valid_from WHERE id = :id")
_INSERT = text(
    """
    INSERT INTO refund (id, redemption_id, merchant_id, number, key, digest, amount_fen, user_fen, voucher_fen,
      platform_fen, fund_fen, voucher_returned, refunded_at)
    VALUES (:id, :redemption, :merchant, :number, :key, :digest, :amount, :user, :voucher,
      :platform, :fund, :returned, :now)
    ON CONFLICT DO NOTHING RETURNING *
    """
)
_OWE = text(
    """
    INSERT INTO merchant_debt (refund_id, campaign_id, batch_id, merchant_id, amount_fen)
    SELECT :refund, campaign_id, batch_id, merchant_id, :amount FROM redemption WHERE id = :redemption
    """
)
