"""Many requests at once from one process: a connection pool under gevent and a bound on what is in flight."""

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import urlsplit

from gevent.pool import Pool
from geventhttpclient import HTTPClient

CONNECTIONS = 96
RETRIES = 30
_TIMEOUT_S = 20.0

Item = TypeVar("Item")


def open_wires(target: str, connections: int = CONNECTIONS) -> HTTPClient:
    """A pool of kept-alive connections to ``http(s)://host:port``. Raises ValueError for another address."""
    parts = urlsplit(target)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"the target must be http://host:port, not {target!r}")
    return HTTPClient(
        parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), ssl=parts.scheme == "https",
        concurrency=connections, connection_timeout=_TIMEOUT_S, network_timeout=_TIMEOUT_S,
    )  # fmt: skip


def all_at_once(act: Callable[[Item], None], items: Iterable[Item], *, most: int = CONNECTIONS) -> None:
    """Run ``act`` on every item, at most ``most`` at a time; the first exception of one ends the whole."""
    pool = Pool(most)
    greenlets = [pool.spawn(act, item) for item in items]
    pool.join()
    for greenlet in greenlets:
        greenlet.get()


def tell(line: str) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
