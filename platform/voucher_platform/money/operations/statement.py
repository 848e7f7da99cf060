"""Where every fen is, and the proof: balances, transfers and rows, read in one snapshot and held against each other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import (
    BatchMoney,
    Debt,
    DebtPage,
    MoneyBuckets,
    MoneyStatement,
    Transfer,
    TransferPage,
)
from voucher_platform.core.paging import OLDEST, RowOrder, next_cursor, paged
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.tables import LedgerTransferRow
from voucher_platform.money.rules import AccountFacts, BatchFacts, CampaignFacts, find_faults


async def read_statement(connection: AsyncConnection, *, campaign_id: str) -> MoneyStatement:
    """The campaign's money. Call it in one snapshot (``database.reading``), or claims in between look like faults.

    Raises ``Refused(NOT_FOUND)``.
    """
    campaign = await _campaign_facts(connection, campaign_id)
    names = {"campaign": campaign_id}
    accounts = [AccountFacts(**row) for row in (await connection.execute(_ACCOUNTS, names)).mappings()]
    batches = [BatchFacts(**row) for row in (await connection.execute(_BATCHES, names)).mappings()]
    faults = find_faults(campaign, accounts, batches)
    return MoneyStatement(
        campaign_id=campaign_id, buckets=_buckets(accounts), batches=[_batch_money(b.id, accounts) for b in batches],
        identity_ok=not faults, faults=faults,
    )  # fmt: skip


async def _campaign_facts(connection: AsyncConnection, campaign_id: str) -> CampaignFacts:
    row = (await connection.execute(_CAMPAIGN, {"campaign": campaign_id})).mappings().first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return CampaignFacts(**row)


def _buckets(accounts: Sequence[AccountFacts]) -> MoneyBuckets:
    total = _totals(accounts)
    return MoneyBuckets(
        received_fen=-total["source"], free_fen=total["free"], reserved_fen=total["reserved"],
        held_fen=total["held"], redeemed_unsettled_fen=total["redeemed"], settled_fen=total["settled"],
        owed_by_merchants_fen=total["owed"], return_in_transit_fen=total["in_transit"],
        returned_fen=total["returned"],
    )  # fmt: skip


def _batch_money(batch_id: str, accounts: Sequence[AccountFacts]) -> BatchMoney:
    total = _totals([account for account in accounts if account.batch_id == batch_id])
    return BatchMoney(
        batch_id=batch_id, reserved_fen=total["reserved"], held_fen=total["held"],
        redeemed_unsettled_fen=total["redeemed"], settled_fen=total["settled"], owed_by_merchants_fen=total["owed"],
    )  # fmt: skip


def _totals(accounts: Sequence[AccountFacts]) -> dict[str, int]:
    kinds = ("source", "free", "reserved", "held", "redeemed", "settled", "owed", "in_transit", "returned")
    totals = dict.fromkeys(kinds, 0)
    for account in accounts:
        totals[account.kind] += account.balance_fen
    return totals


async def list_transfers(
    connection: AsyncConnection, *, campaign_id: str, cursor: int | None, limit: int, order: RowOrder = OLDEST
) -> TransferPage:
    """The campaign's transfers behind number ``cursor``, in the order they were made, or back.

    Raises ``Refused(NOT_FOUND)``.
    """
    await _campaign_facts(connection, campaign_id)
    query = select(LedgerTransferRow).where(col(LedgerTransferRow.campaign_id) == campaign_id)
    query = paged(query, col(LedgerTransferRow.id), cursor=cursor, order=order, limit=limit)
    rows = (await connection.execute(query)).all()
    return TransferPage(
        items=[_transfer_of(row) for row in rows], next_cursor=next_cursor([row.id for row in rows], limit)
    )


async def list_debts(connection: AsyncConnection, *, campaign_id: str, cursor: str | None, limit: int) -> DebtPage:
    """What each merchant still owes the campaign, behind merchant ``cursor``. Raises ``Refused(NOT_FOUND)``."""
    await _campaign_facts(connection, campaign_id)
    rows = await connection.execute(_DEBTS, {"campaign": campaign_id, "cursor": cursor or "", "limit": limit})
    items = [Debt(merchant_id=row.merchant_id, owed_fen=row.owed_fen) for row in rows]
    return DebtPage(items=items, next_cursor=next_cursor([item.merchant_id for item in items], limit))


def _transfer_of(row: Any) -> Transfer:
    return Transfer(
        id=row.id, debit=row.debit_account, credit=row.credit_account, amount_fen=row.amount_fen, count=row.count,
        kind=row.kind, reference=row.reference, business_at=row.business_at,
    )  # fmt: skip


_DEBTS = text(
    """
    SELECT merchant_id, sum(amount_fen - recovered_fen)::bigint AS owed_fen FROM merchant_debt
    WHERE campaign_id = :campaign AND recovered_fen < amount_fen AND merchant_id > :cursor
    GROUP BY merchant_id ORDER BY merchant_id LIMIT :limit
    """
)
_CAMPAIGN = text(
    """
    SELECT id, state = 'open' AS open,
      (SELECT coalesce(sum(amount_fen), 0)::bigint FROM deposit WHERE campaign_id = :campaign) AS deposited_fen,
      (SELECT coalesce(sum(amount_fen) FILTER (WHERE state = 'in_transit'), 0)::bigint
       FROM fund_return WHERE campaign_id = :campaign) AS in_transit_fen,
      (SELECT coalesce(sum(amount_fen) FILTER (WHERE state = 'returned'), 0)::bigint
       FROM fund_return WHERE campaign_id = :campaign) AS returned_fen
    FROM campaign WHERE id = :campaign
    """
)
_ACCOUNTS = text(
    """
    WITH entry AS (
      SELECT credit_account AS account, amount_fen AS fen FROM ledger_transfer WHERE campaign_id = :campaign
      UNION ALL SELECT debit_account, -amount_fen FROM ledger_transfer WHERE campaign_id = :campaign
    ), moved AS (SELECT account, sum(fen)::bigint AS fen FROM entry GROUP BY account)
    SELECT a.id, a.kind, a.batch_id, a.balance_fen, coalesce(moved.fen, 0) AS moved_fen
    FROM ledger_account a LEFT JOIN moved ON moved.account = a.id WHERE a.campaign_id = :campaign ORDER BY a.id
    """
)
_BATCHES = text(
    """
    WITH held AS (
      SELECT v.batch_id, count(*) AS vouchers, count(*) FILTER (WHERE v.state = 'void') AS void_vouchers,
        count(*) FILTER (WHERE v.state IN ('issued', 'frozen')) AS holdings
      FROM voucher v JOIN batch ON batch.id = v.batch_id WHERE batch.campaign_id = :campaign GROUP BY v.batch_id
    ), kept AS (
      SELECT batch_id, settlement_id IS NOT NULL AS settled,
        sum(CASE WHEN reversed THEN 0 ELSE voucher_fen - fund_refunded_fen END)::bigint AS fen
      FROM redemption WHERE campaign_id = :campaign GROUP BY 1, 2
    ), debt AS (
      SELECT batch_id, sum(amount_fen - recovered_fen)::bigint AS fen
      FROM merchant_debt WHERE campaign_id = :campaign GROUP BY batch_id
    ), way AS (
      SELECT debit_account, credit_account, sum(count)::bigint AS count, sum(amount_fen)::bigint AS fen
      FROM ledger_transfer WHERE campaign_id = :campaign GROUP BY 1, 2
    )
    SELECT b.id, b.face_fen, b.state <> 'draft' AS published, s.quota, s.issued, s.voided,
      coalesce(held.vouchers, 0) AS vouchers, coalesce(held.void_vouchers, 0) AS void_vouchers,
      coalesce(held.holdings, 0) AS holdings,
      coalesce(claimed.count, 0) AS claimed_count, coalesce(claimed.fen, 0) AS claimed_fen,
      coalesce(unclaimed.count, 0) AS unclaimed_count, coalesce(unclaimed.fen, 0) AS unclaimed_fen,
      coalesce(unsettled.fen, 0) AS unsettled_fen, coalesce(settled.fen, 0) AS settled_fen,
      coalesce(debt.fen, 0) AS owed_fen
    FROM batch b JOIN batch_stock s ON s.batch_id = b.id
      LEFT JOIN held ON held.batch_id = b.id
      LEFT JOIN kept unsettled ON unsettled.batch_id = b.id AND NOT unsettled.settled
      LEFT JOIN kept settled ON settled.batch_id = b.id AND settled.settled
      LEFT JOIN debt ON debt.batch_id = b.id
      LEFT JOIN way claimed
        ON claimed.debit_account = 'reserved:' || b.id AND claimed.credit_account = 'held:' || b.id
      LEFT JOIN way unclaimed
        ON unclaimed.debit_account = 'held:' || b.id AND unclaimed.credit_account = 'reserved:' || b.id
    WHERE b.campaign_id = :campaign ORDER BY b.id
    """
)
