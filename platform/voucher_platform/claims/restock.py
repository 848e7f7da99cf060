"""Putting batches into the hot store: the live ones in a rebuild, and new ones or raised quotas afterwards."""

import struct
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, checked
from voucher_platform.claims.hot_lines import Server, Servers
from voucher_platform.claims.rules import BatchTerms
from voucher_platform.claims.scripts import STOCK_BATCH
from voucher_platform.core.database import Database

_CHUNK = 1_000


async def restock(*, database: Database, servers: Servers, epoch: int, business_now: datetime) -> int:
    """Read every batch that can still be claimed into keys of ``epoch``; returns how many there are."""
    async with database.reading() as connection:
        batches = (await connection.execute(_CLAIMABLE, {"now": business_now})).all()
    for batch in batches:
        await _restock_batch(database, servers.of[keys.shard_of(batch.number)], batch, epoch)
    return len(batches)


async def _restock_batch(database: Database, server: Server, batch: Any, epoch: int) -> None:
    stock, persons = keys.stock_key(batch.number, epoch), keys.persons_key(batch.number, epoch)
    checked(await server.ask(["UNLINK", stock, persons]))
    slots, last = 0, 0
    # One snapshot for the counts and the rows: shards are shut, but a void may commit at any time.
    async with database.reading() as connection:
        counts = (await connection.execute(_COUNTS, {"batch": batch.id})).one()
        holders: dict[str, bytes] = {}
        async for row in await connection.stream(_HELD, {"batch": batch.id}):
            if row.person_id != last and len(holders) >= _CHUNK:
                await _write(server, persons, holders)
                holders = {}
            record = struct.pack(">8sBI", keys.request_id(row.account_id, row.claim_key), row.nth, row.seq)
            holders[row.person_id] = holders.get(row.person_id, b"") + record
            slots, last = slots + 1, row.person_id
        await _write(server, persons, holders)
    numbers: Command = [
        "HSET", stock, "cap", counts.quota, "issued", slots, "seq", counts.last_seq, "voided", counts.voided,
    ]  # fmt: skip
    checked(await server.ask(numbers))


async def _write(server: Server, persons: str, holders: dict[str, bytes]) -> None:
    if holders:
        flat = [word for pair in holders.items() for word in pair]
        checked(await server.ask(["HSET", persons, *flat]))


async def stock_batch(
    *, database: Database, servers: Servers, terms: BatchTerms, epoch: int
) -> Literal["stocked", "raised", "kept", "stale", "lost"]:
    """Put a batch into the store or raise its cap. ``lost``: vouchers were issued, yet the store has no such batch.

    SQL is read before the store is asked, so "nothing issued, not in the store" can only be a new batch. When the
    store has lost one, only a rebuild may bring it back.
    """
    async with database.reading() as connection:
        counts = (await connection.execute(_COUNTS, {"batch": terms.id})).one()
    shard = keys.shard_of(terms.number)
    server, names = servers.of[shard], [keys.meta_key(shard), keys.stock_key(terms.number, epoch)]
    if counts.last_seq > 0:
        (there,) = checked(await server.ask(["EXISTS", names[1]]))
        if not there:
            return "lost"
    (reply,) = checked(await server.ask(server.call(STOCK_BATCH, names, epoch, counts.quota)))
    outcome: Literal["stocked", "raised", "kept", "stale"] = reply.decode()
    return outcome


_CLAIMABLE = text("SELECT id, number FROM batch WHERE state IN ('live', 'paused') AND claim_closes_at > :now")
_COUNTS = text(
    "SELECT s.quota, s.voided, (SELECT coalesce(max(seq), 0) FROM voucher WHERE batch_id = :batch) AS last_seq"
    " FROM batch_stock s WHERE s.batch_id = :batch"
)
_HELD = text(
    "SELECT person_id, account_id, claim_key, nth, seq FROM voucher WHERE batch_id = :batch AND state <> 'void'"
    " ORDER BY person_id, seq"
)
