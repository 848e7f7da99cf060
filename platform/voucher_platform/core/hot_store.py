"""Connections to Valkey or Redis. Never a silent second try: whoever calls decides what a lost reply means."""

from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import urlsplit

import hiredis
from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

_PORT = 6379


class Connect(Protocol):
    """What makes a client for a URL: ``connect``, or whatever stands for a store."""

    def __call__(self, url: str, *, timeout_seconds: float = ..., single: bool = ...) -> "Redis":
        """As ``connect``."""


class _PackingInC(Connection):
    """Packs its commands with hiredis, which redis-py does only for connections that are not asynchronous."""

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        """As redis-py's own."""
        return [b"".join([hiredis.pack_command(tuple(command)) for command in commands])]


# TLS and sockets of the file system have connections of their own, which redis-py chooses by the URL.
_BY_SCHEME: dict[str, dict[str, Any]] = {"redis": {"connection_class": _PackingInC}}


def connect(url: str, *, timeout_seconds: float = 2.0, single: bool = False) -> "Redis":
    """A client that never re-sends. ``single``: one connection of its own, for a protocol that counts on order."""
    return Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), retry_on_error=[], socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds, single_connection_client=single,
        **_BY_SCHEME.get(urlsplit(url).scheme, {}),
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
