"""Opening a campaign and booking the money that comes in for it."""

from datetime import datetime

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import Campaign, CampaignPage, CampaignSpec, Deposit, DepositSpec
from voucher_contract.models.common import MAX_FEN
from voucher_platform.campaigns.tables import CampaignRow, DepositRow
from voucher_platform.core import audit_log
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import Movement, balance_fen, move, open_campaign_accounts
from voucher_platform.ledger.rules import account_id


async def create_campaign(connection: AsyncConnection, *, spec: CampaignSpec, by: str, now: datetime) -> Campaign:
    """A new open campaign with its accounts, all at zero."""
    campaign = Campaign(**spec.model_dump(), id=new_id("cmp"), state="open", created_at=now)
    await connection.execute(insert(CampaignRow).values(**campaign.model_dump(), created_by=by))
    await open_campaign_accounts(connection, campaign_id=campaign.id)
    await audit_log.append(
        connection, principal=by, action="create_campaign", object_id=campaign.id, detail=spec.model_dump(),
        business_at=now,
    )  # fmt: skip
    return campaign


async def lock_campaign(connection: AsyncConnection, *, campaign_id: str) -> Row[CampaignRow]:
    """The campaign's row, locked: what people decide about one campaign's money happens one after the other.

    The lock leaves foreign keys alone, so claims and redemptions go on meanwhile. Raises ``Refused(NOT_FOUND)``.
    """
    query = select(CampaignRow).where(col(CampaignRow.id) == campaign_id).with_for_update(key_share=True)
    row = (await connection.execute(query)).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return row


async def lock_open_campaign(connection: AsyncConnection, *, campaign_id: str) -> Row[CampaignRow]:
    """As ``lock_campaign``; a closed campaign raises ``Refused(WRONG_STATE)``."""
    row = await lock_campaign(connection, campaign_id=campaign_id)
    if row.state != "open":
        raise Refused(refusals.WRONG_STATE, "活动已结束 / the campaign is closed")
    return row


async def deposit(
    connection: AsyncConnection, *, campaign_id: str, spec: DepositSpec, by: str, now: datetime
) -> Deposit:
    """Book fiscal money in: source → free. The bank's number is booked at most once, whatever key it comes with.

    Raises ``Refused``: NOT_FOUND, WRONG_STATE (closed, or the number is booked), INVALID_REQUEST (a pot too large).
    """
    await lock_open_campaign(connection, campaign_id=campaign_id)
    source = account_id("source", campaign_id)
    if spec.amount_fen - await balance_fen(connection, account=source) > MAX_FEN:
        message = "活动资金总额超过上限 / the pot would exceed the largest amount"
        raise Refused(refusals.INVALID_REQUEST, message, errors=[{"field": "body.amount_fen", "message": message}])
    booked = Deposit(**spec.model_dump(), id=new_id("dep"), campaign_id=campaign_id, booked_at=now)
    once = insert(DepositRow).values(**booked.model_dump()).on_conflict_do_nothing()
    if (await connection.execute(once)).rowcount == 0:
        reference = spec.bank_reference
        raise Refused(
            refusals.WRONG_STATE, f"银行流水号 {reference} 已入账 / bank reference {reference} is booked already"
        )
    await move(
        connection,
        Movement(campaign_id, source, account_id("free", campaign_id), spec.amount_fen, "deposit", booked.id, now),
    )
    await audit_log.append(
        connection, principal=by, action="deposit", object_id=campaign_id,
        detail={"deposit_id": booked.id, **spec.model_dump()}, business_at=now,
    )  # fmt: skip
    return booked


async def get_campaign(connection: AsyncConnection, *, campaign_id: str) -> Campaign:
    """The campaign. Raises ``Refused(NOT_FOUND)``."""
    row = (await connection.execute(select(CampaignRow).where(col(CampaignRow.id) == campaign_id))).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return campaign_of(row)


async def list_campaigns(connection: AsyncConnection, *, cursor: str | None, limit: int) -> CampaignPage:
    """Campaigns in the order they were made."""
    query = select(CampaignRow).where(col(CampaignRow.id) > (cursor or "")).order_by(col(CampaignRow.id))
    rows = (await connection.execute(query.limit(limit))).all()
    return CampaignPage(
        items=[campaign_of(row) for row in rows], next_cursor=next_cursor([row.id for row in rows], limit)
    )


def campaign_of(row: Row[CampaignRow]) -> Campaign:
    """What the contract shows of a campaign's row."""
    return Campaign(
        id=row.id, name=row.name, paying_account=row.paying_account, designated_account=row.designated_account,
        state=row.state, created_at=row.created_at,
    )  # fmt: skip
