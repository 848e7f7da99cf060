"""Keeping the store's batches as SQL has them between rebuilds: new batches, raised quotas, void vouchers."""

import asyncio

import structlog

from voucher_platform.claims.catalogue import Catalogue
from voucher_platform.claims.giving_back import give_back_voided
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.restock import stock_batch
from voucher_platform.claims.rules import BatchTerms
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_AGAIN_SECONDS = 0.2


class Stocking:
    """Idempotent and shared by all processes: whoever comes first does it, the others change nothing."""

    def __init__(self, *, database: Database, opening: Opening, catalogue: Catalogue, clocks: Clocks) -> None:
        self._database = database
        self._opening = opening
        self._catalogue = catalogue
        self._clocks = clocks
        self._lock = asyncio.Lock()
        self._done: dict[tuple[int, int], tuple[int, int]] = {}
        self._task: asyncio.Task[None] | None = None

    def refresh_soon(self) -> None:
        """Bring every batch up to date in the background; a slow store must not hold up the process's pulse."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh())

    async def stop(self) -> None:
        """End the refresh under way."""
        await end(self._task)

    async def stock(self, terms: BatchTerms, epoch: int) -> None:
        """Put one batch into the store under ``epoch`` if it is not there; a lost one calls for a rebuild."""
        async with self._lock:
            servers = self._opening.servers
            if epoch != self._opening.epoch:
                return
            outcome = await stock_batch(database=self._database, servers=servers, terms=terms, epoch=epoch)
        if outcome == "lost":
            self._opening.distrust(epoch, f"the store has lost batch {terms.id}")
        elif outcome == "stale":
            self._opening.doubt("stocking")

    async def return_voided(self, terms: BatchTerms) -> None:
        """Give the slots of void vouchers back that the store still counts."""
        await give_back_voided(
            self._database, self._opening.servers, batch_id=terms.id, number=terms.number, epoch=self._opening.epoch
        )

    async def _refresh(self) -> None:
        """Until nothing is left to do: the catalogue may change while this runs, and a try may fail.

        Nobody else would try again. A raised quota that no process has brought to the store is neither a further
        change nor a missing batch: claims would find the old cap used up, and be told to wait for ever.
        """
        while self._opening.is_open and (changed := self._outdated()):
            try:
                for terms, mark in changed:
                    epoch = self._opening.epoch
                    await self.stock(terms, epoch)
                    await self.return_voided(terms)
                    self._done[epoch, terms.number] = mark
            except Exception as error:  # noqa: BLE001 - either server may be away for a while
                log.warning("stock_not_refreshed", error=repr(error)[:300])
                await asyncio.sleep(_AGAIN_SECONDS)

    def _outdated(self) -> list[tuple[BatchTerms, tuple[int, int]]]:
        now, epoch = self._clocks.now(), self._opening.epoch
        marked = [
            (terms, (terms.quota, terms.voided))
            for terms in self._catalogue.all()
            if terms.state in ("live", "paused") and now < terms.claim_closes_at
        ]
        return [(terms, mark) for terms, mark in marked if self._done.get((epoch, terms.number)) != mark]
