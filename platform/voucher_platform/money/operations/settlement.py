"""Settling with the merchants, and booking what they pay back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.models.campaigns import Repayment, RepaymentSpec, Settlement, SettlementLine
from voucher_platform.campaigns.operations.campaigns import lock_campaign, lock_open_campaign
from voucher_platform.core import audit_log
from voucher_platform.core.amounts import yuan_of
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import Movement, move_all
from voucher_platform.ledger.rules import account_id
from voucher_platform.money.operations.debts import open_debts, recoveries, write_paid
from voucher_platform.money.rules import Debt, pay_debts
from voucher_platform.money.tables import RepaymentRow, SettlementLineRow, SettlementRow


async def settle(connection: AsyncConnection, *, campaign_id: str, by: str, now: datetime) -> Settlement:
    """Settle every unsettled redemption made before ``now``: what a merchant earned less what it owes.

    The campaign is locked first and a refund waits for it, so no redemption changes between its reading and its
    transfer. The whole gross goes redeemed → settled; the part kept back goes owed → free, oldest debts first.
    Raises ``Refused``: NOT_FOUND, WRONG_STATE (the campaign is closed).
    """
    await lock_open_campaign(connection, campaign_id=campaign_id)
    settlement_id = new_id("stl")
    await connection.execute(insert(SettlementRow).values(id=settlement_id, campaign_id=campaign_id, settled_at=now))
    names = {"settlement": settlement_id, "campaign": campaign_id, "now": now}
    earned = (await connection.execute(_TAKE, names)).all()
    lines, paid = await _lines(connection, campaign_id, earned)
    await _write_lines(connection, settlement_id, lines)
    await write_paid(connection, paid)
    await move_all(
        connection,
        _earnings(campaign_id, settlement_id, earned, now)
        + recoveries(campaign_id=campaign_id, paid=paid, kind="recover", reference=settlement_id, now=now),
    )
    done = _settlement(settlement_id, campaign_id, lines, now)
    await audit_log.append(
        connection, principal=by, action="settle", object_id=campaign_id, business_at=now,
        detail=done.model_dump(include={"id", "gross_fen", "recovered_fen", "net_fen"}),
    )  # fmt: skip
    return done


async def _lines(
    connection: AsyncConnection, campaign_id: str, earned: Sequence[Any]
) -> tuple[list[SettlementLine], list[Debt]]:
    gross: dict[str, int] = {}
    for row in earned:
        gross[row.merchant_id] = gross.get(row.merchant_id, 0) + row.fen
    debts = await open_debts(connection, campaign_id=campaign_id, merchant_ids=sorted(gross))
    lines, paid = [], []
    for merchant_id, fen in sorted(gross.items()):
        parts = pay_debts(fen, debts[merchant_id])
        kept = sum(part.open_fen for part in parts)
        lines.append(SettlementLine(merchant_id=merchant_id, gross_fen=fen, recovered_fen=kept, net_fen=fen - kept))
        paid += parts
    return lines, paid


async def _write_lines(connection: AsyncConnection, settlement_id: str, lines: Sequence[SettlementLine]) -> None:
    if lines:
        rows = [{"settlement_id": settlement_id, **line.model_dump(exclude={"net_fen"})} for line in lines]
        await connection.execute(insert(SettlementLineRow), rows)


def _earnings(campaign_id: str, settlement_id: str, earned: Sequence[Any], now: datetime) -> list[Movement]:
    """redeemed → settled, one transfer a batch, counting its redemptions."""
    batches = sorted({row.batch_id for row in earned})
    return [
        Movement(
            campaign_id, account_id("redeemed", batch_id), account_id("settled", batch_id),
            sum(row.fen for row in earned if row.batch_id == batch_id), "settle", settlement_id, now,
            sum(row.redemptions for row in earned if row.batch_id == batch_id),
        )
        for batch_id in batches
    ]  # fmt: skip


def _settlement(settlement_id: str, campaign_id: str, lines: list[SettlementLine], now: datetime) -> Settlement:
    return Settlement(
        id=settlement_id, campaign_id=campaign_id, settled_at=now, lines=lines,
        gross_fen=sum(line.gross_fen for line in lines), recovered_fen=sum(line.recovered_fen for line in lines),
        net_fen=sum(line.net_fen for line in lines),
    )  # fmt: skip


async def repay(
    connection: AsyncConnection, *, campaign_id: str, spec: RepaymentSpec, by: str, now: datetime
) -> Repayment:
    """Book what a merchant paid back: owed → free, oldest debts first; also after closing.

    Raises ``Refused``: NOT_FOUND (campaign or merchant), REPAYMENT_TOO_LARGE, WRONG_STATE (the bank's number is
    booked already).
    """
    await lock_campaign(connection, campaign_id=campaign_id)
    if (await connection.execute(_MERCHANT, {"id": spec.merchant_id})).first() is None:
        raise Refused(refusals.NOT_FOUND, "没有这个商户 / there is no such merchant")
    repayment = Repayment(**spec.model_dump(), id=new_id("rep"), campaign_id=campaign_id)
    once = insert(RepaymentRow).values(**repayment.model_dump()).on_conflict_do_nothing()
    if (await connection.execute(once)).rowcount == 0:
        number = spec.bank_reference
        raise Refused(refusals.WRONG_STATE, f"银行流水号 {number} 已入账 / bank reference {number} is booked already")
    debts = (await open_debts(connection, campaign_id=campaign_id, merchant_ids=[spec.merchant_id]))[spec.merchant_id]
    owed = sum(debt.open_fen for debt in debts)
    if spec.amount_fen > owed:
        raise Refused(refusals.REPAYMENT_TOO_LARGE, f"应还 {yuan_of(owed)} 元 / {yuan_of(owed)} yuan are owed")
    paid = pay_debts(spec.amount_fen, debts)
    await write_paid(connection, paid)
    await move_all(
        connection, recoveries(campaign_id=campaign_id, paid=paid, kind="repay", reference=repayment.id, now=now)
    )
    await audit_log.append(
        connection, principal=by, action="repay", object_id=campaign_id, detail=repayment.model_dump(), business_at=now
    )
    return repayment


_MERCHANT = text("SELECT 1 FROM merchant WHERE id = :id")
# A redemption that was reversed gave its money back already; it is settled with nothing.
_TAKE = text(
    """
    WITH taken AS (
      UPDATE redemption SET settlement_id = :settlement
      WHERE campaign_id = :campaign AND settlement_id IS NULL AND redeemed_at <= :now
      RETURNING merchant_id, batch_id, CASE WHEN reversed THEN 0 ELSE voucher_fen - fund_refunded_fen END AS fen
    )
    SELECT merchant_id, batch_id, sum(fen)::bigint AS fen, count(*) AS redemptions
    FROM taken GROUP BY merchant_id, batch_id ORDER BY merchant_id, batch_id
    """
)
