"""Publishing reserves the money; from then on a batch is paused, resumed, stopped, or its quota raised."""

from datetime import datetime

from sqlalchemy import Row, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import Batch, Round
from voucher_platform.campaigns.operations.batches import get_batch
from voucher_platform.campaigns.operations.campaigns import lock_open_campaign
from voucher_platform.campaigns.operations.rounds import change_round, get_round, lock_round
from voucher_platform.campaigns.rules import MAY_BECOME, STATES_ZH, BatchState
from voucher_platform.campaigns.tables import BatchRow, BatchStockRow
from voucher_platform.core import audit_log
from voucher_platform.core.amounts import yuan_of
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import announce_change, current_epoch
from voucher_platform.ledger.operations import Movement, balance_fen, is_overdrawn, move_all
from voucher_platform.ledger.rules import account_id


async def publish_round(connection: AsyncConnection, *, round_id: str, by: str, now: datetime) -> Round:
    """Approved → published: face × quota of every batch goes free → reserved, and the batches go live.

    Money that is no longer free breaks the CHECK on the balance, so the whole round stays approved.
    Raises ``Refused``: NOT_FOUND, WRONG_STATE, OVER_BUDGET.
    """
    row = await lock_round(connection, round_id=round_id, states=("approved",))
    reserves = await _reserve_for_round(connection, round_id=round_id, now=now)
    await change_round(connection, round_id, state="published", published_at=now)
    await connection.execute(update(BatchRow).where(col(BatchRow.round_id) == round_id).values(state="live"))
    await _reserve(connection, reserves)
    await announce_change(connection)
    # The announcement holds the platform's row, so no rebuild can raise the epoch between this line and the commit.
    ids = [movement.reference for movement in reserves]
    stocks = update(BatchStockRow).where(col(BatchStockRow.batch_id).in_(ids))
    await connection.execute(stocks.values(epoch=await current_epoch(connection)))
    await audit_log.append(
        connection, principal=by, action="publish_round", object_id=round_id, business_at=now,
        detail={"campaign_id": row.campaign_id, "reserved_fen": sum(m.amount_fen for m in reserves)},
    )  # fmt: skip
    return await get_round(connection, round_id=round_id)


async def _reserve_for_round(connection: AsyncConnection, *, round_id: str, now: datetime) -> list[Movement]:
    query = (
        select(BatchRow.id, BatchRow.campaign_id, BatchRow.face_fen, BatchStockRow.quota)
        .join(BatchStockRow, col(BatchStockRow.batch_id) == col(BatchRow.id))
        .where(col(BatchRow.round_id) == round_id)
        .order_by(col(BatchRow.id))
    )
    rows = await connection.execute(query)
    return [_reservation(row.campaign_id, row.id, row.face_fen, row.quota, now) for row in rows]


def _reservation(campaign_id: str, batch_id: str, face_fen: int, count: int, now: datetime) -> Movement:
    return Movement(
        campaign_id, account_id("free", campaign_id), account_id("reserved", batch_id), face_fen * count,
        "reserve", batch_id, now, count,
    )  # fmt: skip


async def _reserve(connection: AsyncConnection, movements: list[Movement]) -> None:
    try:
        await move_all(connection, movements)
    except IntegrityError as error:
        if is_overdrawn(error):
            raise Refused(refusals.OVER_BUDGET) from error
        raise


async def raise_quota(connection: AsyncConnection, *, batch_id: str, quota: int, by: str, now: datetime) -> Batch:
    """More vouchers of a live or paused batch, paid from free money. Drafts' plans do not hold money back from it.

    Raises ``Refused``: UNKNOWN_BATCH, WRONG_STATE, QUOTA_NOT_RAISED, OVER_BUDGET.
    """
    row = await _lock_batch(connection, batch_id=batch_id)
    if row.state not in ("live", "paused"):
        raise Refused(refusals.WRONG_STATE, f"券种状态为“{STATES_ZH[row.state]}” / the batch is {row.state}")
    if now >= row.claim_closes_at:
        raise Refused(refusals.WRONG_STATE, "领取已结束 / claiming has closed")
    # The platform's row before the stock's: a rebuild locks them in this order, too.
    await announce_change(connection)
    stock = select(BatchStockRow.quota).where(col(BatchStockRow.batch_id) == batch_id)
    before = int((await connection.execute(stock.with_for_update(key_share=True))).scalar_one())
    if quota <= before:
        raise Refused(refusals.QUOTA_NOT_RAISED, f"原额度 {before} / the old quota is {before}")
    await _check_free(connection, row, quota - before)
    await connection.execute(update(BatchStockRow).where(col(BatchStockRow.batch_id) == batch_id).values(quota=quota))
    more = _reservation(row.campaign_id, batch_id, row.face_fen, quota - before, now)
    await _reserve(connection, [more])
    await audit_log.append(
        connection, principal=by, action="raise_quota", object_id=batch_id,
        detail={"from": before, "to": quota, "reserved_fen": more.amount_fen}, business_at=now,
    )  # fmt: skip
    return await get_batch(connection, batch_id=batch_id, drafts=True)


async def _check_free(connection: AsyncConnection, row: Row[BatchRow], count: int) -> None:
    """Refuse before the transfer: face × count may be larger than SQL's integers."""
    free = await balance_fen(connection, account=account_id("free", row.campaign_id))
    if row.face_fen * count > free:
        raise Refused(refusals.OVER_BUDGET, f"可用 {yuan_of(free)} 元 / {yuan_of(free)} yuan are free")


async def change_state(
    connection: AsyncConnection, *, batch_id: str, state: BatchState, reason: str, by: str, now: datetime
) -> Batch:
    """Pause, resume or stop a published batch; every process knows within one poll.

    ``stopped`` is final. Its unissued money stays reserved until the campaign closes: a claim that was won before the
    stop may still be committing, and a void puts stock back. Raises ``Refused``: UNKNOWN_BATCH, WRONG_STATE.
    """
    row = await _lock_batch(connection, batch_id=batch_id)
    if row.state not in MAY_BECOME[state]:
        raise Refused(refusals.WRONG_STATE, f"券种状态为“{STATES_ZH[row.state]}” / the batch is {row.state}")
    await connection.execute(update(BatchRow).where(col(BatchRow.id) == batch_id).values(state=state))
    await announce_change(connection)
    await audit_log.append(
        connection, principal=by, action="batch_" + state, object_id=batch_id,
        detail={"from": row.state, "reason": reason}, business_at=now,
    )  # fmt: skip
    return await get_batch(connection, batch_id=batch_id, drafts=True)


async def _lock_batch(connection: AsyncConnection, *, batch_id: str) -> Row[BatchRow]:
    """The batch's row, read after its open campaign was locked, so no other officer is changing it."""
    query = select(BatchRow).where(col(BatchRow.id) == batch_id)
    found = (await connection.execute(query)).first()
    if found is None:
        raise Refused(refusals.UNKNOWN_BATCH)
    await lock_open_campaign(connection, campaign_id=found.campaign_id)
    return (await connection.execute(query)).one()
