"""What a node of a Valkey or Redis Cluster says of it, read without any I/O: which node holds each shard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.crc import key_slot

from voucher_platform.claims import keys

SLOTS = tuple(key_slot(keys.meta_key(shard).encode()) for shard in range(keys.SHARDS))


class NotCovered(Exception):
    """Some shard is held by no node: the cluster is being set up, or part of it is lost or cut off."""


@dataclass(frozen=True, order=True)
class Node:
    """Where a node listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class ClusterView:
    """The cluster as one node sees it. A node that was cut off sees an older one: ``epoch`` and ``healthy`` tell.

    ``epoch`` is the cluster's own (it rises with every failover) and has nothing to do with ours in SQL. ``holders``
    are by shard; ``alone`` are the primaries without a replica.
    """

    epoch: int
    healthy: bool
    holders: tuple[Node, ...]
    replicas: tuple[Node, ...]
    alone: tuple[Node, ...] = ()

    @property
    def primaries(self) -> tuple[Node, ...]:
        """The nodes that hold any shard."""
        return tuple(sorted(set(self.holders)))


def is_cluster(info: bytes) -> bool:
    """Whether the reply to ``INFO cluster`` is a cluster node's."""
    return _fields(info).get("cluster_enabled") == "1"


def read_view(*, info: bytes, slots: Sequence[Sequence[Any]], asked: Node) -> ClusterView:
    """The view in the replies of node ``asked`` to ``CLUSTER INFO`` and ``CLUSTER SLOTS``. Raises ``NotCovered``.

    A range of slots is ``[first, last, primary, replica, …]``, a node ``[host, port, id, …]``. A host that is empty,
    null or "?" is unknown to the node that answers: it is then the one it was asked under.
    """
    holders = tuple(_holder(slot, slots, asked) for slot in SLOTS)
    replicas = {_node(one, asked) for row in slots for one in row[3:]}
    alone = {_node(row[2], asked) for row in slots if len(row) == 3}
    told = _fields(info)
    return ClusterView(
        epoch=int(told.get("cluster_current_epoch", 0)), healthy=told.get("cluster_state") == "ok", holders=holders,
        replicas=tuple(sorted(replicas)), alone=tuple(sorted(alone)),
    )  # fmt: skip


def best_view(views: Sequence[ClusterView]) -> ClusterView:
    """Of what several nodes say, the newest of those that see a majority. Raises ``NotCovered`` if none does.

    A node that was cut off is never believed: who reaches nobody else would rebuild on it again and again, and each
    time take the epoch from those who judge on the other side.
    """
    healthy = [view for view in views if view.healthy]
    if not healthy:
        raise NotCovered("no node sees a majority of the cluster with every slot served")
    return max(healthy, key=lambda view: view.epoch)


def _holder(slot: int, slots: Sequence[Sequence[Any]], asked: Node) -> Node:
    for first, last, primary, *_ in slots:
        if first <= slot <= last:
            return _node(primary, asked)
    raise NotCovered(f"no node holds slot {slot}")


def _node(told: Sequence[Any], asked: Node) -> Node:
    host = (told[0] or b"").decode()
    return Node(asked.host if host in ("", "?") else host, int(told[1]))


def _fields(info: bytes) -> dict[str, str]:
    parts = (line.partition(":") for line in info.decode().splitlines())
    return {name: value for name, _, value in parts if value}
