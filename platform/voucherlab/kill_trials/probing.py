"""When everything works again after a fault, by claims that nobody but the clock of this process accompanies."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import redis

from loadtest.lab.line import Caller
from voucher_contract import routes
from voucherlab.embedded_postgres import NAME as POSTGRES
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.kill_trials.scene import Scene
from voucherlab.sql import run_sql

GIVE_UP_S = 90.0
_IN_A_ROW = 8
_TIMEOUT_S = 5.0
_PAUSE_S = 0.02
_EMPTY = b"{}"


@dataclass
class Probes:
    """Claims of a batch with plenty of stock, and of one that does not open today.

    ``granted``: ids of the vouchers they got. ``too_early``: how many got one of the batch that is not open.
    """

    base_url: str
    people: Sequence[Caller]
    batch_id: str
    unopened_batch_id: str
    granted: list[str] = field(default_factory=list)
    too_early: int = 0

    async def resumed(self) -> float | None:
        """The moment (monotonic, s) of the first of eight grants in a row; None when they do not come in time.

        Each claim has a connection of its own, since every API process must answer, not only the one that is held.
        """
        first, row, give_up = 0.0, 0, time.monotonic() + GIVE_UP_S
        async with self._client() as client:
            while time.monotonic() < give_up:
                if not await self._claim(client, self.batch_id):
                    row = 0
                    await asyncio.sleep(_PAUSE_S)
                    continue
                first = first if row else time.monotonic()
                row += 1
                if row == _IN_A_ROW:
                    return first
        return None

    async def knock(self, until: asyncio.Event) -> None:
        """Ask for the batch that is not open, again and again: whatever a clock says, it may not be given."""
        async with self._client() as client:
            while not until.is_set():
                self.too_early += await self._claim(client, self.unopened_batch_id)
                await asyncio.sleep(_PAUSE_S * 5)

    def _client(self) -> httpx.AsyncClient:
        alone = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=self.base_url, timeout=_TIMEOUT_S, limits=alone, trust_env=False)

    async def _claim(self, client: httpx.AsyncClient, batch_id: str) -> bool:
        person = self.people[len(self.granted) % len(self.people)]
        headers = {
            "Authorization": f"Bearer {person.token}", "Idempotency-Key": secrets.token_hex(16),
            "Content-Type": "application/json",
        }  # fmt: skip
        try:
            reply = await client.post(routes.CLAIM.path.format(batch_id=batch_id), headers=headers, content=_EMPTY)
        except httpx.HTTPError:
            return False
        if reply.status_code != routes.CLAIM.status:
            return False
        self.granted.append(reply.json()["id"])
        return True


async def works_again(scene: Scene, part: str, since: datetime) -> float | None:
    """The moment (monotonic, s) at which the part answers; None when it does not in time."""
    give_up = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up:
        if await asyncio.to_thread(_works, scene, part, since):
            return time.monotonic()
        await asyncio.sleep(_PAUSE_S)
    return None


def _works(scene: Scene, part: str, since: datetime) -> bool:
    try:
        if part == VALKEY:
            with scene.valkey() as client:
                return bool(client.ping())
        if part == POSTGRES:
            return bool(run_sql(scene.ready.database_url, "SELECT 1"))
        rows = run_sql(scene.ready.database_url, _HEARTBEATS)
        return any(row["kind"] == part and row["heartbeat_at"] > since for row in rows)
    except (redis.RedisError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def drained(scene: Scene) -> bool:
    """Whether the journal becomes empty without anybody asking."""
    give_up = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up:
        if await asyncio.to_thread(_journal, scene) == 0:
            return True
        await asyncio.sleep(_PAUSE_S)
    return False


def _journal(scene: Scene) -> int:
    with scene.valkey() as client:
        lengths: list[Any] = [client.xlen(name) for name in client.scan_iter("vl:*:journal")]
    return sum(lengths)


def now() -> datetime:
    """The instant that heartbeats are compared with."""
    return datetime.now(UTC)


_HEARTBEATS = "SELECT kind, heartbeat_at FROM live_process"
