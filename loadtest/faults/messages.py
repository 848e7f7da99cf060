"""HTTP/1.1 messages as bytes: just enough to know where one ends."""

import asyncio
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 64_000_000


class BadMessage(ValueError):
    """Not HTTP/1.1 as this proxy knows it."""


@dataclass(frozen=True)
class Message:
    """Head with its empty line, and body, as they came. ``closes``: the connection ends with it."""

    head: bytes
    body: bytes
    closes: bool = False

    @property
    def raw(self) -> bytes:
        """Both."""
        return self.head + self.body


def field(head: bytes, name: bytes) -> bytes | None:
    """A header field's value in lower case, None where it is missing."""
    for line in head.split(b"\r\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name:
            return value.strip().lower()
    return None


def with_host(head: bytes, host: bytes) -> bytes:
    """The head with another Host: the target must see its own name."""
    lines = head.split(b"\r\n")
    return b"\r\n".join(b"Host: " + host if line.lower().startswith(b"host:") else line for line in lines)


async def read_request(reader: asyncio.StreamReader) -> Message | None:
    """The next request of a connection; None at its end. Raises BadMessage."""
    head = await _head(reader)
    if head is None:
        return None
    if field(head, b"transfer-encoding") is not None:
        raise BadMessage("a request in chunks")
    return Message(head, await _sized(reader, head))


async def read_reply(reader: asyncio.StreamReader) -> Message:
    """The next final reply; interim ones stay in front of it. Raises BadMessage, also where the upstream closed."""
    before = b""
    while True:
        head = await _head(reader)
        if head is None:
            raise BadMessage("closed without a reply")
        status = int(head.split(b" ", 2)[1])
        if status >= 200:
            break
        before += head
    if status in {204, 304}:
        body, closes = b"", False
    elif field(head, b"transfer-encoding") == b"chunked":
        body, closes = await _chunks(reader), False
    elif field(head, b"content-length") is not None:
        body, closes = await _sized(reader, head), False
    else:
        body, closes = await reader.read(MAX_BODY_BYTES), True
    return Message(before + head, body, closes or field(head, b"connection") == b"close")


async def _head(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(_HEAD_END)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadMessage("closed within a head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadMessage("a head too long") from error


async def _sized(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = int(field(head, b"content-length") or 0)
    if length > MAX_BODY_BYTES:
        raise BadMessage("a body too long")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise BadMessage("closed within a body") from error


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while sum(map(len, parts)) < MAX_BODY_BYTES:
        try:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            data = await reader.readexactly(size + 2)
        except asyncio.IncompleteReadError as error:
            raise BadMessage("closed within a chunk") from error
        parts += [line, data]
        if size == 0:
            return b"".join(parts)
    raise BadMessage("a body too long")
