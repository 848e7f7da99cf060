"""One connection to the hot store that always knows which server it speaks to, and never sends anything twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from voucher_platform.claims.scripts import Script
from voucher_platform.core import hot_store

T = TypeVar("T")
LOST = (RedisConnectionError, RedisTimeoutError, OSError, asyncio.TimeoutError)


class Unreachable(Exception):
    """No connection could be made: nothing was sent, so nothing was executed."""


class LostReply(Exception):
    """A command was sent and its reply never came: it may have been executed."""


class HotLine:
    """Calls one after another over one connection. ``run_id`` names the server process at its other end.

    The run id is read on every physical connection before anything else is sent. After any fault the connection is
    thrown away, so a command is never sent twice and never reaches a server whose run id was not read.
    """

    def __init__(self, url: str, scripts: Sequence[Script]) -> None:
        self._url = url
        self._scripts = scripts
        self._client: Redis | None = None
        self._lock = asyncio.Lock()
        self.run_id = ""

    async def call(self, work: "Callable[[Redis, str], Awaitable[T]]") -> T:
        """Run ``work(client, run_id)``. Raises ``Unreachable`` (not executed) or ``LostReply`` (unknown)."""
        async with self._lock:
            client = await self._connected()
            try:
                return await work(client, self.run_id)
            except LOST as error:
                await self._drop()
                raise LostReply(str(error)) from error
            except BaseException as error:
                # A cancelled call leaves its reply on the wire; the next caller must not read it as its own.
                if not isinstance(error, RedisError):
                    await self._drop()
                raise

    async def close(self) -> None:
        """End the connection; a later call would make a new one."""
        async with self._lock:
            await self._drop()

    async def _connected(self) -> "Redis":
        if self._client is None:
            client = hot_store.connect(self._url, single=True)
            try:
                self.run_id = await self._greet(client)
            except (*LOST, RedisError) as error:
                await client.aclose()
                raise Unreachable(str(error)) from error
            except BaseException:
                await client.aclose()
                raise
            self._client = client
        return self._client

    async def _greet(self, client: "Redis") -> str:
        for script in self._scripts:
            await client.script_load(script.source)
        info: dict[str, Any] = await client.info("server")
        return str(info["run_id"])

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
