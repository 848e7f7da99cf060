"""The proxy: plain HTTP from the generator, HTTP or verified TLS to the target, faults drawn from a seed."""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import get_args
from urllib.parse import urlsplit

from loadtest.agreed.plan import ClientFault
from loadtest.faults.messages import MAX_HEAD_BYTES, BadMessage, Message, read_reply, read_request, with_host

_DELAY_S = (0.05, 0.4)
_SLOW_PIECE, _SLOW_PAUSE_S = 48, 0.004
_STALE_AFTER_S = (0.0, 0.02)
FAULTS: tuple[ClientFault, ...] = get_args(ClientFault)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Log:
    """What the proxy did: ``requests`` in all, and how often each fault was worked."""

    counts: Counter[str] = field(default_factory=Counter)


class FaultProxy:
    """``share`` of the requests meet one of ``faults``, drawn by ``seed``; all others pass as they are."""

    def __init__(self, upstream: str, faults: Sequence[ClientFault], share: float, seed: int) -> None:
        parts = urlsplit(upstream)
        self._address = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.netloc.encode()
        self._faults, self._share, self._rng = tuple(faults), share, Random(seed)
        # asyncio holds tasks and their streams weakly: one that waits could be collected, and its client left hanging.
        self._tasks: set[asyncio.Task[None]] = set()
        self.log = Log()

    async def serve(self, port: int = 0) -> asyncio.Server:
        """Listen on loopback."""
        return await asyncio.start_server(self._accept, "127.0.0.1", port, limit=MAX_HEAD_BYTES, backlog=4_096)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._start(self._client(reader, writer))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: Streams | None = None
        try:
            while (request := await read_request(reader)) is not None:
                request = Message(with_host(request.head, self._host), request.body)
                upstream = upstream or await self._connect()
                if not await self._pass(request, upstream, writer):
                    break
        except (BadMessage, OSError):
            _reset(writer)
        finally:
            for one in (writer, *([upstream[1]] if upstream else [])):
                one.close()
                with contextlib.suppress(OSError):
                    await one.wait_closed()

    async def _connect(self) -> Streams:
        return await asyncio.open_connection(*self._address, ssl=self._tls, limit=MAX_HEAD_BYTES)

    def _draw(self) -> ClientFault | None:
        self.log.counts["requests"] += 1
        if not self._faults or self._rng.random() >= self._share:
            return None
        fault = self._rng.choice(self._faults)
        self.log.counts[fault] += 1
        return fault

    async def _pass(self, request: Message, upstream: Streams, client: asyncio.StreamWriter) -> bool:
        """One request and its reply; False when the client's connection has ended with it."""
        fault = self._draw()
        if fault == "request_lost":
            _reset(client)
            return False
        if fault == "delay":
            await asyncio.sleep(self._rng.uniform(*_DELAY_S))
        if fault == "duplicate":
            self._start(self._deliver_again(request))
        reply = await _ask(request, upstream)
        if fault in {"reply_lost", "reset"}:
            if fault == "reset":
                client.write(reply.raw[: len(reply.raw) // 2])
                await client.drain()
            _reset(client)
            return False
        if fault == "slow_client":
            await _trickle(reply.raw, client)
        else:
            client.write(reply.raw)
            await client.drain()
        if fault == "stale_keep_alive":
            await asyncio.sleep(self._rng.uniform(*_STALE_AFTER_S))
            return False
        return not reply.closes

    async def _deliver_again(self, request: Message) -> None:
        """The same bytes over another connection; nobody reads what comes back."""
        with contextlib.suppress(BadMessage, OSError):
            other = await self._connect()
            try:
                await _ask(request, other)
            finally:
                other[1].close()


async def _ask(request: Message, upstream: Streams) -> Message:
    reader, writer = upstream
    writer.write(request.raw)
    await writer.drain()
    return await read_reply(reader)


async def _trickle(raw: bytes, client: asyncio.StreamWriter) -> None:
    """As over a bad connection: a few bytes at a time."""
    for start in range(0, len(raw), _SLOW_PIECE):
        client.write(raw[start : start + _SLOW_PIECE])
        await client.drain()
        await asyncio.sleep(_SLOW_PAUSE_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection at once, whatever is still to be sent."""
    writer.transport.abort()
