"""Kept connections to one target: the one used last is used next, and only that one is looked at before a request.

httpx itself looks at every connection of its pool at every request, and builds objects that a transcript does not
need: that was half of what a functional case costs. The HTTP below is httpcore's, as it is below httpx.
"""

import asyncio
import ssl
from functools import lru_cache
from types import MappingProxyType

import httpcore
import httpx

from voucher_contract.operations.protocol import Call, Reply

# As with httpx: a connection that was idle for longer may be closed by the other side at any moment.
_KEPT_IDLE_S = 5.0
_NEVER_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout)
_FAILED = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_USUAL = MappingProxyType({"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "voucherlab"})


class Connections:
    """At most ``most`` connections to ``base_url``; whoever comes when all are busy waits for one to be free."""

    def __init__(self, base_url: str, *, timeout_s: float, most: int, trusted: ssl.SSLContext) -> None:
        url = httpx.URL(base_url)
        self._base = str(url).rstrip("/")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        self._origin = httpcore.Origin(url.raw_scheme, url.raw_host, port)
        self._host = url.netloc
        self._trusted = trusted
        self._extensions = {"timeout": dict.fromkeys(("connect", "read", "write"), timeout_s)}
        self._room = asyncio.Semaphore(most)
        self._idle: list[httpcore.AsyncHTTPConnection] = []

    async def exchange(self, call: Call) -> Reply:
        """Send ``call`` once. A reply of status 0 tells that no complete one came, and why in its body."""
        request = self._request(call)
        async with self._room:
            connection = await self._free()
            try:
                response = await connection.handle_async_request(request)
                body = await response.aread()
                await response.aclose()
            except _FAILED as error:
                return Reply(0, {}, str(error).encode(), sent=not isinstance(error, _NEVER_SENT))
            finally:
                await self._keep(connection)
        return Reply(response.status, dict(httpx.Headers(response.headers).items()), body)

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop().aclose()

    async def _free(self) -> httpcore.AsyncHTTPConnection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(self._origin, ssl_context=self._trusted, keepalive_expiry=_KEPT_IDLE_S)

    async def _keep(self, connection: httpcore.AsyncHTTPConnection) -> None:
        if connection.is_idle() and connection.is_available():
            self._idle.append(connection)
        else:
            await connection.aclose()

    def _request(self, call: Call) -> httpcore.Request:
        own = {name.lower() for name in call.headers}
        headers = [(name.encode(), value.encode()) for name, value in call.headers.items()]
        headers += [(name.encode(), value.encode()) for name, value in _USUAL.items() if name.lower() not in own]
        content = call.body or b""
        if (content or call.method in _WITH_A_BODY) and not own & {"content-length", "transfer-encoding"}:
            headers.append((b"Content-Length", str(len(content)).encode()))
        return httpcore.Request(
            call.method,
            httpcore.URL(
                scheme=self._origin.scheme, host=self._origin.host, port=self._origin.port,
                target=_target(self._base + call.path),
            ),
            headers=[(b"Host", self._host), *headers],
            content=content,
            extensions=self._extensions,
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _target(url: str) -> bytes:
    """Path and query as they go over the wire; what may not stand in them is escaped."""
    return httpx.URL(url).raw_path
