"""How many tried (抢券用户数): counted in the process, written to SQL once a second.

A statistic: a process that is killed loses the last second of it and those it had put aside in a flood, never anything
of a voucher.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from sqlalchemy import text

from voucher_contract import refusals
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_FLUSH_SECONDS = 1.0
_REMEMBERED = 500_000
_UNNAMED, _NAMED_A_FLUSH, _NAMED_AT_ONCE = 50_000, 4_000, 100
Place = tuple[str, str]
PersonOf = Callable[[str], str | None]


@dataclass
class _Page:
    """What has happened on one business day and is not in SQL yet."""

    day: date
    counts: dict[Place, int] = field(default_factory=dict)  # (batch, outcome) → attempts
    seekers: list[Place] = field(default_factory=list)  # (batch, person)

    def add(self, later: "_Page") -> None:
        for place, attempts in later.counts.items():
            self.counts[place] = self.counts.get(place, 0) + attempts
        self.seekers += later.seekers


class Attempts:
    """Attempts by batch, business day and outcome, and who they came from. Whoever got a voucher has that for a record.

    Whom it has noted today it knows by a hash, 64 bits that are salted anew in every process: a pair of strings for
    each of half a million people would be gone through at every garbage collection. Two people of the same hash are one
    to the statistic, once in some hundred million days of that size.
    """

    def __init__(self, database: Database, clocks: Clocks, person_of: PersonOf) -> None:
        self._database = database
        self._clocks = clocks
        self._person_of = person_of
        self._unnamed: deque[tuple[str, str]] = deque()
        self._page = _Page(clocks.day_at(clocks.instant()))
        self._earlier: list[_Page] = []
        self._noted: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def count(self, batch_id: str, person_id: str, outcome: str, now: datetime) -> None:
        """One attempt at the business time ``now``. ``outcome``: a refusal's code, or issued, replayed, pending."""
        self._add(batch_id, outcome, now)
        if outcome == "issued":
            return  # the voucher says who it was
        seeker = (batch_id, person_id)
        mark = hash(seeker)
        if mark not in self._noted:
            self._noted.add(mark)
            self._page.seekers.append(seeker)

    def count_later(self, batch_id: str, authorization: str) -> None:
        """One attempt that was turned away; whose it was is looked at when there is time, and it counts on that day.

        Nobody's, if too many of them wait for that; and it counts for nothing if its token does.
        """
        if len(self._unnamed) < _UNNAMED:
            self._unnamed.append((batch_id, authorization))
        else:
            self._add(batch_id, refusals.OVERLOADED.code, self._clocks.instant())

    def start(self) -> None:
        """Begin to write once a second."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left and end."""
        await end(self._task)
        await self._try_flush(len(self._unnamed))

    async def flush(self) -> None:
        """Write now. Rows go in order, so that two processes never wait for each other in a circle."""
        self._set_aside(self._page.day)
        while self._earlier:
            page = self._earlier.pop(0)
            try:
                await self._write(page)
            except BaseException:
                self._earlier.insert(0, page)
                raise
        if len(self._noted) > _REMEMBERED:
            self._noted.clear()

    def _add(self, batch_id: str, outcome: str, now: datetime) -> None:
        day = self._clocks.day_at(now)
        if day != self._page.day:
            self._turn(day)
        counts, place = self._page.counts, (batch_id, outcome)
        counts[place] = counts.get(place, 0) + 1

    async def _name(self, most: int) -> None:
        """Count those who were turned away, a hundred a turn of the loop, so that nobody waits for a statistic."""
        for at in range(min(most, len(self._unnamed))):
            batch_id, authorization = self._unnamed.popleft()
            person_id = self._person_of(authorization)
            if person_id is not None:
                self.count(batch_id, person_id, refusals.OVERLOADED.code, self._clocks.instant())
            if at % _NAMED_AT_ONCE == _NAMED_AT_ONCE - 1:
                await asyncio.sleep(0)

    def _turn(self, day: date) -> None:
        """Another day: everybody is new again."""
        self._set_aside(day)
        self._noted.clear()

    def _set_aside(self, next_day: date) -> None:
        """Begin a page; what could not be written yet goes on as one page a day, however long SQL is away."""
        page, self._page = self._page, _Page(next_day)
        if self._earlier and self._earlier[-1].day == page.day:
            self._earlier[-1].add(page)
        elif page.counts:
            self._earlier.append(page)

    async def _write(self, page: _Page) -> None:
        async with self._database.transaction() as connection:
            lines = sorted(page.counts.items())
            await connection.execute(_ADD, {
                "batches": [batch for (batch, _), _ in lines], "days": [page.day] * len(lines),
                "outcomes": [outcome for (_, outcome), _ in lines], "attempts": [n for _, n in lines],
            })  # fmt: skip
            tried = sorted(set(page.seekers))
            await connection.execute(_SEEK, {
                "batches": [batch for batch, _ in tried], "days": [page.day] * len(tried),
                "persons": [person for _, person in tried],
            })  # fmt: skip

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._try_flush(_NAMED_A_FLUSH)

    async def _try_flush(self, named: int) -> None:
        try:
            await self._name(named)
            await self.flush()
        except Exception as error:  # noqa: BLE001 - kept, and tried again in a second
            log.warning("attempts_not_written", error=repr(error)[:300])


_ADD = text(
    "INSERT INTO claim_attempt_count (batch_id, day, outcome, attempts)"
    " SELECT * FROM unnest(CAST(:batches AS text[]), CAST(:days AS date[]), CAST(:outcomes AS text[]),"
    " CAST(:attempts AS bigint[])) ON CONFLICT (batch_id, day, outcome)"
    " DO UPDATE SET attempts = claim_attempt_count.attempts + excluded.attempts"
)
_SEEK = text(
    "INSERT INTO claim_seeker (batch_id, day, person_id)"
    " SELECT * FROM unnest(CAST(:batches AS text[]), CAST(:days AS date[]), CAST(:persons AS text[]))"
    " ON CONFLICT DO NOTHING"
)
