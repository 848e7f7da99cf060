"""Connections to Valkey or Redis. Never a silent second try: whoever calls decides what a lost reply means."""

from typing import Protocol
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

_PORT = 6379


class Connect(Protocol):
    """What makes a client for a URL: ``connect``, or whatever stands for a store."""

    def __call__(self, url: str, *, timeout_seconds: float = ..., single: bool = ...) -> "Redis":
        """As ``connect``."""


def connect(url: str, *, timeout_seconds: float = 2.0, single: bool = False) -> "Redis":
    """A client that never re-sends. ``single``: one connection of its own, for a protocol that counts on order."""
    return Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), retry_on_error=[], socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds, single_connection_client=single,
    )  # fmt: skip


def each_url(url: str) -> tuple[str, ...]:
    """One URL a host: ``redis://:password@one:7001,two:7002`` names several nodes of a cluster under one login."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    return tuple(parts._replace(netloc=f"{login}{at}{host}").geturl() for host in hosts.split(","))


def url_at(url: str, host: str, port: int) -> str:
    """``url`` with its scheme and login, at another host."""
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    place = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{login}{at}{place}:{port}").geturl()


def host_and_port(url: str) -> tuple[str, int]:
    """Where a URL of one host points; never its login."""
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or _PORT
