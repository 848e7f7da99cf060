"""The connection of a load generator to its target, and operations that must succeed before load can start."""

from typing import TypeVar
from urllib.parse import urlsplit

from geventhttpclient import HTTPClient
from pydantic import BaseModel

from voucher_contract.drivers.gevent_driver import run
from voucher_contract.operations.protocol import Call
from voucher_contract.operations.request import perform
from voucher_contract.routes import Route

_TIMEOUT_S = 30.0
_RETRIES = 10
Answer = TypeVar("Answer", bound=BaseModel)


class CannotStart(Exception):
    """The load cannot be prepared; the text says why."""


def open_wires(host: str, connections: int) -> HTTPClient:
    """A pool of kept-alive connections to ``http(s)://host:port``. Raises CannotStart for another address."""
    parts = urlsplit(host)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CannotStart(f"--host must be http(s)://host:port, not {host!r}")
    secure = parts.scheme == "https"
    return HTTPClient(
        parts.hostname,
        parts.port or (443 if secure else 80),
        ssl=secure,
        concurrency=connections,
        connection_timeout=_TIMEOUT_S,
        network_timeout=_TIMEOUT_S,
    )


def must(client: HTTPClient, route: Route, request: Call, answer: type[Answer]) -> Answer:
    """Do one operation. Raises CannotStart when it does not succeed."""
    outcome = run(perform(route, request, retries=_RETRIES), client)
    if outcome.kind == "ok" and isinstance(outcome.value, answer):
        return outcome.value
    raise CannotStart(f"{route.name}: {outcome.status} {outcome.code or outcome.kind} {outcome.raw[:300]!r}")
