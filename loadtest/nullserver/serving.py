"""Answers every request with one voucher of the contract, without looking at it."""

import asyncio
import json
import signal
from pathlib import Path
from typing import cast

import uvloop

_VOUCHER = {
    "id": "null", "batch_id": "null", "state": "issued", "face_fen": 3_000, "threshold_fen": 10_000, "code": "NULL0000",
    "nth": 1, "claimed_at": "2026-01-01T00:00:00+08:00", "valid_from": "2026-01-01T00:00:00+08:00",
    "valid_until": "2027-01-01T00:00:00+08:00",
}  # fmt: skip
_BODY = json.dumps(_VOUCHER).encode()
REPLY = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-Request-Id: null\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_HEAD_END = b"\r\n\r\n"
MAX_REQUEST_BYTES = 1_000_000


class NullProtocol(asyncio.Protocol):
    """One connection. Requests must say their length; they are counted, and answered in order."""

    served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write to."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's class is no subclass of it
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._received += data
        while (size := _first_request(self._received)) is not None:
            self._received = self._received[size:]
            NullProtocol.served += 1
            self._transport.write(REPLY)
        if len(self._received) > MAX_REQUEST_BYTES:
            self._transport.abort()


def _first_request(received: bytes) -> int | None:
    """How many bytes the first request has; None while it is not whole."""
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return None
    head = received[:head_end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    size = head_end + len(_HEAD_END) + length
    return size if len(received) >= size else None


async def _serve(port: int, ready_file: Path | None) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(NullProtocol, "127.0.0.1", port, backlog=4_096)
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    if ready_file is not None:
        draft = ready_file.with_suffix(".tmp")
        draft.write_text(str(server.sockets[0].getsockname()[1]), encoding="utf-8")
        draft.rename(ready_file)
    await done.wait()
    server.close()


def serve(port: int = 0, ready_file: Path | None = None) -> None:
    """Serve on loopback until SIGTERM; the port is written to ``ready_file``."""
    uvloop.run(_serve(port, ready_file))
