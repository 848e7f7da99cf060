"""Rebuilding the hot store from SQL, under the lock that ``opening`` holds.

1. The epoch is raised in SQL. From here on no commit of the old epoch can succeed, and those before are complete.
2. Every shard is shut: no script takes or returns a slot any more.
3. What the journals still hold is written to SQL under the new epoch, so wins not acknowledged yet are not lost.
4. Live batches are read from SQL into keys of the new epoch.
5. Every shard is opened; claims go on.
A rebuilder that dies leaves shards shut; the next one starts again with a higher epoch. One that lost its lock writes
to keys nobody reads, and finds itself outdated in step 2 or 5.
"""

import re
from datetime import datetime

import structlog
from sqlalchemy import text

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, checked, evalsha
from voucher_platform.claims.hot_lines import Server, Servers
from voucher_platform.claims.journal import Journal
from voucher_platform.claims.restock import restock
from voucher_platform.claims.scripts import REBUILD_BEGIN, REBUILD_END
from voucher_platform.core.database import Database

log = structlog.get_logger(__name__)
_ALL = range(keys.SHARDS)
_OF_AN_EPOCH = re.compile(rb"vl:\{s\d+\}:(\d+):(?:stock|persons):\d+")


class Outdated(Exception):
    """A later rebuild has taken over."""


async def rebuild(*, database: Database, present: Servers, business_now: datetime, secret: str) -> int:
    """Do all five steps on the servers that now hold the shards; returns the new epoch. Raises if one changes midway.

    Also after the failover of a single primary every shard is loaded anew: there is one epoch, and one case.
    """
    newest = await _newest_epoch(present)
    servers = present.named()
    epoch = await raise_epoch(database, above=newest)
    await _all_shards(servers, [evalsha(REBUILD_BEGIN, [keys.meta_key(s)], epoch) for s in _ALL], b"begun")
    drained = await Journal(database=database, secret=secret).drain(epoch=epoch, servers=servers)
    batches = await restock(database=database, servers=servers, epoch=epoch, business_now=business_now)
    ends = [servers.of[s].call(REBUILD_END, [keys.meta_key(s)], epoch) for s in _ALL]
    await _all_shards(servers, ends, b"open")
    for server in servers.each:
        await _forget_other_epochs(server, epoch)
    log.info("hot_store_rebuilt", epoch=epoch, batches=batches, drained=drained)
    return epoch


async def raise_epoch(database: Database, *, above: int = 0) -> int:
    """Fence off every process with an old epoch; returns the new one, greater than any seen in SQL or the store.

    The platform's row comes before the stock rows, as in publishing. The update waits for commits under way: each is
    either counted before the rebuild reads or finds another epoch and rolls back.
    """
    async with database.transaction() as connection:
        raised = await connection.execute(
            text("UPDATE platform_state SET epoch = GREATEST(epoch, :above) + 1 RETURNING epoch"), {"above": above}
        )
        epoch = int(raised.scalar_one())
        await connection.execute(text("UPDATE batch_stock SET epoch = :epoch"), {"epoch": epoch})
    return epoch


async def _newest_epoch(present: Servers) -> int:
    """The highest epoch the store knows; above SQL's only when the store has served another database."""
    metas = checked(await present.ask_each([(s, ["HMGET", keys.meta_key(s), "epoch", "rebuilding"]) for s in _ALL]))
    return max(int(value or 0) for meta in metas for value in meta)


async def _all_shards(servers: Servers, commands: list[Command], expected: bytes) -> None:
    replies = checked(await servers.ask_each(list(enumerate(commands))))
    if any(reply != expected for reply in replies):
        raise Outdated


async def _forget_other_epochs(server: Server, epoch: int) -> None:
    """Delete stock and persons of other epochs, a few at a time. Rate limits lie there too, and stay."""
    cursor, present = b"0", str(epoch).encode()
    while True:
        scan: Command = ["SCAN", cursor, "MATCH", "vl:{s*", "COUNT", "1000"]
        ((cursor, found),) = checked(await server.ask(scan))
        old = [name for name in found if (of := _OF_AN_EPOCH.fullmatch(name)) and of[1] != present]
        if old:
            # One by one: on a cluster they lie in different slots.
            unlinks: list[Command] = [["UNLINK", name] for name in old]
            checked(await server.ask(*unlinks))
        if cursor == b"0":
            return
