"""Connections of a load generator: each request leaves at most once, and nothing is ever sent again unasked.

geventhttpclient's own client repeats a GET whose connection was closed, as often as its pool is large, and its pool
can block a sender. Here its parser is used, over sockets of our own: one ``exchange``, one request on the wire.
"""

import contextlib
import time
from typing import Any
from urllib.parse import urlsplit

import gevent.socket
import gevent.ssl
from gevent.monkey import get_original
from geventhttpclient.response import HTTPParseError, HTTPResponse

from voucher_contract.operations.protocol import Call, Reply

_poll = get_original("select", "poll")
_POLLIN = 1
_BLOCK = 65_536
MAX_REPLY_BYTES = 16_000_000
Socket = gevent.socket.socket
Address = tuple[Any, ...]


class CannotConnect(OSError):
    """No connection: not a byte of a request has left."""


class CannotStart(Exception):
    """The load cannot be prepared; the text says why."""


class Wires:
    """Kept-alive connections to ``http(s)://host:port``. There is no bound here: the sender caps what is in flight.

    TLS is verified against the system's authorities, or those of ``ca_file``.
    """

    def __init__(self, base_url: str, *, timeout_s: float, ca_file: str | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CannotStart(f"--host must be http(s)://host:port, not {base_url!r}")
        self._host, self._timeout_s = parts.hostname, timeout_s
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = gevent.ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._head = f"Host: {parts.netloc.rpartition('@')[2]}\r\n"
        self._idle: list[Socket] = []
        self._addresses: list[tuple[int, Address]] = []

    def raw(self, call: Call) -> bytes:
        """The bytes of a request, made before its time."""
        body = call.body or b""
        lines = [f"{call.method} {call.path} HTTP/1.1\r\n", self._head]
        lines += [f"{name}: {value}\r\n" for name, value in call.headers.items()]
        if body or call.method != "GET":
            lines.append(f"Content-Length: {len(body)}\r\n")
        return "".join([*lines, "\r\n"]).encode("latin-1") + body

    def take(self) -> Socket:
        """A connection that nobody uses. Raises CannotConnect."""
        while self._idle:
            kept = self._idle.pop()
            if _is_quiet(kept):
                return kept
            kept.close()  # closed by the other side while it lay idle
        return self._connect()

    def exchange(self, connection: Socket, raw: bytes, method: str) -> Reply:
        """Send ``raw`` once and read the reply; the connection is kept if it may be. Network errors are status 0."""
        end_s = time.monotonic() + self._timeout_s
        try:
            connection.sendall(raw)
            reply, keep = _read(connection, method, end_s)
        except (OSError, HTTPParseError, ValueError) as error:
            connection.close()
            return Reply(0, {}, str(error).encode())
        except BaseException:  # a killed greenlet must not leave a half-read connection behind
            connection.close()
            raise
        if keep:
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def warm(self, connections: int) -> None:
        """Find the address and open some connections before the first is needed. What fails now fails again later."""
        with contextlib.suppress(CannotConnect):
            for _ in range(connections):
                self._idle.append(self._connect())

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> Socket:
        failure: OSError | None = None
        try:
            addresses = self._addresses = self._addresses or _resolve(self._host, self._port)
        except OSError as error:
            raise CannotConnect(f"{self._host}: {error}") from error
        for family, address in addresses:
            connection = gevent.socket.socket(family, gevent.socket.SOCK_STREAM)
            try:
                connection.settimeout(self._timeout_s)
                connection.connect(address)
                connection.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
                return self._secured(connection)
            except OSError as error:
                connection.close()
                failure = error
        raise CannotConnect(f"{self._host}:{self._port}: {failure}") from failure

    def _secured(self, connection: Socket) -> Socket:
        if self._tls is None:
            return connection
        try:
            secured: Socket = self._tls.wrap_socket(connection, server_hostname=self._host)
        except BaseException:
            connection.close()
            raise
        return secured


def _resolve(host: str, port: int) -> list[tuple[int, Address]]:
    found = gevent.socket.getaddrinfo(host, port, 0, gevent.socket.SOCK_STREAM)
    return [(int(family), address) for family, _, _, _, address in found]


def _is_quiet(connection: Socket) -> bool:
    """Whether an idle connection is still open: a closed one can be read from. ``select`` ends at 1,024 files."""
    watch = _poll()
    watch.register(connection.fileno(), _POLLIN)
    return not watch.poll(0)


def _read(connection: Socket, method: str, end_s: float) -> tuple[Reply, bool]:
    parser = HTTPResponse(method=method)
    size = 0
    while not parser.message_complete or parser.get_code() < 200:
        if time.monotonic() > end_s:
            raise TimeoutError("the reply takes too long")
        block = connection.recv(_BLOCK)
        size += len(block)
        if size > MAX_REPLY_BYTES:
            raise ValueError(f"the reply is larger than {MAX_REPLY_BYTES} bytes")
        parser.feed(block)  # nothing more to come completes the message, or raises
        if not block:
            break
    if not parser.message_complete:
        raise ConnectionResetError("closed without a complete reply")
    headers = {name.lower(): value for name, value in parser.items()}
    return Reply(parser.status_code, headers, bytes(parser._body_buffer)), not parser.should_close()  # noqa: SLF001
