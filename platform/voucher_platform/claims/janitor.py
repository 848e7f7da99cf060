"""The worker's part of claiming: bring what others left in the journal into SQL, and keep the store in order."""

import asyncio

import structlog
from sqlalchemy import text

from voucher_platform.claims.commit import OutOfStep, StaleEpoch
from voucher_platform.claims.giving_back import give_back_voided
from voucher_platform.claims.hot_lines import HotLines, Servers
from voucher_platform.claims.journal import Journal
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.scripts import CLAIM_PATH
from voucher_platform.core.acting import Core
from voucher_platform.core.figures import REBUILD_SECONDS, SWEPT

log = structlog.get_logger(__name__)
_ROUND_SECONDS = 0.5
_OPEN_WAIT_SECONDS = 5.0


class Janitor:
    """A second one is harmless: every act is idempotent and fenced by the epoch."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lines = HotLines(core.settings.redis_url, CLAIM_PATH, connect=core.connect)
        secret = core.settings.identity_secret
        self.opening = Opening(database=core.database, lines=self._lines, clocks=core.clocks, secret=secret)
        self.opening.on_rebuilt = core.meters.observer(REBUILD_SECONDS)
        self._journal = Journal(database=core.database, secret=secret)

    async def start(self) -> None:
        """Begin to watch the store; ``run`` does the rounds."""
        await self.opening.start()

    async def stop(self) -> None:
        """End the watch and the connections."""
        await self.opening.stop()
        await self._lines.close()

    async def run(self) -> None:
        """Go round until cancelled; a round that fails is logged, and the next one tries again."""
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - the stores may be away for a while
                log.warning("janitor_round_failed", error=repr(error)[:300])
            await asyncio.sleep(_ROUND_SECONDS)

    async def round(self) -> int:
        """One round; returns how many journal entries were brought into SQL."""
        if not await self.opening.wait(_OPEN_WAIT_SECONDS):
            return 0
        epoch, servers = self.opening.epoch, self.opening.servers
        grace_ms = self._core.settings.journal_grace_ms
        try:
            swept = await self._journal.sweep(epoch=epoch, servers=servers, grace_ms=grace_ms)
        except StaleEpoch:
            self.opening.doubt("journal swept under an old epoch")
            return 0
        except OutOfStep as error:
            self.opening.distrust(epoch, str(error)[:200])
            return 0
        self._core.meters.add(SWEPT, swept)
        await self._return_voided(epoch, servers)
        return swept

    async def _return_voided(self, epoch: int, servers: Servers) -> None:
        async with self._core.database.reading() as connection:
            rows = (await connection.execute(_WITH_VOIDED, {"now": self._core.clocks.now()})).all()
        for row in rows:
            await give_back_voided(self._core.database, servers, batch_id=row.id, number=row.number, epoch=epoch)


async def run_janitor(core: Core) -> None:
    """The worker's job: watch, sweep and repair until cancelled."""
    janitor = Janitor(core)
    await janitor.start()
    try:
        await janitor.run()
    finally:
        await janitor.stop()


_WITH_VOIDED = text(
    "SELECT b.id, b.number FROM batch b JOIN batch_stock s ON s.batch_id = b.id"
    " WHERE s.voided > 0 AND b.state IN ('live', 'paused') AND b.claim_closes_at > :now"
)
