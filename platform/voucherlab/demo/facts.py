"""What PostgreSQL holds about one campaign, read by statements of our own: nothing of the platform's code is used."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from voucherlab.sql import plain_url

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class VoucherRow:
    """One voucher. ``face_fen`` is its batch's."""

    id: str
    batch_id: str
    account: str
    state: str
    face_fen: int


@dataclass(frozen=True)
class BatchRow:
    """One batch's stock as the platform counts it."""

    id: str
    quota: int
    issued: int
    voided: int


@dataclass(frozen=True)
class Account:
    """A ledger account: the balance that is kept, and what its transfers add up to, in fen."""

    id: str
    kind: str
    balance_fen: int
    from_transfers_fen: int


@dataclass(frozen=True)
class Facts:
    """All of it. ``flows`` sums the transfers in fen by the kinds of both accounts; ``attempts`` is by outcome.

    ``redemptions`` maps id → (voucher, fen of the voucher); ``refunds`` id → (redemption, fen back to public money).
    """

    vouchers: tuple[VoucherRow, ...]
    batches: tuple[BatchRow, ...]
    redemptions: dict[str, tuple[str, int]]
    refunds: dict[str, tuple[str, int]]
    attempts: dict[str, int]
    accounts: tuple[Account, ...]
    flows: dict[tuple[str, str], int]
    deposited_fen: int
    returned_fen: int
    debts_fen: int

    @property
    def spent_fen(self) -> int:
        """Redeemed less what refunds brought back to public money."""
        return sum(fen for _, fen in self.redemptions.values()) - sum(fen for _, fen in self.refunds.values())

    def flow(self, debit: str, credit: str) -> int:
        """Fen moved from accounts of one kind to those of another."""
        return self.flows.get((debit, credit), 0)


async def read_facts(database_url: str, campaign_id: str) -> Facts:
    """Read everything in one snapshot. Raises asyncpg.PostgresError or OSError."""
    connection = await asyncpg.connect(plain_url(database_url), timeout=_TIMEOUT_S)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection, campaign_id)
    finally:
        await connection.close()


async def _read(connection: Any, campaign_id: str) -> Facts:
    async def rows(statement: str) -> list[tuple[Any, ...]]:
        found = await connection.fetch(statement, campaign_id, timeout=_TIMEOUT_S)
        return [tuple(row.values()) for row in found]

    async def fen(statement: str) -> int:
        return int(await connection.fetchval(statement, campaign_id, timeout=_TIMEOUT_S))

    return Facts(
        vouchers=tuple(VoucherRow(*row) for row in await rows(_VOUCHERS)),
        batches=tuple(BatchRow(*row) for row in await rows(_BATCHES)),
        redemptions={row[0]: row[1:] for row in await rows(_REDEMPTIONS)},
        refunds={row[0]: row[1:] for row in await rows(_REFUNDS)},
        attempts=dict(await rows(_ATTEMPTS)),
        accounts=tuple(Account(*row) for row in await rows(_ACCOUNTS)),
        flows={(debit, credit): int(amount) for debit, credit, amount in await rows(_FLOWS)},
        deposited_fen=await fen("SELECT coalesce(sum(amount_fen), 0) FROM deposit WHERE campaign_id = $1"),
        returned_fen=await fen(_RETURNED),
        debts_fen=await fen(_DEBTS),
    )


_VOUCHERS = """
SELECT voucher.id, voucher.batch_id, voucher.account_id, voucher.state, batch.face_fen
FROM voucher JOIN batch ON batch.id = voucher.batch_id WHERE batch.campaign_id = $1
"""
_BATCHES = """
SELECT batch.id, quota, issued, voided FROM batch_stock JOIN batch ON batch.id = batch_id WHERE campaign_id = $1
"""
_REDEMPTIONS = "SELECT id, voucher_id, voucher_fen FROM redemption WHERE campaign_id = $1"
_REFUNDS = """
SELECT refund.id, redemption_id, fund_fen FROM refund JOIN redemption ON redemption.id = redemption_id
WHERE campaign_id = $1
"""
_ATTEMPTS = """
SELECT outcome, sum(attempts)::bigint FROM claim_attempt_count JOIN batch ON batch.id = batch_id
WHERE campaign_id = $1 GROUP BY outcome
"""
_ACCOUNTS = """
SELECT account.id, account.kind, account.balance_fen, (coalesce(came.fen, 0) - coalesce(went.fen, 0))::bigint
FROM ledger_account account
  LEFT JOIN (SELECT credit_account AS id, sum(amount_fen) AS fen FROM ledger_transfer GROUP BY 1) came USING (id)
  LEFT JOIN (SELECT debit_account AS id, sum(amount_fen) AS fen FROM ledger_transfer GROUP BY 1) went USING (id)
WHERE account.campaign_id = $1 ORDER BY account.id
"""
_FLOWS = """
SELECT debit.kind, credit.kind, sum(amount_fen) FROM ledger_transfer transfer
  JOIN ledger_account debit ON debit.id = debit_account JOIN ledger_account credit ON credit.id = credit_account
WHERE transfer.campaign_id = $1 GROUP BY 1, 2
"""
_RETURNED = "SELECT coalesce(sum(amount_fen), 0) FROM fund_return WHERE campaign_id = $1 AND state = 'returned'"
_DEBTS = "SELECT coalesce(sum(amount_fen - recovered_fen), 0) FROM merchant_debt WHERE campaign_id = $1"
