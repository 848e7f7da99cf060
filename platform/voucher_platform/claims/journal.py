"""The journal's reader: wins that no process has brought into SQL are brought there, and only then forgotten."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import text

from voucher_platform.claims import keys
from voucher_platform.claims.commit import Money, OutOfStep, Settled, commit_wins
from voucher_platform.claims.giving_back import give_back
from voucher_platform.claims.hot_line import Command, checked
from voucher_platform.claims.hot_lines import Servers
from voucher_platform.claims.wins import Win, unpack
from voucher_platform.core.database import Database

log = structlog.get_logger(__name__)
_PAGE = 500


class Journal:
    """Idempotent: whatever part of it ran before, running it again ends in the same vouchers."""

    def __init__(self, *, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    async def drain(self, *, epoch: int, servers: Servers) -> int:
        """Bring every entry into SQL, in a rebuild, while all shards are shut; returns how many there were."""
        filled = await _filled(servers)
        return sum([await self._shard(shard, "-", "+", epoch, servers, give=False) for shard in filled])

    async def sweep(self, *, epoch: int, servers: Servers, grace_ms: int) -> int:
        """Bring entries older than ``grace_ms`` (their store's clock) into SQL; returns how many there were.

        Those further ahead of that clock than the grace, too: it was put back, a stream's ids never are, and how old
        such an entry is nobody can tell. To bring one too early costs a little and changes nothing.
        """
        count = 0
        for shard in await _filled(servers):
            (clock,) = checked(await servers.of[shard].ask(["TIME"]))
            now_ms = int(clock[0]) * 1000 + int(clock[1]) // 1000
            for first, last in (("-", f"{now_ms - grace_ms}"), (f"{now_ms + grace_ms}", "+")):
                count += await self._shard(shard, first, last, epoch, servers, give=True)
        return count

    async def _shard(self, shard: int, first: str, last: str, epoch: int, servers: Servers, *, give: bool) -> int:
        after, count = first, 0
        while True:
            page: Command = ["XRANGE", keys.journal_key(shard), after, last, "COUNT", _PAGE]
            (entries,) = checked(await servers.of[shard].ask(page))
            if not entries:
                return count
            await self._bring(shard, entries, epoch, servers, give=give)
            count += len(entries)
            after = "(" + entries[-1][0].decode()

    async def _bring(self, shard: int, entries: list[Any], epoch: int, servers: Servers, *, give: bool) -> None:
        """Commit first, then forget. A clash outside a rebuild is left for the rebuild that it calls for."""
        batches: dict[str, list[Win]] = defaultdict(list)
        for journal_id, fields in entries:
            win = self._read(journal_id, fields)
            if win is not None:
                batches[win.batch_id].append(win)
        for batch_id, wins in batches.items():
            money = await self._money(batch_id)
            settled = await self._settle(money, wins, epoch) if money else []
            if give and any(one.outcome == "clash" for one in settled):
                raise OutOfStep(f"journal of shard {shard}, batch {batch_id}")
            if give:
                await self._give_back(shard, batch_id, wins, settled, epoch=epoch, servers=servers)
        done: Command = ["XDEL", keys.journal_key(shard), *[entry[0] for entry in entries]]
        checked(await servers.of[shard].ask(done))

    async def _settle(self, money: Money, wins: Sequence[Win], epoch: int) -> Sequence[Settled]:
        """As one group; if SQL refuses the group, one by one, so that a win it can hold is not lost with others."""
        try:
            return await commit_wins(self._database, money=money, wins=wins, epoch=epoch)
        except OutOfStep:
            if len(wins) == 1:
                log.exception("journal_entry_refused_by_sql", batch_id=money.batch_id, voucher_id=wins[0].voucher_id)
                return [Settled("clash")]
        return [one for win in wins for one in await self._settle(money, [win], epoch)]

    async def _give_back(
        self, shard: int, batch_id: str, wins: Sequence[Win], settled: Sequence[Settled], *, epoch: int,
        servers: Servers,
    ) -> None:  # fmt: skip
        async with self._database.reading() as connection:
            number = (await connection.execute(_NUMBER, {"batch": batch_id})).scalar_one_or_none()
        for win, one in zip(wins, settled, strict=False):
            if one.slot_free and number is not None and keys.shard_of(number) == shard:
                await give_back(servers, number=number, win=win, epoch=epoch)

    def _read(self, journal_id: bytes, fields: list[bytes]) -> Win | None:
        named = dict(zip(fields[::2], fields[1::2], strict=True))
        try:
            return unpack(
                named[b"win"], self._secret, seq=int(named[b"seq"]), nth=int(named[b"nth"]), journal_id=journal_id
            )
        except (KeyError, ValueError, msgspec.DecodeError):
            # Written by nobody of ours, or under another secret: no voucher can be made of it.
            log.exception("journal_entry_unreadable", journal_id=journal_id.decode())
            return None

    async def _money(self, batch_id: str) -> Money | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_MONEY, {"batch": batch_id})).first()
        if row is None:
            log.error("journal_entry_of_unknown_batch", batch_id=batch_id)
            return None
        return Money(row.campaign_id, batch_id, row.face_fen)


async def _filled(servers: Servers) -> list[int]:
    """The shards whose journal holds anything, by one round trip to each server."""
    lengths = checked(await servers.ask_each([(s, ["XLEN", keys.journal_key(s)]) for s in range(keys.SHARDS)]))
    return [shard for shard, length in enumerate(lengths) if length]


_NUMBER = text("SELECT number FROM batch WHERE id = :batch")
_MONEY = text("SELECT campaign_id, face_fen FROM batch WHERE id = :batch")
