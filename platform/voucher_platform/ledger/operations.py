"""Moving money. Nothing else in the platform writes to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_platform.ledger.rules import BATCH_KINDS, CAMPAIGN_KINDS, account_id
from voucher_platform.ledger.tables import LedgerAccountRow


@dataclass(frozen=True)
class Movement:
    """``amount_fen`` from ``debit`` to ``credit`` (account ids); ``count``: how many vouchers or acts it stands for."""

    campaign_id: str
    debit: str
    credit: str
    amount_fen: int
    kind: str
    reference: str
    business_at: datetime
    count: int = 1
    root: bytes | None = None


async def open_campaign_accounts(connection: AsyncConnection, *, campaign_id: str) -> None:
    """The accounts of a new campaign, all at zero."""
    rows = [
        {"id": account_id(k, campaign_id), "campaign": campaign_id, "batch": None, "kind": k} for k in CAMPAIGN_KINDS
    ]
    await connection.execute(_OPEN, rows)


async def open_batch_accounts(connection: AsyncConnection, *, campaign_id: str, batch_id: str) -> None:
    """The accounts of a new batch, all at zero."""
    rows = [{"id": account_id(k, batch_id), "campaign": campaign_id, "batch": batch_id, "kind": k} for k in BATCH_KINDS]
    await connection.execute(_OPEN, rows)


async def move(connection: AsyncConnection, movement: Movement) -> None:
    """One transfer row and both balances, in the caller's transaction.

    Call it last: the balance rows are the hottest rows there are, and they stay locked until the commit. They are
    locked in the order of their ids, so two transfers never wait for each other in a circle. A balance that would be
    overdrawn breaks the CHECK ``nothing_overdrawn``, an unknown account a foreign key: ``IntegrityError``, and the
    whole transaction is undone.
    """
    await connection.execute(
        _MOVE,
        {
            "campaign": movement.campaign_id, "debit": movement.debit, "credit": movement.credit,
            "amount": movement.amount_fen, "count": movement.count, "kind": movement.kind,
            "reference": movement.reference, "root": movement.root, "at": movement.business_at,
        },
    )  # fmt: skip


async def move_all(connection: AsyncConnection, movements: Sequence[Movement]) -> None:
    """Several transfers in one transaction; those of nothing are left out.

    All accounts concerned are locked first, in the order of their ids: movements one after the other would take
    their locks in the order of the list, and two such transactions could wait for each other in a circle.
    """
    wanted = [movement for movement in movements if movement.amount_fen]
    accounts = {account for movement in wanted for account in (movement.debit, movement.credit)}
    await connection.execute(_LOCK, {"ids": sorted(accounts)})
    for movement in wanted:
        await move(connection, movement)


async def balance_fen(connection: AsyncConnection, *, account: str) -> int:
    """The present balance of ``account``, locked until the caller's transaction ends. 0 for an unknown one."""
    query = select(LedgerAccountRow.balance_fen).where(col(LedgerAccountRow.id) == account)
    row = (await connection.execute(query.with_for_update(key_share=True))).first()
    return int(row.balance_fen) if row else 0


def is_overdrawn(error: IntegrityError) -> bool:
    """Whether a transfer failed because the debited account does not hold that much."""
    return "nothing_overdrawn" in str(error.orig)


_LOCK = text("SELECT id FROM ledger_account WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_OPEN = text("INSERT INTO ledger_account (id, campaign_id, batch_id, kind) VALUES (:id, :campaign, :batch, :kind)")
# What posts a transfer, for any statement that has a CTE ``posting`` with the columns of one: balances in the order of
# their ids, then the row, whose foreign keys refuse an account that does not exist.
POSTED = """
  locked AS (
    SELECT account.id FROM ledger_account account
    JOIN posting ON account.id IN (posting.debit_account, posting.credit_account)
    ORDER BY account.id FOR NO KEY UPDATE OF account
  ), moved AS (
    UPDATE ledger_account account SET balance_fen = balance_fen
      + CASE WHEN account.id = posting.credit_account THEN posting.amount_fen ELSE -posting.amount_fen END
    FROM posting, locked WHERE account.id = locked.id RETURNING account.id
  ), posted AS (
    INSERT INTO ledger_transfer
      (campaign_id, debit_account, credit_account, amount_fen, count, kind, reference, root, business_at)
    SELECT campaign_id, debit_account, credit_account, amount_fen, count, kind, reference, root, business_at
    FROM posting RETURNING id
  )
"""
_MOVE = text(
    f"""
    WITH posting AS (
      SELECT CAST(:campaign AS text) AS campaign_id, CAST(:debit AS text) AS debit_account,
        CAST(:credit AS text) AS credit_account, CAST(:amount AS bigint) AS amount_fen,
        CAST(:count AS integer) AS count, CAST(:kind AS text) AS kind, CAST(:reference AS text) AS reference,
        CAST(:root AS bytea) AS root, CAST(:at AS timestamptz) AS business_at
    ), {POSTED}
    SELECT id FROM posted
    """  # noqa: S608 - a constant of this file
)
