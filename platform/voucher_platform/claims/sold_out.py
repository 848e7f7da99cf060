"""Saying ``sold_out`` only when it is true: SQL has committed the whole quota, and every winner is known."""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import text

from voucher_platform.claims.catalogue import Catalogue, platform_version
from voucher_platform.core.database import Database
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.02


def person_mark(person_id: str) -> int:
    """64 bits that stand for a person in a winner set of this process: Python's own hash, salted anew in every one."""
    return hash(person_id)


def _packed(persons: Sequence[str]) -> "array[int]":
    return array("q", sorted(person_mark(person) for person in persons))


@dataclass(frozen=True)
class _Flag:
    """Sold out as of ``version``; ``winners`` sorted. A false match only sends a loser the long way round."""

    version: int
    winners: "array[int]"

    def knows(self, person_id: str) -> bool:
        mark = person_mark(person_id)
        at = bisect_left(self.winners, mark)
        return at < len(self.winners) and self.winners[at] == mark


class SoldOut:
    """The flag of every batch, raised with its winner set at hand, lowered by any change of the catalogue.

    The version belongs to the same snapshot as the count: a flag read before a void that this process has already
    taken notice of is never raised, so a reopened batch cannot stay shut.
    """

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._flags: dict[str, _Flag] = {}
        self._polls: dict[str, asyncio.Task[bool]] = {}
        self._until: dict[str, float] = {}

    def refuses(self, batch_id: str, person_id: str) -> bool:
        """Whether this person can be refused at once. A winner never is: a retry goes on to its voucher."""
        flag = self._flags.get(batch_id)
        return flag is not None and not flag.knows(person_id)

    def lower(self, batch_id: str | None = None) -> None:
        """Lower one flag (its stock changed here), or all older than the catalogue."""
        if batch_id is not None:
            self._flags.pop(batch_id, None)
            return
        self._flags = {b: flag for b, flag in self._flags.items() if flag.version >= self._catalogue.version}

    async def confirmed(self, batch_id: str, seconds: float) -> bool:
        """Wait at most ``seconds`` for the committed vouchers to reach the quota; whether they have.

        One poll a batch, whoever waits.
        """
        loop = asyncio.get_running_loop()
        self._until[batch_id] = max(self._until.get(batch_id, 0.0), loop.time() + seconds)
        poll = self._polls.get(batch_id)
        if poll is None:
            poll = self._polls[batch_id] = loop.create_task(self._poll(batch_id))
        await asyncio.wait({poll}, timeout=max(0.0, seconds))
        return poll.done() and not poll.cancelled() and poll.exception() is None and poll.result()

    async def stop(self) -> None:
        """End every poll."""
        await end(*self._polls.values())

    async def _poll(self, batch_id: str) -> bool:
        loop = asyncio.get_running_loop()
        try:
            while loop.time() < self._until[batch_id]:
                flag = await self._snapshot(batch_id)
                if flag is not None and flag.version >= self._catalogue.version:
                    self._flags[batch_id] = flag
                    log.info("sold_out", batch_id=batch_id, winners=len(flag.winners))
                    return True
                await asyncio.sleep(_POLL_SECONDS)
            return False
        finally:
            del self._polls[batch_id]

    async def _snapshot(self, batch_id: str) -> _Flag | None:
        """The flag, if the quota was used up in one snapshot of SQL; the winners are of the same snapshot."""
        async with self._database.reading() as connection:
            if not (await connection.execute(_USED_UP, {"batch": batch_id})).scalar_one_or_none():
                return None
            version = await platform_version(connection)
            persons = (await connection.execute(_WINNERS, {"batch": batch_id})).scalars().all()
        return _Flag(version, await asyncio.to_thread(_packed, persons))


_USED_UP = text("SELECT issued - voided = quota FROM batch_stock WHERE batch_id = :batch")
_WINNERS = text("SELECT person_id FROM voucher WHERE batch_id = :batch")
