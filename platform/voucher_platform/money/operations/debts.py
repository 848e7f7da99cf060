"""What merchants owe: read and locked, and written down when part of it is paid."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.ledger.operations import Movement
from voucher_platform.ledger.rules import account_id
from voucher_platform.money.rules import Debt, sum_by_batch


async def open_debts(
    connection: AsyncConnection, *, campaign_id: str, merchant_ids: Sequence[str]
) -> dict[str, list[Debt]]:
    """For each of the merchants its open debts, oldest first, locked."""
    rows = await connection.execute(_OPEN, {"campaign": campaign_id, "merchants": list(merchant_ids)})
    debts: dict[str, list[Debt]] = {merchant_id: [] for merchant_id in merchant_ids}
    for row in rows:
        debts[row.merchant_id].append(Debt(row.refund_id, row.batch_id, row.open_fen))
    return debts


async def write_paid(connection: AsyncConnection, paid: Sequence[Debt]) -> None:
    """Add the paid parts to the debts' rows; a CHECK keeps them from exceeding the debt."""
    if paid:
        await connection.execute(_PAY, [{"refund": part.refund_id, "fen": part.open_fen} for part in paid])


def recoveries(*, campaign_id: str, paid: Sequence[Debt], kind: str, reference: str, now: datetime) -> list[Movement]:
    """The transfers owed → free for the paid parts, one a batch."""
    return [
        Movement(
            campaign_id, account_id("owed", batch_id), account_id("free", campaign_id), fen, kind, reference, now,
            sum(1 for part in paid if part.batch_id == batch_id),
        )
        for batch_id, fen in sorted(sum_by_batch(paid).items())
    ]  # fmt: skip


_OPEN = text(
    """
    SELECT refund_id, merchant_id, batch_id, amount_fen - recovered_fen AS open_fen FROM merchant_debt
    WHERE campaign_id = :campaign AND merchant_id = ANY(:merchants) AND recovered_fen < amount_fen
    ORDER BY refund_id FOR NO KEY UPDATE
    """
)
_PAY = text("UPDATE merchant_debt SET recovered_fen = recovered_fen + :fen WHERE refund_id = :refund")
