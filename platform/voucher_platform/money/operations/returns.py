"""Sending unused money back to the bureau's designated account, and confirming that it arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import FundReturn
from voucher_platform.campaigns.operations.campaigns import lock_campaign
from voucher_platform.core import audit_log
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import Movement, balance_fen, move
from voucher_platform.ledger.rules import account_id
from voucher_platform.money.tables import FundReturnRow


async def return_funds(
    connection: AsyncConnection, *, campaign_id: str, account_confirmed: bool, by: str, now: datetime
) -> FundReturn:
    """All free money of a closed campaign goes on its way: free → in transit. Number 1, then supplementary ones.

    Money returns to the account it came from; another designated account needs an officer's explicit word.
    Raises ``Refused``: NOT_FOUND, WRONG_STATE (still open), ACCOUNT_MISMATCH, NOTHING_TO_RETURN.
    """
    campaign = await lock_campaign(connection, campaign_id=campaign_id)
    if campaign.state != "closed":
        raise Refused(refusals.WRONG_STATE, "活动尚未结束 / the campaign is not closed")
    if campaign.designated_account != campaign.paying_account and not account_confirmed:
        raise Refused(refusals.ACCOUNT_MISMATCH)
    free = account_id("free", campaign_id)
    amount_fen = await balance_fen(connection, account=free)
    if amount_fen == 0:
        raise Refused(refusals.NOTHING_TO_RETURN)
    sent = FundReturn(
        id=new_id("ret"), campaign_id=campaign_id, number=await _next_number(connection, campaign_id),
        amount_fen=amount_fen, to_account=campaign.designated_account, state="in_transit", bank_reference=None,
    )  # fmt: skip
    await connection.execute(insert(FundReturnRow).values(**sent.model_dump()))
    transit = account_id("in_transit", campaign_id)
    await move(connection, Movement(campaign_id, free, transit, amount_fen, "return", sent.id, now))
    await audit_log.append(
        connection,
        principal=by,
        action="return_funds",
        object_id=campaign_id,
        detail=sent.model_dump(),
        business_at=now,
    )
    return sent


async def _next_number(connection: AsyncConnection, campaign_id: str) -> int:
    highest = func.coalesce(func.max(col(FundReturnRow.number)), 0)
    query = select(highest).where(col(FundReturnRow.campaign_id) == campaign_id)
    return int((await connection.execute(query)).scalar_one()) + 1


async def confirm_return(
    connection: AsyncConnection, *, return_id: str, bank_reference: str, by: str, now: datetime
) -> FundReturn:
    """The bank says it arrived: in transit → returned. Raises ``Refused``: NOT_FOUND, WRONG_STATE."""
    found = await _find(connection, return_id)
    await lock_campaign(connection, campaign_id=found.campaign_id)
    row = await _find(connection, return_id)
    if row.state != "in_transit":
        raise Refused(refusals.WRONG_STATE, "该笔退回已确认 / this return is confirmed already")
    await _check_unused(connection, bank_reference)
    changed = {"state": "returned", "bank_reference": bank_reference}
    await connection.execute(update(FundReturnRow).where(col(FundReturnRow.id) == return_id).values(**changed))
    arrived = FundReturn(**{**row._mapping, **changed})  # noqa: SLF001 - SQLAlchemy's public name
    debit, credit = account_id("in_transit", row.campaign_id), account_id("returned", row.campaign_id)
    await move(connection, Movement(row.campaign_id, debit, credit, row.amount_fen, "return_confirmed", return_id, now))
    await audit_log.append(
        connection, principal=by, action="confirm_return", object_id=return_id, detail=changed, business_at=now
    )
    return arrived


async def _find(connection: AsyncConnection, return_id: str) -> Any:
    row = (await connection.execute(select(FundReturnRow).where(col(FundReturnRow.id) == return_id))).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return row


async def _check_unused(connection: AsyncConnection, bank_reference: str) -> None:
    """Returns of two campaigns may be confirmed at once: the lock makes the second see the first's number."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:n, 0))"), {"n": bank_reference})
    used = select(FundReturnRow.id).where(col(FundReturnRow.bank_reference) == bank_reference)
    if (await connection.execute(used)).first() is not None:
        raise Refused(
            refusals.WRONG_STATE,
            f"银行流水号 {bank_reference} 已使用 / bank reference {bank_reference} is used already",
        )
