"""The connection to PostgreSQL. An operation gets one transaction and is the only one to end it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

APP_ROLE = "voucherlab_app"
AUDITOR_ROLE = "voucherlab_auditor"
_STATEMENT_TIMEOUT_MS = 30_000


def is_outage(error: BaseException) -> bool:
    """Whether an error means the server is away or busy, rather than a fault of a statement."""
    if isinstance(error, (PoolTimeout, ConnectionError, OSError, TimeoutError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    # 08 connection, 57 operator intervention, 53 out of resources, 40 serialization; none: lost on the wire.
    return error.connection_invalidated or state[:2] in {"08", "57", "53", "40", ""}


def make_engine(url: str, *, pool: int, role: str | None = APP_ROLE) -> AsyncEngine:
    """An engine over asyncpg whose sessions run as ``role``, so append-only tables stay append-only."""
    settings = {"timezone": "UTC", "statement_timeout": str(_STATEMENT_TIMEOUT_MS), "application_name": "voucherlab"}
    if role is not None:
        settings["role"] = role
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), pool_size=pool, max_overflow=0, pool_timeout=5,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text must not carry the values of its statement into a log
        connect_args={"server_settings": settings, "timeout": 5},
    )  # fmt: skip


class Database:
    """Transactions over one engine; and glances, for which a quarter of its connections at most is kept at hand."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._at_hand: list[AsyncConnection] = []
        self._behind: list[Callable[[], Awaitable[None]]] = []

    @property
    def size(self) -> int:
        """How many connections there may be."""
        return self._pool.size()

    @property
    def lent_out(self) -> int:
        """How many connections somebody is using."""
        return self._pool.checkedout() - len(self._at_hand)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """Single statements without a transaction around them: half the round trips, for what is asked all the time.

        The connection is kept as it is for the next glance: to get it out of the pool, make it ready and give it back
        costs more than a statement. After an error it is not; and none is, once the server has been away.
        """
        connection = self._at_hand.pop() if self._at_hand else await self._committing_by_itself()
        try:
            yield connection
        except BaseException as error:
            await self._close(connection, *(self._take_all() if is_outage(error) else ()))
            raise
        if len(self._at_hand) < self.size // 4:
            self._at_hand.append(connection)
        else:
            await self._close(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A read-only snapshot: everything read inside belongs to one instant."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield connection

    def ends_first(self, stop: Callable[[], Awaitable[None]]) -> None:
        """What writes behind the requests ends before the connections do: ``stop`` is called when they are closed."""
        self._behind.append(stop)

    async def close(self) -> None:
        """Close every connection."""
        for stop in self._behind:
            await stop()
        await self._close(*self._take_all())
        await self.engine.dispose()

    async def _committing_by_itself(self) -> AsyncConnection:
        connection = await self.engine.connect()
        return await connection.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def _pool(self) -> QueuePool:
        return cast("QueuePool", self.engine.pool)

    def _take_all(self) -> list[AsyncConnection]:
        taken, self._at_hand = self._at_hand, []
        return taken

    async def _close(self, *connections: AsyncConnection) -> None:
        """Give them back, also when whoever used them is being cancelled."""
        for connection in connections:
            await asyncio.shield(connection.close())


__all__ = ["APP_ROLE", "AUDITOR_ROLE", "Database", "is_outage", "make_engine"]
