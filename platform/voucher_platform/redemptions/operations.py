"""Redeem a voucher; look redemptions up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.redemptions import Redemption, RedemptionPage
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import Movement, move
from voucher_platform.ledger.rules import account_id
from voucher_platform.redemptions.facts import Order, facts_of, read_row
from voucher_platform.redemptions.rules import fault_of_payment, fault_of_request, judge
from voucher_platform.redemptions.tables import RedemptionRow, as_made, as_now


@dataclass(frozen=True)
class Redeemed:
    """The effect, and whether it was made by an earlier request under the same key."""

    redemption: Redemption
    replayed: bool


async def redeem(connection: AsyncConnection, *, order: Order, now: datetime) -> Redeemed:
    """Use the voucher for the order, exactly once, and move its face from held to redeemed.

    The redemption row goes in first: its unique indexes (voucher, order, key) make every racer wait there for the
    first to commit, with nothing else locked. Only then is the voucher taken, on the condition that it is still
    issued and valid; a sweep, a freeze or a void that came first makes the statement take nothing. The hot balances
    are locked last. Whoever lost a race is judged anew by what the winner left, so it is told the true reason, or
    gets the winner's reply if both sent the same key.

    Raises ``Refused``: ``key_reused``, the first reason of ``rules.JUDGEMENTS``, ``invalid_request`` for discounts
    that leave nothing to pay, ``overloaded`` when the state changed twice in between.
    """
    row = await read_row(connection, order)
    if row.earlier_id is not None:
        return await _replay(connection, row, order)
    _check(row, order, now)
    made = await _take(connection, row, order, now)
    if made is None or not made.taken:
        return await _outrun(connection, order, now, own_row=made is not None)
    await move(connection, _spending(made, now))
    return Redeemed(as_made(made), replayed=False)


def _check(row: Any, order: Order, now: datetime) -> None:
    _refuse_field(fault_of_request(order.spec))
    refusal = judge(facts_of(row, order, now))
    if refusal is not None:
        raise Refused(refusal)
    _refuse_field(fault_of_payment(order.spec, row.face_fen))


def _refuse_field(field: str | None) -> None:
    if field is not None:
        message = "the user must pay at least 1 fen"
        raise Refused(refusals.INVALID_REQUEST, message, errors=[{"field": f"body.{field}", "message": message}])


async def _replay(connection: AsyncConnection, row: Any, order: Order) -> Redeemed:
    if bytes(row.earlier_digest) != order.digest:
        raise Refused(refusals.KEY_REUSED)
    return Redeemed(as_made(await _by_id(connection, row.earlier_id)), replayed=True)


async def _take(connection: AsyncConnection, row: Any, order: Order, now: datetime) -> Any:
    """The new row with ``taken``; ``None`` when one of its unique indexes was taken by another."""
    spec = order.spec
    result = await connection.execute(
        _TAKE,
        {
            "id": new_id("red"), "voucher": row.voucher_id, "batch": row.batch_id, "campaign": row.campaign_id,
            "merchant": order.merchant_id, "till": spec.till_number, "order": spec.order_no, "key": order.key,
            "digest": order.digest, "total": spec.order_total_fen, "promotion": spec.merchant_discount_fen,
            "matching": spec.platform_discount_fen, "payable": order.payable_fen, "face": row.face_fen,
            "paid": order.payable_fen - row.face_fen - spec.platform_discount_fen, "now": now,
        },
    )  # fmt: skip
    return result.one_or_none()


async def _outrun(connection: AsyncConnection, order: Order, now: datetime, *, own_row: bool) -> Redeemed:
    """Judge anew by what others have committed. ``own_row``: this transaction holds a row without a voucher.

    That row carries the key but is no effect: the refusal this then ends in rolls it back.
    """
    row = await read_row(connection, order)
    if row.earlier_id is not None and not own_row:
        return await _replay(connection, row, order)
    _check(row, order, now)
    raise Refused(refusals.OVERLOADED)


def _spending(made: Any, now: datetime) -> Movement:
    return Movement(
        campaign_id=made.campaign_id, debit=account_id("held", made.batch_id),
        credit=account_id("redeemed", made.batch_id), amount_fen=made.voucher_fen, kind="redeem",
        reference=made.id, business_at=now,
    )  # fmt: skip


async def get_redemption(connection: AsyncConnection, *, redemption_id: str, merchant_id: str | None) -> Redemption:
    """One redemption. ``merchant_id`` limits the view to a merchant's own: another's is ``not_found``."""
    row = await _by_id(connection, redemption_id)
    if row is None or merchant_id not in {None, row.merchant_id}:
        raise Refused(refusals.NOT_FOUND)
    return as_now(row)


async def list_redemptions(
    connection: AsyncConnection, *, merchant_id: str | None, cursor: str | None, limit: int
) -> RedemptionPage:
    """A page in the order they were made; ``merchant_id`` limits it to a merchant's own."""
    query = select(RedemptionRow).order_by(col(RedemptionRow.id)).limit(limit)
    if merchant_id is not None:
        query = query.where(col(RedemptionRow.merchant_id) == merchant_id)
    if cursor is not None:
        query = query.where(col(RedemptionRow.id) > cursor)
    items = [as_now(row) for row in await connection.execute(query)]
    return RedemptionPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


async def _by_id(connection: AsyncConnection, redemption_id: str) -> Any:
    query = select(RedemptionRow).where(col(RedemptionRow.id) == redemption_id)
    return (await connection.execute(query)).one_or_none()


_TAKE = text(
    """
    WITH made AS (
      INSERT INTO redemption (id, voucher_id, batch_id, campaign_id, merchant_id, till_number, order_no, key, digest,
        order_total_fen, merchant_discount_fen, platform_discount_fen, payable_fen, voucher_fen, paid_fen, redeemed_at)
      VALUES (:id, :voucher, :batch, :campaign, :merchant, :till, :order, :key, :digest,
        :total, :promotion, :matching, :payable, :face, :paid, :now)
      ON CONFLICT DO NOTHING RETURNING *
    ), used AS (
      UPDATE voucher SET state = 'redeemed' FROM made
      WHERE voucher.id = made.voucher_id AND voucher.state = 'issued'
        AND voucher.valid_from <= :now AND voucher.valid_until > :now
      RETURNING voucher.id
    )
    SELECT made.*, EXISTS (SELECT FROM used) AS taken FROM made
    """
)
