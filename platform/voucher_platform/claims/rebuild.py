"""Rebuilding the hot store from SQL, under the lock that ``opening`` holds.

1. The epoch is raised in SQL. From here on no commit of the old epoch can succeed, and those before are complete.
2. Every shard is shut: no script takes or returns a slot any more.
3. What the journals still hold is written to SQL under the new epoch, so wins not acknowledged yet are not lost.
4. Live batches are read from SQL into keys of the new epoch.
5. Every shard is opened; claims go on.
A rebuilder that dies leaves shards shut; the next one starts again with a higher epoch. One that lost its lock writes
to keys nobody reads, and finds itself outdated in step 2 or 5.
"""

from datetime import datetime

import structlog
from sqlalchemy import text

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, HotLine, checked, evalsha
from voucher_platform.claims.journal import Journal
from voucher_platform.claims.restock import restock
from voucher_platform.claims.scripts import REBUILD_BEGIN, REBUILD_END
from voucher_platform.core.database import Database

log = structlog.get_logger(__name__)
_ALL = range(keys.SHARDS)


class Outdated(Exception):
    """A later rebuild has taken over."""


async def rebuild(*, database: Database, line: HotLine, business_now: datetime, secret: str) -> int:
    """Do all five steps on the server now at the line's end; returns the new epoch. Raises if it changes midway."""
    newest = await _newest_epoch(line)
    run_id = line.run_id
    epoch = await raise_epoch(database, above=newest)
    await _all_shards(line, [evalsha(REBUILD_BEGIN, [keys.meta_key(s)], epoch) for s in _ALL], run_id, b"begun")
    drained = await Journal(database=database, line=line, secret=secret).drain(epoch=epoch, run_id=run_id)
    batches = await restock(database=database, line=line, epoch=epoch, run_id=run_id, business_now=business_now)
    ends = [evalsha(REBUILD_END, [keys.meta_key(s)], epoch, run_id) for s in _ALL]
    await _all_shards(line, ends, run_id, b"open")
    await _forget_other_epochs(line, epoch, run_id)
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


async def _newest_epoch(line: HotLine) -> int:
    """The highest epoch the store knows; above SQL's only when the store has served another database."""
    asks: list[Command] = [["HMGET", keys.meta_key(shard), "epoch", "rebuilding"] for shard in _ALL]
    metas = checked(await line.ask(*asks))
    return max(int(value or 0) for meta in metas for value in meta)


async def _all_shards(line: HotLine, commands: list[Command], run_id: str, expected: bytes) -> None:
    replies = checked(await line.ask(*commands, run_id=run_id))
    if any(reply != expected for reply in replies):
        raise Outdated


async def _forget_other_epochs(line: HotLine, epoch: int, run_id: str) -> None:
    """Delete stock and persons of other epochs, a few at a time."""
    cursor, present = b"0", f"}}:{epoch}:"
    while True:
        scan: Command = ["SCAN", cursor, "MATCH", "vl:{s*", "COUNT", "1000"]
        ((cursor, found),) = checked(await line.ask(scan, run_id=run_id))
        names = [name.decode() for name in found]
        old = [n for n in names if not n.endswith((":meta", ":journal")) and present not in n]
        if old:
            # One by one: on a cluster they lie in different slots.
            unlinks: list[Command] = [["UNLINK", name] for name in old]
            checked(await line.ask(*unlinks, run_id=run_id))
        if cursor == b"0":
            return
