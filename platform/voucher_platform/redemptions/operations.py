"""Redeem a voucher; look redemptions up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.redemptions import Redemption, RedemptionPage
from voucher_contract.refusals import Refusal
from voucher_platform.core.database import Database
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import OLDEST, RowOrder, next_cursor, paged
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions.facts import FactsReader, Order, facts_of, place_of
from voucher_platform.redemptions.last_refusals import LastRefusals
from voucher_platform.redemptions.rules import fault_of_payment, fault_of_request, judge
from voucher_platform.redemptions.tables import RedemptionRow, as_made, as_now
from voucher_platform.redemptions.taking import BatchOfVouchers, Taking, Wanted
from voucher_platform.risk_rules.watching import Watch


@dataclass(frozen=True)
class Redeemed:
    """The effect, and whether it was made by an earlier request under the same key."""

    redemption: Redemption
    replayed: bool


class Redeeming:
    """What redemptions of a process share: one of each. Without a ``watch`` no risk rule looks at them."""

    def __init__(self, database: Database, watch: Watch | None = None) -> None:
        self.database = database
        self.watch = watch
        self.facts = FactsReader(database)
        self.taking = Taking(database)
        self.refusals = LastRefusals(database)

    async def stop(self) -> None:
        """End what is under way; a statement cut off is rolled back."""
        await self.facts.stop()
        await self.taking.stop()


async def redeem(redeeming: Redeeming, *, order: Order, now: datetime) -> Redeemed:
    """Use the voucher for the order, exactly once, and move its face from held to redeemed.

    The effect is one statement, shared with others of the batch, which commits by itself (``taking``). The voucher is
    taken first, on the condition that it is still issued and valid, so that every racer waits there for the first to
    commit; a sweep, a freeze or a void that came first leaves nothing to take. Then the redemption row goes in, whose
    unique indexes (order, key) undo the statement; the balances come last. Whoever lost a race is judged anew by what
    the winner left, so it is told the true reason, or gets the winner's reply if both sent the same key.

    Raises ``Refused``: ``key_reused``, the first reason of ``rules.JUDGEMENTS``, ``invalid_request`` for discounts
    that leave nothing to pay, ``guarded`` by a risk rule, ``overloaded`` when the state changed twice in between.
    """
    earlier, row = await _judged(redeeming, order, now)
    if earlier is not None:
        return earlier
    batch = BatchOfVouchers(row.batch_id, row.campaign_id, row.face_fen)
    made = await redeeming.taking.take(batch, _wanted(row, order, now))
    if made is not None:
        if redeeming.watch is not None:
            redeeming.watch.redeemed(order.merchant_id)
        return Redeemed(as_made(made), replayed=False)
    earlier, _ = await _judged(redeeming, order, now)
    if earlier is None:
        raise Refused(refusals.OVERLOADED)
    return earlier


async def _judged(redeeming: Redeeming, order: Order, now: datetime) -> tuple[Redeemed | None, Any]:
    """What an earlier request under the same key did, or the facts of an order that may use its voucher."""
    row = await redeeming.facts.read(order)
    if row.earlier_id is not None:
        return await _replay(redeeming.database, row, order), row
    _refuse_field(fault_of_request(order.spec))
    refusal = judge(facts_of(row, order, now))
    if refusal is None:
        _refuse_field(fault_of_payment(order.spec, row.face_fen))
        if redeeming.watch is not None and _is_stopped(redeeming.watch, row, order):
            refusal = refusals.GUARDED
    if refusal is not None:
        if row.voucher_id is not None:
            redeeming.refusals.note(
                voucher_id=row.voucher_id, merchant_id=order.merchant_id, code=refusal.code, now=now
            )
        raise Refused(refusal, **_what_is_missing(refusal, row))
    return None, row


def _what_is_missing(refusal: Refusal, row: Any) -> dict[str, Any]:
    """What the order must reach, where it falls short of that: the cashier tells the customer how much to add."""
    short = refusal in {refusals.BELOW_THRESHOLD, refusals.EXCLUDED_GOODS}
    return {"threshold_fen": row.threshold_fen} if short else {}


def _is_stopped(watch: Watch, row: Any, order: Order) -> bool:
    """Asked last, of an order that may use its voucher: a repetition has had its reply, and a fault its reason."""
    return watch.stops_redemption(
        merchant_id=order.merchant_id,
        till_number=order.spec.till_number,
        where=order.spec.till_position,
        registered=place_of(row),
    )


def _refuse_field(field: str | None) -> None:
    if field is not None:
        message = "the user must pay at least 1 fen"
        raise Refused(refusals.INVALID_REQUEST, message, errors=[{"field": f"body.{field}", "message": message}])


async def _replay(database: Database, row: Any, order: Order) -> Redeemed:
    if bytes(row.earlier_digest) != order.digest:
        raise Refused(refusals.KEY_REUSED)
    async with database.glancing() as connection:
        return Redeemed(as_made(await _by_id(connection, row.earlier_id)), replayed=True)


def _wanted(row: Any, order: Order, now: datetime) -> Wanted:
    spec = order.spec
    return Wanted(
        id=new_id("red"), voucher_id=row.voucher_id, merchant_id=order.merchant_id, till_number=spec.till_number,
        order_no=spec.order_no, key=order.key, digest=order.digest, order_total_fen=spec.order_total_fen,
        merchant_discount_fen=spec.merchant_discount_fen, platform_discount_fen=spec.platform_discount_fen,
        payable_fen=order.payable_fen, paid_fen=order.payable_fen - row.face_fen - spec.platform_discount_fen,
        redeemed_at=now, code_step=order.scan.step,
    )  # fmt: skip


async def get_redemption(connection: AsyncConnection, *, redemption_id: str, merchant_id: str | None) -> Redemption:
    """One redemption. ``merchant_id`` limits the view to a merchant's own: another's is ``not_found``."""
    row = await _by_id(connection, redemption_id)
    if row is None or merchant_id not in {None, row.merchant_id}:
        raise Refused(refusals.NOT_FOUND)
    return as_now(row)


async def list_redemptions(
    connection: AsyncConnection,
    *,
    merchant_id: str | None,
    cursor: str | None,
    limit: int,
    order: RowOrder = OLDEST,
    find: str | None = None,
) -> RedemptionPage:
    """A page in the order they were made, or back; ``merchant_id`` limits it to a merchant's own, ``find`` to those of
    that order, redemption or voucher.
    """
    query = select(RedemptionRow)
    if merchant_id is not None:
        query = query.where(col(RedemptionRow.merchant_id) == merchant_id)
    if find is not None:
        query = query.where(_is_numbered(find))
    query = paged(query, col(RedemptionRow.id), cursor=cursor, order=order, limit=limit)
    items = [as_now(row) for row in await connection.execute(query)]
    return RedemptionPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


def _is_numbered(number: str) -> ColumnElement[bool]:
    """Vouchers have two partial indexes, of redemptions that stand and of those taken back: each is asked for."""
    reversed_, of_voucher = col(RedemptionRow.reversed), col(RedemptionRow.voucher_id) == number
    return or_(
        col(RedemptionRow.id) == number, col(RedemptionRow.order_no) == number,
        and_(of_voucher, reversed_), and_(of_voucher, not_(reversed_)),
    )  # fmt: skip


async def _by_id(connection: AsyncConnection, redemption_id: str) -> Any:
    query = select(RedemptionRow).where(col(RedemptionRow.id) == redemption_id)
    return (await connection.execute(query)).one_or_none()
