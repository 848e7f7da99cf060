"""What there is to see of the Valkey or Redis at a URL: one server, or every node of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from voucher_platform.claims.cluster_view import ClusterView, Node, read_view
from voucher_platform.core.hot_store import each_url, host_and_port, url_at

_TIMEOUT_S = 5
_ASKED = ("maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite")


@dataclass(frozen=True)
class SeenServer:
    """One server that answered: `place` is host:port, `settings` is empty where it hides them."""

    place: str
    information: Mapping[str, Any]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Sight:
    """`view` is None for a single server. `silent`: nodes the cluster names that do not answer, as host:port."""

    servers: tuple[SeenServer, ...]
    view: ClusterView | None = None
    silent: tuple[str, ...] = ()

    def in_words(self) -> str:
        """`127.0.0.1:6379`, or `a cluster of 3 primaries and 3 replicas: …`."""
        if self.view is None:
            return self.servers[0].place
        primaries = ", ".join(str(node) for node in self.view.primaries)
        return f"a cluster of {len(self.view.primaries)} primaries and {len(self.view.replicas)} replicas: {primaries}"


def see(redis_url: str) -> Sight:
    """Raises redis.RedisError, OSError or ValueError when no host of the URL answers; NotCovered: half a cluster."""
    urls = each_url(redis_url)
    for url in urls[:-1]:
        try:
            return _see_from(url)
        except (redis.RedisError, OSError):
            continue
    return _see_from(urls[-1])


def _see_from(url: str) -> Sight:
    host, port = host_and_port(url)
    with _client(url) as client:
        cluster: Any = client.info("cluster")
        if not cluster.get("cluster_enabled"):
            return Sight((_server(f"{host}:{port}", client),))
        # Words apart: under its two-word name the client would parse the reply.
        info, slots = client.execute_command("CLUSTER", "INFO"), client.execute_command("CLUSTER", "SLOTS")
    view = read_view(info=info, slots=slots, asked=Node(host, port))
    seen, silent = [], []
    for node in (*view.primaries, *view.replicas):
        try:
            with _client(url_at(url, node.host, node.port)) as client:
                seen.append(_server(str(node), client))
        except (redis.RedisError, OSError):
            silent.append(str(node))
    return Sight(tuple(seen), view, tuple(silent))


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )


def _server(place: str, client: redis.Redis) -> SeenServer:
    information: Any = client.info("server")
    try:
        told: Any = client.config_get(*_ASKED)
    except redis.ResponseError:
        # Managed servers forbid CONFIG.
        told = {}
    return SeenServer(place, information, {_text(name): _text(value) for name, value in told.items()})


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
