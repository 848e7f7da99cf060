"""Closing a campaign: what was not used expires, and every reserved fen is free to go back."""

from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import Campaign
from voucher_platform.campaigns.operations.campaigns import get_campaign, lock_open_campaign
from voucher_platform.campaigns.tables import BatchRow, CampaignRow
from voucher_platform.core import audit_log
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import announce_change
from voucher_platform.ledger.operations import Movement, move_all
from voucher_platform.ledger.rules import account_id
from voucher_platform.ledger.tables import LedgerAccountRow
from voucher_platform.redemptions.expiry import expire_due

_SWEEP = 10_000
_SWEEPS = 1_000


async def close_campaign(connection: AsyncConnection, *, campaign_id: str, by: str, now: datetime) -> Campaign:
    """Open → closed: expire what is left, reserved → free, and no batch lives on.

    A claim that was won before closing and commits after finds its batch's reserve empty, and the CHECK on the
    balance refuses it. Raises ``Refused``: NOT_FOUND, WRONG_STATE, VOUCHERS_OUTSTANDING, UNSETTLED.
    """
    await lock_open_campaign(connection, campaign_id=campaign_id)
    await _check_nothing_open(connection, campaign_id, now)
    await _expire_all(connection, campaign_id, now)
    await connection.execute(
        update(BatchRow)
        .where(col(BatchRow.campaign_id) == campaign_id, col(BatchRow.state).in_(("live", "paused")))
        .values(state="stopped")
    )
    await connection.execute(update(CampaignRow).where(col(CampaignRow.id) == campaign_id).values(state="closed"))
    freed_fen = await _free_reserves(connection, campaign_id, now)
    await announce_change(connection)
    await audit_log.append(
        connection, principal=by, action="close_campaign", object_id=campaign_id, detail={"freed_fen": freed_fen},
        business_at=now,
    )  # fmt: skip
    return await get_campaign(connection, campaign_id=campaign_id)


async def _check_nothing_open(connection: AsyncConnection, campaign_id: str, now: datetime) -> None:
    row = (await connection.execute(_OPEN, {"campaign": campaign_id, "now": now})).one()
    if row.claimable:
        raise Refused(refusals.VOUCHERS_OUTSTANDING, "仍有券种可以领取 / a batch can still be claimed")
    if row.valid:
        raise Refused(refusals.VOUCHERS_OUTSTANDING)
    if row.unsettled:
        raise Refused(refusals.UNSETTLED)


async def _expire_all(connection: AsyncConnection, campaign_id: str, now: datetime) -> None:
    """Sweep until this campaign holds nothing; a voucher that somebody else has locked makes closing wait."""
    for _ in range(_SWEEPS):
        if await expire_due(connection, now=now, limit=_SWEEP) < _SWEEP:
            break
    if (await connection.execute(_HELD, {"campaign": campaign_id})).first() is not None:
        raise Refused(refusals.VOUCHERS_OUTSTANDING, "消费券正在处理，请重试 / vouchers are being worked on, try again")


async def _free_reserves(connection: AsyncConnection, campaign_id: str, now: datetime) -> int:
    """Locked in the order of their ids, as all transfers lock; returns the fen set free."""
    query = (
        select(LedgerAccountRow.id, LedgerAccountRow.batch_id, LedgerAccountRow.balance_fen)
        .where(col(LedgerAccountRow.campaign_id) == campaign_id)
        .where(col(LedgerAccountRow.kind).in_(("free", "reserved")))
        .order_by(col(LedgerAccountRow.id))
        .with_for_update(key_share=True)
    )
    rows = [row for row in await connection.execute(query) if row.batch_id is not None]
    free = account_id("free", campaign_id)
    movements = [Movement(campaign_id, row.id, free, row.balance_fen, "unreserve", row.batch_id, now) for row in rows]
    await move_all(connection, movements)
    return sum(movement.amount_fen for movement in movements)


_OPEN = text(
    """
    SELECT
      EXISTS (SELECT FROM batch WHERE campaign_id = :campaign AND state IN ('live', 'paused')
              AND claim_closes_at > :now) AS claimable,
      EXISTS (SELECT FROM voucher JOIN batch ON batch.id = voucher.batch_id WHERE batch.campaign_id = :campaign
              AND voucher.state IN ('issued', 'frozen') AND voucher.valid_until > :now) AS valid,
      EXISTS (SELECT FROM redemption WHERE campaign_id = :campaign AND settlement_id IS NULL) AS unsettled
    """
)
_HELD = text(
    "SELECT 1 FROM voucher JOIN batch ON batch.id = voucher.batch_id"
    " WHERE batch.campaign_id = :campaign AND voucher.state IN ('issued', 'frozen') LIMIT 1"
)
