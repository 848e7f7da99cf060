"""Connections to Valkey or Redis. Never a silent second try: whoever calls decides what a lost reply means."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def connect(url: str, *, timeout_seconds: float = 2.0, single: bool = False) -> "Redis":
    """A client that never re-sends. ``single``: one connection of its own, for a protocol that counts on order."""
    return Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), retry_on_error=[], socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds, single_connection_client=single,
    )  # fmt: skip
