"""Why a voucher was last refused at a till, kept for its holder, who stands there and asks.

Nobody waits for the writing: the till has its answer already, and a success writes nothing here. At most four
statements a second go out, the latest refusal of a voucher only; what is too much for them a process forgets.
"""

import asyncio
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text

from voucher_platform.core.database import Database
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_EVERY_S = 0.25
_MOST_WAITING = 1_024


@dataclass(frozen=True, slots=True)
class _Said:
    merchant_id: str
    code: str
    refused_at: datetime


class LastRefusals:
    """Notes refusals, and writes them down in the background."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, _Said] = {}
        self._task: asyncio.Task[None] | None = None
        database.ends_first(self.stop)

    def note(self, *, voucher_id: str, merchant_id: str, code: str, now: datetime) -> None:
        """Keep that the till of ``merchant_id`` was told ``code`` at the business time ``now``."""
        if len(self._waiting) >= _MOST_WAITING and voucher_id not in self._waiting:
            return
        self._waiting[voucher_id] = _Said(merchant_id, code, now)
        if self._task is None:
            # In a context of its own: what it logs is not about the one request that happened to be the first.
            self._task = asyncio.get_running_loop().create_task(self._keep_writing(), context=Context())

    async def stop(self) -> None:
        """End the statement under way and forget the rest."""
        task, self._task = self._task, None
        await end(task)
        self._waiting.clear()

    async def _keep_writing(self) -> None:
        while self._waiting:
            await asyncio.sleep(_EVERY_S)
            group, self._waiting = self._waiting, {}
            try:
                await self._write(group)
            except Exception as error:  # noqa: BLE001 - nobody waits for it: said in the log, and the next one is kept
                log.warning("refusals_not_kept", count=len(group), error=repr(error)[:200])
        self._task = None

    async def _write(self, group: dict[str, _Said]) -> None:
        ordered = sorted(group.items())  # by voucher, so that two processes never wait for each other in a circle
        columns = {
            "vouchers": [voucher for voucher, _ in ordered], "merchants": [said.merchant_id for _, said in ordered],
            "codes": [said.code for _, said in ordered], "times": [said.refused_at for _, said in ordered],
        }  # fmt: skip
        async with self._database.glancing() as connection:
            await connection.execute(_KEEP, columns)


_KEEP = text(
    """
    INSERT INTO redemption_refusal (voucher_id, merchant_id, code, refused_at)
    SELECT * FROM unnest(
      CAST(:vouchers AS text[]), CAST(:merchants AS text[]), CAST(:codes AS text[]), CAST(:times AS timestamptz[])
    )
    ON CONFLICT (voucher_id) DO UPDATE
      SET merchant_id = excluded.merchant_id, code = excluded.code, refused_at = excluded.refused_at
      WHERE redemption_refusal.refused_at <= excluded.refused_at
    """
)
