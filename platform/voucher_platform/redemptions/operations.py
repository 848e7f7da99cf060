"""Redeem a voucher; look redemptions up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.redemptions import Redemption, RedemptionPage
from voucher_platform.core.database import Database
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import POSTED
from voucher_platform.ledger.rules import account_id
from voucher_platform.redemptions.facts import Order, facts_of, read_row
from voucher_platform.redemptions.rules import fault_of_payment, fault_of_request, judge
from voucher_platform.redemptions.tables import RedemptionRow, as_made, as_now


@dataclass(frozen=True)
class Redeemed:
    """The effect, and whether it was made by an earlier request under the same key."""

    redemption: Redemption
    replayed: bool


async def redeem(database: Database, *, order: Order, now: datetime) -> Redeemed:
    """Use the voucher for the order, exactly once, and move its face from held to redeemed.

    The effect is one statement, which commits by itself: the balances of a batch are the hottest rows there are, and
    this way they stay locked for no round trip at all. The voucher is taken first, on the condition that it is still
    issued and valid, so that every racer waits there for the first to commit; a sweep, a freeze or a void that came
    first leaves nothing to take. Then the redemption row goes in, whose unique indexes (order, key) undo the whole
    statement; the balances come last. Whoever lost a race is judged anew by what the winner left, so it is told the
    true reason, or gets the winner's reply if both sent the same key.

    Raises ``Refused``: ``key_reused``, the first reason of ``rules.JUDGEMENTS``, ``invalid_request`` for discounts
    that leave nothing to pay, ``overloaded`` when the state changed twice in between.
    """
    async with database.glancing() as connection:
        earlier, row = await _judged(connection, order, now)
        made = None if earlier else await _take(connection, row, order, now)
        if made is not None:
            return Redeemed(as_made(made), replayed=False)
        earlier = earlier or (await _judged(connection, order, now))[0]
    if earlier is None:
        raise Refused(refusals.OVERLOADED)
    return earlier


async def _judged(connection: AsyncConnection, order: Order, now: datetime) -> tuple[Redeemed | None, Any]:
    """What an earlier request under the same key did, or the facts of an order that may use its voucher."""
    row = await read_row(connection, order)
    if row.earlier_id is not None:
        return await _replay(connection, row, order), row
    _check(row, order, now)
    return None, row


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
    """The new row; ``None`` when another took the voucher, the order number or the key first."""
    spec = order.spec
    columns = (
        {
            "id": new_id("red"), "voucher": row.voucher_id, "batch": row.batch_id, "campaign": row.campaign_id,
            "merchant": order.merchant_id, "till": spec.till_number, "order": spec.order_no, "key": order.key,
            "digest": order.digest, "total": spec.order_total_fen, "promotion": spec.merchant_discount_fen,
            "matching": spec.platform_discount_fen, "payable": order.payable_fen, "face": row.face_fen,
            "paid": order.payable_fen - row.face_fen - spec.platform_discount_fen, "now": now,
            "held": account_id("held", row.batch_id), "redeemed": account_id("redeemed", row.batch_id),
        }
    )  # fmt: skip
    try:
        return (await connection.execute(_TAKE, columns)).one_or_none()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == _TAKEN_BY_ANOTHER:
            return None
        raise


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


_TAKEN_BY_ANOTHER = "23505"  # unique_violation
_TAKE = text(
    f"""
    WITH used AS (
      UPDATE voucher SET state = 'redeemed'
      WHERE id = :voucher AND state = 'issued' AND valid_from <= :now AND valid_until > :now
      RETURNING id
    ), made AS (
      INSERT INTO redemption (id, voucher_id, batch_id, campaign_id, merchant_id, till_number, order_no, key, digest,
        order_total_fen, merchant_discount_fen, platform_discount_fen, payable_fen, voucher_fen, paid_fen, redeemed_at)
      SELECT :id, used.id, :batch, :campaign, :merchant, :till, :order, :key, :digest,
        :total, :promotion, :matching, :payable, :face, :paid, :now
      FROM used RETURNING *
    ), posting AS (
      SELECT campaign_id, CAST(:held AS text) AS debit_account, CAST(:redeemed AS text) AS credit_account,
        voucher_fen AS amount_fen, 1 AS count, 'redeem' AS kind, id AS reference, CAST(NULL AS bytea) AS root,
        redeemed_at AS business_at
      FROM made
    ), {POSTED}
    SELECT made.* FROM made
    """  # noqa: S608 - a constant of the ledger
)
