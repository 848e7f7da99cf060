"""Where the product's code meets the simulated wires: a client of the store, a database, a clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.simulation.sql_ports import PORTS
from tests.simulation.sql_server import Session, SqlServer, outage
from tests.simulation.store_server import StoreConnection, StoreServer
from tests.simulation.virtual_time import Clock
from voucher_platform.claims import scripts
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.hot_store import Connect

START = datetime(2027, 1, 15, 2, 0, tzinfo=UTC)
_SHA_BY_SOURCE = {script.source: script.sha for script in (*scripts.CLAIM_PATH, scripts.GCRA)}


class BusinessClock(Clocks):
    """The business clock over virtual time: PostgreSQL's clock, which no process is behind."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        super().__init__(zone)
        self._clock = clock

    def instant(self) -> datetime:
        return START + timedelta(seconds=self._clock.now) + self.offset

    def take(self, told: datetime, *, asked_at_s: float, heard_at_s: float) -> None:
        """There is no other clock to carry it on with: the monotonic one does not stand still in virtual time."""


class StoreClient:
    """What the claim path uses of redis-py's client: one connection of its own to a simulated server."""

    def __init__(self, server: StoreServer) -> None:
        self._server = server
        self.connection: StoreConnection | None = None

    async def initialize(self) -> "StoreClient":
        """Connect. Raises redis-py's ``ConnectionError`` when nobody listens."""
        loop: Any = asyncio.get_running_loop()
        loop.sends("connect")
        await asyncio.sleep(self._server.trouble.delay())
        if not self._server.up:
            raise RedisConnectionError("connection refused")
        self.connection = StoreConnection(self._server)
        return self

    async def script_load(self, source: str) -> str:
        """SCRIPT LOAD, with the greeting."""
        sha = _SHA_BY_SOURCE[source]
        self._server.scripts.add(sha)
        return sha

    async def info(self, section: str) -> dict[str, str]:
        """INFO server: of the process at this connection's other end."""
        assert section == "server"
        if self.connection is None or self.connection.life != self._server.life:
            raise RedisConnectionError("connection reset")
        return {"run_id": self._server.run_id}

    async def aclose(self) -> None:
        """Hang up."""
        self.connection = None


def connecting(servers: Mapping[str, StoreServer]) -> Connect:
    """What ``core.hot_store.connect`` is elsewhere: a client for a URL."""

    def connect(url: str, *, timeout_seconds: float = 2.0, single: bool = False) -> Redis:
        assert single, f"{url}: only connections of their own are simulated, with {timeout_seconds} s to answer"
        return cast("Redis", StoreClient(servers[url]))

    return connect


class Result:
    """The rows of a statement, as SQLAlchemy hands them out."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        (row,) = self._rows
        return row

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> "Result":
        return Result([row[0] for row in self._rows])


class Connection:
    """A connection in one transaction, or with a transaction a statement."""

    def __init__(self, server: SqlServer, session: Session, *, autocommit: bool, reading: bool) -> None:
        self._server = server
        self._session = session
        self._autocommit = autocommit
        self._reading = reading

    async def execute(self, statement: Any, params: Mapping[str, Any] | None = None) -> Result:
        """Send one statement and wait for its rows. Raises as SQLAlchemy does."""
        port, session = PORTS[statement.text], self._session
        reply = self._reply(port.__name__)
        if session.tx is None or (self._autocommit and session.tx.ended):
            session.tx = self._server.model.begin(reading=self._reading)
        lost = self._fate(reply)
        if lost is not None:
            self._send(lambda: self._server.execute(
                session, port, params or {}, reply, ends=self._autocommit, lost=lost
            ))  # fmt: skip
        return Result(await reply)

    async def stream(self, statement: Any, params: Mapping[str, Any]) -> "AsyncIterator[Any]":
        """The rows one by one."""
        return _one_by_one(await self.execute(statement, params))

    async def commit(self) -> None:
        """COMMIT."""
        if self._session.tx is None:
            return
        reply = self._reply("commit")
        lost = self._fate(reply)
        if lost is not None:
            self._send(lambda: self._server.commit(self._session, [], reply, lost))
        await reply

    def close(self) -> None:
        """Hang up, which rolls back what is open."""
        tx = self._session.tx
        if tx is None or tx.ended or self._reading:
            self._server.forget(self._session)
        else:
            self._send(lambda: self._server.close(self._session))

    def _reply(self, kind: str) -> "asyncio.Future[Any]":
        loop: Any = asyncio.get_running_loop()
        loop.sends(kind)
        return loop.create_future()  # type: ignore[no-any-return]

    def _fate(self, reply: "asyncio.Future[Any]") -> bool | None:
        """Whether the reply will be lost; ``None`` when the request is, and with it the connection."""
        fate = self._server.trouble.fate()
        if fate != "request lost":
            return fate == "reply lost"
        self._send(lambda: self._server.close(self._session))
        self._server.clock.after(
            self._server.trouble.delay(), lambda: None if reply.done() else reply.set_exception(outage("cut"))
        )
        return None

    def _send(self, arrive: Callable[[], None]) -> None:
        """Messages of one connection keep their order."""
        clock, session = self._server.clock, self._session
        session.arrival = max(session.arrival, clock.now + self._server.trouble.delay())
        clock.after(session.arrival - clock.now, arrive)


async def _one_by_one(rows: Result) -> AsyncIterator[Any]:
    for row in rows:
        yield row


class SimulatedDatabase(Database):
    """The three kinds of access that ``core.database`` offers, over a simulated server."""

    def __init__(self, server: SqlServer) -> None:
        super().__init__(cast("AsyncEngine", None))
        self._server = server

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        connection = self._connect()
        try:
            yield cast("AsyncConnection", connection)
            await connection.commit()
        finally:
            connection.close()

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        connection = self._connect(autocommit=True)
        try:
            yield cast("AsyncConnection", connection)
        finally:
            connection.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        connection = self._connect(reading=True)
        try:
            yield cast("AsyncConnection", connection)
        finally:
            connection.close()

    def _connect(self, *, autocommit: bool = False, reading: bool = False) -> Connection:
        return Connection(self._server, self._server.open(), autocommit=autocommit, reading=reading)
