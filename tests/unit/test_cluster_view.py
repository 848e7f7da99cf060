"""Which node holds each shard, read from what a node replies."""

from typing import Any

import pytest

from voucher_platform.claims import keys
from voucher_platform.claims.cluster_view import SLOTS, ClusterView, Node, NotCovered, best_view, is_cluster, read_view
from voucher_platform.core.hot_store import each_url, host_and_port, url_at

ASKED = Node("10.0.0.1", 7001)
INFO = b"cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_current_epoch:6\r\n"
THREE: list[Any] = [
    [0, 5460, [b"10.0.0.1", 7001, b"id1", []], [b"10.0.0.4", 7004, b"id4", []]],
    [5461, 10922, [b"10.0.0.2", 7002, b"id2", []]],
    [10923, 16383, [b"10.0.0.3", 7003, b"id3", []], [b"10.0.0.5", 7005, b"id5", []]],
]


def view(*, epoch: int = 1, healthy: bool = True) -> ClusterView:
    return ClusterView(epoch, healthy, (ASKED,) * keys.SHARDS, ())


def test_every_shard_is_held_by_the_primary_of_its_slot() -> None:
    seen = read_view(info=INFO, slots=THREE, asked=ASKED)
    for shard, slot in enumerate(SLOTS):
        assert seen.holders[shard] == Node(f"10.0.0.{1 + (slot > 5460) + (slot > 10922)}", 7001 + slot // 5461)
    assert seen.primaries == (Node("10.0.0.1", 7001), Node("10.0.0.2", 7002), Node("10.0.0.3", 7003))
    assert seen.replicas == (Node("10.0.0.4", 7004), Node("10.0.0.5", 7005))
    assert seen.alone == (Node("10.0.0.2", 7002),)
    assert (seen.epoch, seen.healthy) == (6, True)


def test_all_keys_of_a_shard_lie_in_its_slot() -> None:
    from redis.crc import key_slot

    for number in (3, 3 + keys.SHARDS):
        names = (
            keys.meta_key(3), keys.journal_key(3), keys.stock_key(number, 9), keys.persons_key(number, 9),
            keys.limit_key(3, number, "person"),
        )  # fmt: skip
        assert {key_slot(name.encode()) for name in names} == {SLOTS[3]}


def test_each_of_three_primaries_gets_a_share_of_the_shards() -> None:
    holders = read_view(info=INFO, slots=THREE, asked=ASKED).holders
    assert min(holders.count(node) for node in set(holders)) >= keys.SHARDS // 5


@pytest.mark.parametrize("unknown", [b"", None, b"?"])
def test_a_node_that_does_not_know_its_own_host_is_where_it_was_asked(unknown: bytes | None) -> None:
    seen = read_view(info=INFO, slots=[[0, 16383, [unknown, 7009, b"id", []]]], asked=ASKED)
    assert seen.primaries == (Node("10.0.0.1", 7009),)


def test_a_shard_whose_slot_nobody_holds_is_an_error_that_names_the_slot() -> None:
    with pytest.raises(NotCovered, match=r"no node holds slot \d+"):
        read_view(info=INFO, slots=THREE[:2], asked=ASKED)


def test_a_node_cut_off_from_the_majority_is_not_believed() -> None:
    cut_off, old, new = view(epoch=9, healthy=False), view(epoch=3), view(epoch=4)
    assert best_view([cut_off, old, new]) is new
    with pytest.raises(NotCovered, match="majority"):
        best_view([cut_off])


@pytest.mark.parametrize(
    ("told", "cluster"), [(b"# Cluster\r\ncluster_enabled:1\r\n", True), (b"# Cluster\r\n", False)]
)
def test_the_server_tells_whether_it_is_a_cluster(told: bytes, cluster: bool) -> None:
    assert is_cluster(told) is cluster
    assert not is_cluster(b"# Cluster\r\ncluster_enabled:0\r\n")


def test_a_url_may_name_several_nodes_under_one_login() -> None:
    url = "redis://app:p%40ss@one:7001,two:7002,[::1]:7003/0"
    assert each_url(url) == (
        "redis://app:p%40ss@one:7001/0", "redis://app:p%40ss@two:7002/0", "redis://app:p%40ss@[::1]:7003/0",
    )  # fmt: skip
    assert each_url("redis://one:7001/0") == ("redis://one:7001/0",)
    assert url_at(url, "three", 7004) == "redis://app:p%40ss@three:7004/0"
    assert url_at("rediss://one", "::1", 7005) == "rediss://[::1]:7005"
    assert host_and_port("redis://:secret@one/0") == ("one", 6379)
