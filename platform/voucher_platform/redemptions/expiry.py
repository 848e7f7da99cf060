"""What was never used expires: the vouchers change state, and their money is free again."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.acting import Core
from voucher_platform.ledger.operations import Movement, move_all
from voucher_platform.ledger.rules import account_id

_VOUCHERS_A_SWEEP = 2_000
_SWEEPS_A_RUN = 5_000


async def expire_due(connection: AsyncConnection, *, now: datetime, limit: int = _VOUCHERS_A_SWEEP) -> int:
    """Mark up to ``limit`` vouchers whose time is over and free their money, one transfer a batch.

    Vouchers locked by someone else are left for the next sweep, so two sweeps share the work and neither waits for
    a redemption or a refund in progress. Returns how many have expired.
    """
    groups = (await connection.execute(_EXPIRE, {"now": now, "limit": limit})).all()
    if groups:
        await move_all(connection, [_release(group, now) for group in groups])
    return sum(len(group.ids) for group in groups)


async def run_expiry(core: Core) -> int:
    """The worker's job: sweep until nothing is due, one transaction a sweep. Returns how many have expired."""
    expired = 0
    for _ in range(_SWEEPS_A_RUN):
        async with core.database.transaction() as connection:
            swept = await expire_due(connection, now=core.clocks.now())
        expired += swept
        if swept < _VOUCHERS_A_SWEEP:
            break
    return expired


def _release(group: Any, now: datetime) -> Movement:
    """``root`` is SHA-256 over the sorted voucher ids, one a line: which vouchers the transfer stands for."""
    return Movement(
        campaign_id=group.campaign_id, debit=account_id("held", group.batch_id),
        credit=account_id("free", group.campaign_id), amount_fen=group.face_fen * len(group.ids), kind="expire",
        reference=group.batch_id, business_at=now, count=len(group.ids),
        root=hashlib.sha256("\n".join(sorted(group.ids)).encode()).digest(),
    )  # fmt: skip


_EXPIRE = text(
    """
    WITH due AS (
      SELECT id FROM voucher WHERE state IN ('issued', 'frozen') AND valid_until <= :now
      ORDER BY valid_until LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), gone AS (
      UPDATE voucher SET state = 'expired' FROM due WHERE voucher.id = due.id RETURNING voucher.id, batch_id
    )
    SELECT batch.id AS batch_id, batch.campaign_id, batch.face_fen, array_agg(gone.id) AS ids
    FROM gone JOIN batch ON batch.id = gone.batch_id GROUP BY batch.id ORDER BY batch.id
    """
)
