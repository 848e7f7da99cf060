"""The pulse of a process: it polls one row, takes what changed, and says in SQL that it has.

Pausing a batch, raising a quota or moving the sandbox clock writes that row; so every change is taken within one
poll, well inside the contract's ``reopen_delay_ms``, with no message that could be lost. Who is frozen by a risk rule
has a version of its own: a bot that is stopped must not make every process read the catalogue anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.ending import end
from voucher_platform.core.ids import new_id

log = structlog.get_logger(__name__)
Listener = Callable[[], Awaitable[None]]
_STATE = text(
    "SELECT version, clock_offset_us, clock_version, guard_version, clock_timestamp() AS clock FROM platform_state"
)
_SAY_SECONDS = 1.0  # a heartbeat is a write and a flush; changes are said at once
DEAD_AFTER_SECONDS = 5.0  # of silence; before that a process is late


@dataclass
class Pulse:
    """``start`` takes the present state before it returns, so a process never serves with an unknown clock.

    ``beaten_at`` is the Unix time of the last beat that came through. ``told`` hears, after every beat, as of when this
    process knows all that was committed, by the loop's time. ``guards`` are called when who is frozen
    has changed.
    """

    database: Database
    clocks: Clocks
    kind: str
    poll_ms: int
    listeners: list[Listener] = field(default_factory=list)
    told: list[Callable[[float], None]] = field(default_factory=list)
    guards: list[Listener] = field(default_factory=list)
    version: int = 0
    guard_version: int = 0
    clock_version: int = 0
    healthy: bool = False
    beaten_at: float = 0.0

    def __post_init__(self) -> None:
        self.process_id = new_id("prc")
        self._task: asyncio.Task[None] | None = None
        self._say_again_at = 0.0

    async def start(self) -> None:
        """Take the present state, then keep polling."""
        await self.beat()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop polling and take this process off the list of live ones."""
        await end(self._task)
        async with self.database.transaction() as connection:
            await connection.execute(text("DELETE FROM live_process WHERE process_id = :id"), {"id": self.process_id})

    async def beat(self) -> None:
        """Take the state once: the clock first, then the listeners, then say so."""
        loop = asyncio.get_running_loop()
        async with self.database.glancing() as connection:
            asked_at, asked_at_s = loop.time(), time.monotonic()
            row = (await connection.execute(_STATE)).one()
            self.clocks.take(row.clock, asked_at_s=asked_at_s, heard_at_s=time.monotonic())
        before = (self.version, self.clock_version)
        if row.clock_version != self.clock_version:
            self.clocks.offset = timedelta(microseconds=row.clock_offset_us)
            self.clock_version = row.clock_version
        if row.version != self.version:
            for listener in self.listeners:
                await listener()
            self.version = row.version
        if row.guard_version != self.guard_version:
            for guard in self.guards:
                await guard()
            self.guard_version = row.guard_version
        for hears in self.told:
            hears(asked_at)
        now = loop.time()
        if before != (self.version, self.clock_version) or now >= self._say_again_at:
            async with self.database.glancing() as connection:
                await self._say(connection)
            self._say_again_at = now + _SAY_SECONDS
        self.healthy, self.beaten_at = True, time.time()

    async def _say(self, connection: AsyncConnection) -> None:
        await connection.execute(
            text(
                "INSERT INTO live_process VALUES (:id, :kind, :version, :clock_version, clock_timestamp())"
                " ON CONFLICT (process_id) DO UPDATE SET seen_version = excluded.seen_version,"
                " seen_clock_version = excluded.seen_clock_version, heartbeat_at = excluded.heartbeat_at"
            ),
            {
                "id": self.process_id, "kind": self.kind, "version": self.version,
                "clock_version": self.clock_version,
            },
        )  # fmt: skip

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.poll_ms / 1000)
            try:
                await self.beat()
            except Exception as error:  # noqa: BLE001 - whatever failed, the next beat tries again
                self.healthy = False
                log.warning("pulse_missed", error=repr(error))


async def announce_change(connection: AsyncConnection) -> None:
    """Tell every process, when this transaction commits, to read the catalogue again."""
    await connection.execute(text("UPDATE platform_state SET version = version + 1"))


async def announce_guard(connection: AsyncConnection) -> int:
    """Tell every process, when this transaction commits, to read again who is frozen; the version from then on."""
    raised = text("UPDATE platform_state SET guard_version = guard_version + 1 RETURNING guard_version")
    return int((await connection.execute(raised)).scalar_one())


async def current_epoch(connection: AsyncConnection) -> int:
    """The epoch of the hot store, as committed or as this transaction locked it."""
    return int((await connection.execute(text("SELECT epoch FROM platform_state"))).scalar_one())


async def laggards(connection: AsyncConnection, *, clock_version: int) -> int:
    """How many live processes have not taken the clock yet."""
    row = await connection.execute(
        text(
            "SELECT count(*) FROM live_process WHERE seen_clock_version < :version"
            " AND heartbeat_at > clock_timestamp() - make_interval(secs => :fresh)"
        ),
        {"version": clock_version, "fresh": DEAD_AFTER_SECONDS},
    )
    return int(row.scalar_one())
