"""A request as ASGI brings it: headers, the body within its limit, and which part of the vendor it came to."""

import itertools
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_DROPPED_AT_MOST = 16


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is known before anything is judged. ``worker`` is chosen once a connection, as a kernel would."""

    method: str
    path: str
    raw_path: str
    query: bytes
    headers: dict[bytes, bytes]
    connection: str
    address: str
    worker: int

    def header(self, name: bytes) -> str | None:
        """A header's value as text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Reception:
    """Numbers connections as they first appear."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._numbers = itertools.count()
        self._known: dict[str, int] = {}

    def take(self, scope: Scope) -> Incoming:
        """The request of an ASGI scope."""
        host, port = scope.get("client") or ("", 0)
        connection = f"{host}:{port}"
        number = self._known.get(connection)
        if number is None:
            number = self._known[connection] = next(self._numbers)
        raw = scope.get("raw_path") or scope["path"].encode()
        return Incoming(
            scope["method"], scope["path"], raw.decode("latin-1"), scope["query_string"], dict(scope["headers"]),
            connection, host, number % self._workers,
        )  # fmt: skip


async def read_body(incoming: Incoming, receive: Receive, limit: int) -> bytes:
    """The whole body. Refuses ``body_too_large`` above ``limit`` bytes, declared or not.

    What is too large is still read, and dropped: a client that is hung up on while it sends never sees the refusal.
    """
    parts: list[bytes] = []
    declared = incoming.headers.get(b"content-length", b"0")
    size, more, kept = 0, True, int(declared) <= limit
    while more and size <= _DROPPED_AT_MOST * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        part = message.get("body", b"")
        size += len(part)
        kept = kept and size <= limit
        if kept:
            parts.append(part)
        more = message.get("more_body", False)
    if not kept:
        raise Refused(refusals.BODY_TOO_LARGE, f"at most {limit} bytes")
    return b"".join(parts)
