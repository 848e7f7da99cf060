"""Connections of the benchmark's own generator: one request under way on each, replies told apart by their status.

Bare sockets under one epoll: a client library would cost more than the servers that are measured.
"""

import select
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

_BLOCK = 65_536
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class BrokenReply(Exception):
    """A connection ended, or brought what is no reply."""


class Wire:
    """One connection. ``request`` is the number of the request under way on it."""

    __slots__ = ("_received", "number", "request", "socket")

    def __init__(self, opened: socket.socket) -> None:
        self.socket, self.number, self.request, self._received = opened, opened.fileno(), -1, b""

    def read(self) -> int:
        """The status of the reply once it is whole, else 0. Raises BrokenReply."""
        try:
            block = self.socket.recv(_BLOCK)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise BrokenReply(str(error)) from error
        if not block:
            raise BrokenReply("closed without a reply")
        self._received += block
        status = reply_status(self._received)
        if status:
            self._received = b""
        return status


def reply_status(received: bytes) -> int:
    """The status of one whole reply, 0 while it is not whole. Raises BrokenReply for more than one, or no HTTP/1.1."""
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return 0
    if not received.startswith(b"HTTP/1.1 "):
        raise BrokenReply(received[:40].decode("latin-1"))
    head = received[:head_end].lower()
    at = head.find(_LENGTH)
    if at < 0:
        raise BrokenReply("a reply without its length")
    missing = head_end + len(_HEAD_END) + int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) - len(received)
    if missing < 0:
        raise BrokenReply("more than one reply to one request")
    return 0 if missing else int(received[9:12])


class Wires:
    """All connections to one server, watched together."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._poll = select.epoll()
        self._by_number: dict[int, Wire] = {}

    def __len__(self) -> int:
        return len(self._by_number)

    def open(self) -> Wire:
        """One more connection. Raises OSError."""
        opened = socket.create_connection(self._address)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        wire = self._by_number[opened.fileno()] = Wire(opened)
        self._poll.register(opened.fileno(), select.EPOLLIN)
        return wire

    def drop(self, wire: Wire) -> None:
        """End a connection."""
        self._poll.unregister(wire.number)
        del self._by_number[wire.number]
        wire.socket.close()

    def ready(self, seconds: float) -> Iterator[Wire]:
        """Those that can be read, waiting at most so long: to the microsecond, which epoll itself cannot."""
        if seconds > 0:
            select.select([self._poll], [], [], seconds)
        for number, _ in self._poll.poll(0):
            yield self._by_number[number]

    def close(self) -> None:
        """End all connections."""
        for wire in list(self._by_number.values()):
            self.drop(wire)
        self._poll.close()
