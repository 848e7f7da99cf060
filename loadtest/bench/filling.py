"""A batch that a million people hold already: laid into PostgreSQL in one transaction, as if they had claimed.

One voucher is claimed over HTTP and taken as the pattern: the others get ids, persons, accounts, keys and codes of the
same length as its own, the next numbers, and its times. Stock and ledger move with them, so the money identity holds.
The hot store knows nothing of them until it is rebuilt (``rebuilding``).
"""

import asyncio

import asyncpg
import httpx

from loadtest.bench.generators.request_file import Seat
from loadtest.bench.ratios import NotComparable
from loadtest.bench.servers.reference import Reference

# Words of the pattern's length: its first characters, then hexadecimal digits that depend on the number alone.
_WORD = "substr({0}, 1, 4) || substr(upper(md5('{0}' || n) || md5(n || '{0}')), 1, length({0}) - 4)"
_VOUCHERS = f"""
    INSERT INTO voucher (id, batch_id, person_id, account_id, seq, nth, claim_key, claim_digest, code, state,
                         claimed_at, valid_from, valid_until)
    SELECT {_WORD.format("id")}, batch_id, {_WORD.format("person_id")}, {_WORD.format("account_id")}, seq + n, 1,
           {_WORD.format("claim_key")}, claim_digest, {_WORD.format("code")}, state, claimed_at, valid_from, valid_until
    FROM (SELECT * FROM voucher WHERE batch_id = $1 LIMIT 1) AS pattern, generate_series(1, $2::bigint) AS n
"""  # noqa: S608 - constants of this file
_STOCK = "UPDATE batch_stock SET issued = issued + $2 WHERE batch_id = $1"
_TRANSFER = """
    INSERT INTO ledger_transfer (campaign_id, debit_account, credit_account, amount_fen, count, kind, reference, root,
                                 business_at)
    SELECT campaign_id, debit_account, credit_account, amount_fen / count * $2, $2::integer, kind, reference, root,
           business_at
    FROM ledger_transfer WHERE kind = 'claim' AND credit_account IN (SELECT id FROM ledger_account WHERE batch_id = $1)
    LIMIT 1 RETURNING debit_account, credit_account, amount_fen, campaign_id
"""
_BALANCE = "UPDATE ledger_account SET balance_fen = balance_fen + $2 WHERE id = $1"


def fill(platform: Reference, batch_id: str, first: Seat, count: int) -> None:
    """Lay ``count`` vouchers into the batch, the first of them claimed by ``first``. Raises NotComparable."""
    claimed = httpx.post(
        f"{platform.server.url}/v1/batches/{batch_id}/claims", json={"device": first.device},
        headers={"Authorization": f"Bearer {first.token}", "Idempotency-Key": f"bench-pattern-{batch_id}"},
        trust_env=False, timeout=30,
    )  # fmt: skip
    if claimed.status_code != 201:
        raise NotComparable(f"the pattern could not be claimed: {claimed.status_code} {claimed.text[:200]}")
    campaign_id = asyncio.run(_fill(platform.database_url, batch_id, count - 1))
    _refuse_wrong_books(platform, campaign_id)


async def _fill(database_url: str, batch_id: str, count: int) -> str:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(_VOUCHERS, batch_id, count, timeout=600)
            await connection.execute(_STOCK, batch_id, count)
            (moved,) = await connection.fetch(_TRANSFER, batch_id, count)
            await connection.execute(_BALANCE, moved["debit_account"], -moved["amount_fen"])
            await connection.execute(_BALANCE, moved["credit_account"], moved["amount_fen"])
        # So that the aftermath of so large a write is not measured with the claims that follow.
        await connection.execute("VACUUM ANALYZE voucher", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
    finally:
        await connection.close()
    return str(moved["campaign_id"])


def _refuse_wrong_books(platform: Reference, campaign_id: str) -> None:
    """The platform itself recomputes every balance from the transfers. Raises NotComparable."""
    token = platform.sign_in("auditor")
    reply = httpx.get(
        f"{platform.server.url}/v1/campaigns/{campaign_id}/money", headers={"Authorization": f"Bearer {token}"},
        trust_env=False, timeout=120,
    )  # fmt: skip
    if reply.status_code != 200 or not reply.json()["identity_ok"]:
        raise NotComparable(f"the books do not agree after filling: {reply.status_code} {reply.text[:300]}")
