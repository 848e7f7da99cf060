"""Saying ``sold_out`` only when it is true: SQL has committed the whole quota; at once, only with the winners known."""

import asyncio
import math
from dataclasses import dataclass

import structlog
from sqlalchemy import text

from voucher_platform.claims.catalogue import Catalogue, platform_version
from voucher_platform.claims.winners import Winners
from voucher_platform.core.database import Database, is_outage
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class _Flag:
    """Sold out as of ``version``, a snapshot's, which the winners are of, too."""

    version: int
    winners: Winners


class SoldOut:
    """The flag of every batch, raised with its winner set at hand, lowered by any change of the catalogue.

    The version belongs to the same snapshot as the count: a flag read before a void that this process has already
    taken notice of is never raised, so a reopened batch cannot stay shut. Nor does a process that stood still, or was
    cut off from SQL, speak from what it knew before: nothing here is believed for longer than ``trusted_s`` after the
    pulse last asked SQL what has changed.
    """

    def __init__(self, database: Database, catalogue: Catalogue, *, trusted_s: float) -> None:
        self._database = database
        self._catalogue = catalogue
        self._trusted_s = trusted_s
        self._known_at = -math.inf
        self._flags: dict[str, _Flag] = {}
        self._polls: dict[str, asyncio.Task[bool]] = {}
        self._until: dict[str, float] = {}
        self._raising: dict[str, asyncio.Task[None]] = {}

    def known_as_of(self, asked_at: float) -> None:
        """The pulse has taken everything that was committed before the loop's time ``asked_at``."""
        self._known_at = asked_at

    def refuses(self, batch_id: str, person_id: str) -> bool:
        """Whether this person can be refused at once. A winner never is: a retry goes on to its voucher."""
        flag = self._flags.get(batch_id)
        return flag is not None and not flag.winners.knows(person_id) and self._up_to_date()

    def lower(self, batch_id: str | None = None) -> None:
        """Lower one flag (its stock changed here), or all older than the catalogue."""
        if batch_id is not None:
            self._flags.pop(batch_id, None)
            return
        self._flags = {b: flag for b, flag in self._flags.items() if flag.version >= self._catalogue.version}

    async def confirmed(self, batch_id: str, seconds: float) -> bool:
        """Wait at most ``seconds`` for the committed vouchers to reach the quota; whether they have.

        One poll a batch, whoever waits. Nobody waits for the winner set, which takes a while when it is long.
        """
        loop = asyncio.get_running_loop()
        self._until[batch_id] = max(self._until.get(batch_id, 0.0), loop.time() + seconds)
        poll = self._polls.get(batch_id)
        if poll is None:
            poll = self._polls[batch_id] = loop.create_task(self._poll(batch_id))
        await asyncio.wait({poll}, timeout=max(0.0, seconds))
        known = poll.done() and not poll.cancelled() and poll.exception() is None and poll.result()
        return known and self._up_to_date()

    async def stop(self) -> None:
        """End every poll."""
        await end(*self._polls.values(), *self._raising.values())

    def _up_to_date(self) -> bool:
        return asyncio.get_running_loop().time() - self._known_at < self._trusted_s

    async def _poll(self, batch_id: str) -> bool:
        loop = asyncio.get_running_loop()
        try:
            while loop.time() < self._until[batch_id]:
                if await self._used_up(batch_id):
                    self._raise_soon(batch_id)
                    return True
                await asyncio.sleep(_POLL_SECONDS)
            return False
        finally:
            del self._polls[batch_id]

    async def _used_up(self, batch_id: str) -> bool:
        async with self._database.reading() as connection:
            used_up = (await connection.execute(_USED_UP, {"batch": batch_id})).scalar_one_or_none()
            return bool(used_up) and await platform_version(connection) >= self._catalogue.version

    def _raise_soon(self, batch_id: str) -> None:
        if batch_id not in self._raising:
            self._raising[batch_id] = asyncio.get_running_loop().create_task(self._raise(batch_id))

    async def _raise(self, batch_id: str) -> None:
        try:
            flag = await self._snapshot(batch_id)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("flag_not_raised", batch_id=batch_id, error=repr(error)[:500])
        else:
            if flag is not None and flag.version >= self._catalogue.version:
                self._flags[batch_id] = flag
                log.info("sold_out", batch_id=batch_id, winners=len(flag.winners))
        finally:
            del self._raising[batch_id]

    async def _snapshot(self, batch_id: str) -> _Flag | None:
        """The flag, if the quota was used up in one snapshot of SQL; the winners are of the same snapshot."""
        async with self._database.reading() as connection:
            if not (await connection.execute(_USED_UP, {"batch": batch_id})).scalar_one_or_none():
                return None
            flag = _Flag(await platform_version(connection), Winners())
            async for (person_id,) in await connection.stream(_WINNERS, {"batch": batch_id}):
                flag.winners.add(person_id)
        await flag.winners.sort()
        return flag


_USED_UP = text("SELECT issued - voided = quota FROM batch_stock WHERE batch_id = :batch")
_WINNERS = text("SELECT person_id FROM voucher WHERE batch_id = :batch")
