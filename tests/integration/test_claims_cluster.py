"""What only a cluster can do to a claim: three servers hold the shards, and a shard moves."""

import asyncio
from collections.abc import Callable

import pytest

from tests.claim_invariants import check_invariants
from tests.claim_world import a_gate, ask, outcome, persistent, vouchers, world
from tests.hot_stores import Cluster, StoreProcess, journal_length
from voucher_platform.claims import keys
from voucher_platform.claims.cluster_view import SLOTS
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.hot_line import HotLine
from voucher_platform.claims.safety import UnsafeSettings
from voucher_platform.claims.scripts import CLAIM_PATH
from voucher_platform.core.hot_store import each_url, url_at

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("redis_url", ["cluster"], indirect=True)]
_QUOTA = 10_000
_RATES = '{"person": {"permits": 50, "window_ms": 60000}, "address": {"permits": 900, "window_ms": 60000}}'


@pytest.fixture
def cluster(other_stores: Callable[[str], StoreProcess | Cluster]) -> Cluster:
    found = other_stores("cluster")
    assert isinstance(found, Cluster)
    return found


async def test_batches_of_many_shards_are_claimed_on_three_primaries(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url, claim_deadline_ms=10_000) as made:
        batches = [await made.batch(quota=3, rates=_RATES) for _ in range(12)]
        async with a_gate(made) as one, a_gate(made) as two:
            assert len(one.opening.servers.each) == len({server.run_id for server in one.opening.servers.of}) == 3
            asks = [ask(batch, f"p{i}") for i in range(5) for batch in batches]
            answers = await asyncio.gather(*[persistent((one, two)[at % 2], a) for at, a in enumerate(asks)])
            assert len(set(vouchers(answers))) == 3 * len(batches)
            assert {answer for answer in answers if isinstance(answer, str)} == {"sold_out"}
            again = await asyncio.gather(*[persistent((two, one)[at % 2], a) for at, a in enumerate(asks)])
            assert vouchers(again) == vouchers(answers)
            await check_invariants(made.database)


async def test_a_url_whose_first_node_is_away_still_finds_the_cluster(database_url: str, redis_url: str) -> None:
    login = each_url(redis_url)[0]
    dead = url_at(login, "127.0.0.1", 1).removesuffix("/0")
    live = login.rpartition("@")[2].removesuffix("/0")
    async with world(database_url, f"{dead},{live}/0") as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            assert isinstance(await outcome(gate, ask(batch, "a")), ClaimResult)
            assert gate.lines.view is not None
            assert len(gate.lines.view.primaries) == 3


async def test_the_limiter_keeps_no_queue_for_a_server_that_holds_nothing_any_more(
    database_url: str, redis_url: str, cluster: Cluster
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=2, rates=_RATES)
        async with a_gate(made) as gate:
            limiter = gate.limiter
            # As it was before this gate heard of the cluster's map: one server of another name holds every shard.
            limiter._lines.present = limiter._lines._single(each_url(redis_url)[0].replace("127.0.0.1", "localhost"))
            await outcome(gate, ask(batch, "a"))
            (former,) = limiter._rounds
            await limiter._lines.refresh()
            assert isinstance(await persistent(gate, ask(batch, "b")), ClaimResult)
            assert former not in limiter._rounds
            assert len(limiter._rounds) == 1


async def test_one_node_that_evicts_is_named_and_nothing_starts_on_it(
    database_url: str, redis_url: str, cluster: Cluster
) -> None:
    node = cluster.nodes[2]
    node.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        async with world(database_url, redis_url) as made:
            gate = Gate(made.core())
            with pytest.raises(UnsafeSettings) as refused:
                await gate.start()
            await gate.stop()
    finally:
        node.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert str(refused.value) == f"hot_store[127.0.0.1:{node.port}].maxmemory-policy=allkeys-lru"


@pytest.mark.slow
async def test_a_shard_moved_to_another_node_in_the_rush_costs_no_claim_and_issues_none_twice(
    database_url: str, redis_url: str, cluster: Cluster
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=_QUOTA)
        shard = keys.shard_of(await made.number("SELECT number FROM batch"))
        source = cluster.primary_of(keys.meta_key(shard))
        target = next(node for node in cluster.nodes if node is not source)
        async with a_gate(made) as one, a_gate(made) as two:
            epoch, run_id = one.opening.epoch, one.opening.servers.of[shard].run_id
            moving = asyncio.create_task(asyncio.to_thread(cluster.move_slot, SLOTS[shard], source, target))
            people = 0
            granted: list[str] = []
            # Twenty at a time, for as long as it moves and once more after that.
            while people < _QUOTA:
                moved = moving.done()
                asks = [ask(batch, f"p{people + i}") for i in range(20)]
                people += len(asks)
                granted += vouchers(
                    await asyncio.gather(*[persistent((one, two)[i % 2], a, seconds=60) for i, a in enumerate(asks)])
                )
                if moved:
                    break
            await moving
            assert len(set(granted)) == len(granted) == people
            assert await made.number("SELECT issued FROM batch_stock") == people
            assert one.opening.epoch > epoch
            assert one.opening.servers.of[shard].run_id != run_id
            await check_invariants(made.database)


async def test_a_node_that_does_not_hold_the_shard_refuses_and_executes_nothing(
    database_url: str, redis_url: str, cluster: Cluster
) -> None:
    """The reply that a gate with an old map gets: an error, whatever epoch and run id it brings."""
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=5)
        number = await made.number("SELECT number FROM batch")
        shard = keys.shard_of(number)
        async with a_gate(made) as gate:
            assert isinstance(await outcome(gate, ask(batch, "a")), ClaimResult)
            stranger = _another(cluster, shard)
            line = HotLine(stranger.url, CLAIM_PATH)
            right = gate.opening.servers.of[shard]
            names = [
                keys.meta_key(shard), keys.journal_key(shard), keys.stock_key(number, gate.opening.epoch),
                keys.persons_key(number, gate.opening.epoch),
            ]  # fmt: skip
            claim = right.call(CLAIM_PATH[0], names, gate.opening.epoch, 1, "b", b"12345678", 1, b"payload")
            (reply,) = await line.ask(claim)
            await line.close()
            assert type(reply).__name__ == "MovedError"
            (issued,) = await right.ask(["HGET", names[2], "issued"])
            assert issued == b"1"
        assert journal_length(redis_url) == 0


def _another(cluster: Cluster, shard: int) -> StoreProcess:
    holder = cluster.primary_of(keys.meta_key(shard))
    return next(node for node in cluster.nodes if node is not holder)
