"""Whether the hot store may be trusted: the one place that says open, doubts it, and has it rebuilt."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.claims import keys, rebuild
from voucher_platform.claims.hot_line import LostReply, Unreachable, checked
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database, is_outage
from voucher_platform.core.ending import end
from voucher_platform.core.pulse import current_epoch

log = structlog.get_logger(__name__)
_ONE_REBUILDER = 0x72656275
_WATCH_SECONDS = 1.0
_RETRY_SECONDS = 0.1
_ALL = range(keys.SHARDS)


class Opening:
    """The epoch and the servers under which this process judges, kept true by a task.

    The store is in order when every shard is open under SQL's epoch and its server's run id, and nobody found it to
    contradict SQL. Anything else (a restart, FLUSHALL, a fail-over, a fresh installation) is one case: rebuild from
    SQL. Also without any claim the task looks once a second, so that a rush does not begin with a rebuild.
    """

    def __init__(self, *, database: Database, lines: HotLines, clocks: Clocks, secret: str) -> None:
        self._database = database
        self._lines = lines
        self._clocks = clocks
        self._secret = secret
        self.epoch = 0
        self.servers = lines.present
        self.on_open: Callable[[], Awaitable[None]] | None = None
        self.on_rebuilt: Callable[[float], None] | None = None
        self.shut_for = "starting"
        self._distrusted = 0
        self._open = asyncio.Event()
        self._doubts = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether claims may be judged now."""
        return self._open.is_set()

    def doubt(self, reason: str) -> None:
        """Stop judging until the store has been looked at again."""
        if self._open.is_set():
            log.info("hot_store_doubted", reason=reason, epoch=self.epoch)
        self._open.clear()
        self.shut_for = "doubted"
        self._doubts.set()

    def distrust(self, epoch: int, reason: str) -> None:
        """What the store holds under ``epoch`` contradicts SQL: it must be rebuilt, unless somebody has since."""
        log.warning("hot_store_distrusted", reason=reason, epoch=epoch)
        self._distrusted = max(self._distrusted, epoch)
        self.doubt(reason)
        self.shut_for = "distrusted"

    async def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until the store is open; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._open.wait()
        return self.is_open

    async def start(self) -> None:
        """Begin to look; returns at once, ``wait`` tells when the store is open."""
        self._doubts.set()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop looking; nothing is judged any more."""
        self._open.clear()
        await end(self._task)

    async def _watch(self) -> None:
        while True:
            # Not wait_for: before Python 3.12 it may swallow the cancellation that ends this task.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await self._doubts.wait()
            self._doubts.clear()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever failed, the next look tries again
                log.warning("hot_store_not_in_order", error=repr(error)[:300])
                self._open.clear()
                self.shut_for = _named(error)
                self._doubts.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def look(self) -> None:
        """Open if the store is in order; else rebuild it, or wait while another process does."""
        while not await self._in_order():
            self._open.clear()
            self.shut_for = "rebuilding"
            if not await self._rebuild():
                await asyncio.sleep(_RETRY_SECONDS)
        if not self._open.is_set():
            log.info("hot_store_open", epoch=self.epoch)
            if self.on_open is not None:
                await self.on_open()
            self._open.set()

    async def _in_order(self) -> bool:
        """Whether all shards are open under SQL's epoch and their own servers; takes both over if so.

        While nothing is judged, who holds the shards is read anew. Once open, a shard that has moved says so itself.
        """
        if not self.is_open:
            await self._lines.refresh()
        async with self._database.glancing() as connection:
            epoch = await current_epoch(connection)
        present, word = self._lines.present, str(epoch).encode()
        metas = checked(await present.ask_each([(s, ["HMGET", keys.meta_key(s), "epoch", "run_id"]) for s in _ALL]))
        servers = present.named()
        run_ids = [(server.run_id or "").encode() for server in servers.of]
        if epoch <= self._distrusted or any(list(metas[s]) != [word, run_ids[s]] for s in _ALL):
            return False
        self.epoch, self.servers = epoch, servers
        return True

    async def _rebuild(self) -> bool:
        """Rebuild under the one lock; false if another process holds it. The lock ends with its connection."""
        async with self._database.transaction() as guard:
            if not await _locked(guard):
                return False
            # Whoever held the lock before may have put everything in order.
            if not await self._in_order():
                began = perf_counter()
                await rebuild.rebuild(
                    database=self._database,
                    present=self._lines.present,
                    business_now=self._clocks.now(),
                    secret=self._secret,
                )
                if self.on_rebuilt is not None:
                    self.on_rebuilt(perf_counter() - began)
        return True


def _named(error: Exception) -> str:
    """Which part is away, in a word that figures and probes may show to anybody."""
    if isinstance(error, (Unreachable, LostReply)):
        return "unreachable"
    return "database_away" if is_outage(error) else "failing"


async def _locked(connection: AsyncConnection) -> bool:
    got = await connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ONE_REBUILDER})
    return bool(got.scalar_one())
