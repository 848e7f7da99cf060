"""How many tried (抢券用户数): counted in the process, written to SQL once a second.

A statistic: a process that is killed loses at most the last second of it, never anything of a voucher.
"""

import asyncio
from collections import Counter
from datetime import date

import structlog
from sqlalchemy import text

from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_FLUSH_SECONDS = 1.0
_REMEMBERED = 500_000


class Attempts:
    """Attempts by batch, business day and outcome, and who they came from."""

    def __init__(self, database: Database, clocks: Clocks) -> None:
        self._database = database
        self._clocks = clocks
        self._counts: Counter[tuple[str, date, str]] = Counter()
        self._seekers: set[tuple[str, date, str]] = set()
        self._written: set[tuple[str, date, str]] = set()
        self._task: asyncio.Task[None] | None = None

    def count(self, batch_id: str, person_id: str, outcome: str) -> None:
        """One attempt; ``outcome`` is a refusal's code, or ``issued``, ``replayed``, ``pending``."""
        day = self._clocks.now().date()
        self._counts[batch_id, day, outcome] += 1
        seeker = (batch_id, day, person_id)
        if seeker not in self._written:
            self._seekers.add(seeker)

    def start(self) -> None:
        """Begin to write once a second."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left and end."""
        await end(self._task)
        await self._try_flush()

    async def flush(self) -> None:
        """Write now. Rows go in order, so that two processes never wait for each other in a circle."""
        counts, self._counts = self._counts, Counter()
        seekers, self._seekers = self._seekers, set()
        try:
            await self._write(counts, seekers)
        except BaseException:
            self._counts.update(counts)
            self._seekers |= seekers
            raise
        if len(self._written) > _REMEMBERED:
            self._written.clear()
        self._written |= seekers

    async def _write(self, counts: Counter[tuple[str, date, str]], seekers: set[tuple[str, date, str]]) -> None:
        if not counts:
            return
        async with self._database.transaction() as connection:
            lines = sorted(counts.items())
            await connection.execute(_ADD, {
                "batches": [key[0] for key, _ in lines], "days": [key[1] for key, _ in lines],
                "outcomes": [key[2] for key, _ in lines], "attempts": [n for _, n in lines],
            })  # fmt: skip
            tried = sorted(seekers)
            await connection.execute(_SEEK, {
                "batches": [b for b, _, _ in tried], "days": [d for _, d, _ in tried],
                "persons": [p for _, _, p in tried],
            })  # fmt: skip

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._try_flush()

    async def _try_flush(self) -> None:
        try:
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
