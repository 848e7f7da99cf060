"""One connection to the hot store that always knows which server it speaks to, and never sends anything twice."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from voucher_platform.claims.scripts import Script
from voucher_platform.core import hot_store

Command = Sequence[str | bytes | int]
_LOST = (RedisConnectionError, RedisTimeoutError, OSError, asyncio.TimeoutError)


class Unreachable(Exception):
    """No connection could be made: nothing was sent, so nothing was executed."""


class LostReply(Exception):
    """A command was sent and its reply never came: it may have been executed."""


class AnotherServer(Unreachable):
    """The store was restarted or replaced since the caller looked: nothing was sent."""


def evalsha(script: Script, keys: Sequence[str | bytes], *arguments: str | bytes | int) -> Command:
    """The command that runs ``script``."""
    return ["EVALSHA", script.sha, len(keys), *keys, *arguments]


class HotLine:
    """Commands one group after another over one connection. ``run_id`` names the server process at its other end.

    The run id is read on every physical connection before anything else is sent. After any fault the connection is
    thrown away, so a command is never sent twice and never reaches a server whose run id was not read. The commands
    go straight to the connection: a client's pipeline would take another one from its pool, unseen.
    """

    def __init__(
        self, url: str, scripts: Sequence[Script], *, timeout_seconds: float = 2.0,
        connect: hot_store.Connect = hot_store.connect,
    ) -> None:  # fmt: skip
        self._url = url
        self._connect = connect
        self._scripts = scripts
        self._timeout_seconds = timeout_seconds
        self._closed = False
        self._client: Redis | None = None
        self._lock = asyncio.Lock()
        self.run_id = ""

    async def ask(self, *commands: Command, run_id: str | None = None) -> list[Any]:
        """Send ``commands`` together; their replies in order, an error reply as a ``ResponseError`` in its place.

        ``run_id``: send only if the server is still this one, else ``AnotherServer``. Raises ``Unreachable`` when
        nothing was sent and ``LostReply`` when it is unknown what was executed.
        """
        async with self._lock:
            connection = await self._connected()
            if run_id is not None and run_id != self.run_id:
                raise AnotherServer(self.run_id)
            try:
                replies = await _exchange(connection, commands)
            except BaseException as error:
                # Also when cancelled: the reply still on the wire must not be read as the next caller's.
                await self._drop()
                if isinstance(error, _LOST):
                    raise LostReply(repr(error)) from error
                raise
            if any(isinstance(reply, NoScriptError) for reply in replies):
                await self._drop()  # the scripts were flushed: the next connection loads them again
            return replies

    async def close(self) -> None:
        """End the connection for good: whoever asks later finds nobody."""
        self._closed = True
        async with self._lock:
            await self._drop()

    async def _connected(self) -> AbstractConnection:
        if self._closed:
            raise Unreachable("the line is closed")
        if self._client is None:
            client = self._connect(self._url, timeout_seconds=self._timeout_seconds, single=True)
            try:
                await client.initialize()
                self.run_id = await self._greet(client)
            except (*_LOST, RedisError) as error:
                await client.aclose()
                raise Unreachable(repr(error)) from error
            except BaseException:
                await client.aclose()
                raise
            self._client = client
        connection = self._client.connection
        assert connection is not None
        return connection

    async def _greet(self, client: Redis) -> str:
        for script in self._scripts:
            await client.script_load(script.source)
        info: dict[str, Any] = await client.info("server")
        return str(info["run_id"])

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


async def _exchange(connection: AbstractConnection, commands: Sequence[Command]) -> list[Any]:
    await connection.send_packed_command(connection.pack_commands(commands))
    replies: list[Any] = []
    for _ in commands:
        try:
            replies.append(await connection.read_response())
        except ResponseError as error:
            replies.append(error)
    return replies


def checked(replies: list[Any]) -> list[Any]:
    """The replies, if none is an error; else the first error is raised."""
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise reply
    return replies
