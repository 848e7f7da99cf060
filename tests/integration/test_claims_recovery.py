"""The hot store is emptied, restarted or left half-way: nothing acknowledged is lost, nothing is oversold."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.claim_invariants import check_invariants
from tests.claim_world import a_gate, ask, outcome, persistent, vouchers, world
from tests.hot_stores import (
    STORES,
    Cluster,
    StoreProcess,
    cut_every_connection,
    delete_matching,
    empty,
    journal_length,
    make_store,
    names_matching,
    running,
)
from voucher_platform.claims import keys
from voucher_platform.claims.commit import Money, StaleEpoch, commit_wins
from voucher_platform.claims.course import ClaimResult, Course
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.janitor import Janitor
from voucher_platform.claims.judge import Verdict
from voucher_platform.claims.rebuild import raise_epoch
from voucher_platform.claims.rules import Asked

pytestmark = [pytest.mark.asyncio, pytest.mark.every_store]


async def judged_only(gate: Gate, asked: Asked) -> tuple[Course, Verdict]:
    """A claim whose process dies between EVALSHA and COMMIT: the store has its slot, SQL knows nothing."""
    terms = gate.catalogue.get(asked.batch_id)
    assert terms is not None
    course = Course(gate._means, terms, asked, asyncio.get_running_loop().time() + 2)
    verdict = await course._judged()
    assert verdict is not None
    assert verdict.kind == "won"
    return course, verdict


async def test_flushall_in_the_rush_loses_nothing_and_oversells_nothing(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=200)
        async with a_gate(made) as one, a_gate(made) as two:
            rush = [
                asyncio.create_task(persistent((one, two)[i % 2], ask(batch, f"p{i}"), seconds=30)) for i in range(400)
            ]
            for _ in range(3):
                await asyncio.sleep(0.1)
                empty(redis_url)
            answers = await asyncio.gather(*rush)
            assert len(set(vouchers(answers))) == 200
            assert [a for a in answers if isinstance(a, str)] == ["sold_out"] * 200
            await check_invariants(made.database)
            assert await made.number("SELECT epoch FROM platform_state") > 1


@pytest.fixture(params=STORES)
def own_store(request: pytest.FixtureRequest, short_tmp: Path) -> Iterator[StoreProcess | Cluster]:
    """A store of this test's own."""
    with running(make_store(request.param, short_tmp)) as (store,):
        yield store


def restart(store: StoreProcess | Cluster, key: str) -> None:
    """End in order and start again the server that holds ``key``."""
    server = store.primary_of(key) if isinstance(store, Cluster) else store
    server.stop()
    server.start()


async def test_a_restarted_store_has_another_run_id_and_is_rebuilt(
    database_url: str, own_store: StoreProcess | Cluster
) -> None:
    async with world(database_url, own_store.url) as made:
        batch = await made.batch(quota=3)
        async with a_gate(made) as gate:
            first = ask(batch, "a")
            granted = await gate.claim(first)
            asked = ask(batch, "b")
            await judged_only(gate, asked)
            shard = keys.shard_of(await made.number("SELECT number FROM batch"))
            epoch, run_id = gate.opening.epoch, gate.opening.servers.of[shard].run_id
            await asyncio.to_thread(restart, own_store, keys.meta_key(shard))
            assert isinstance(await persistent(gate, ask(batch, "c")), ClaimResult)
            assert gate.opening.epoch > epoch
            assert gate.opening.servers.of[shard].run_id != run_id
            # The win that was only journalled came through the restart, and was drained before the rebuild.
            assert await made.number("SELECT count(*) FROM voucher WHERE person_id = 'b'") == 1
            assert (await gate.claim(first)).row.id == granted.row.id
            assert await outcome(gate, ask(batch, "d")) == "sold_out"
            await check_invariants(made.database)


async def test_a_win_of_an_old_epoch_cannot_be_committed(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=2)
        async with a_gate(made) as gate:
            course, verdict = await judged_only(gate, ask(batch, "slow"))
            await raise_epoch(made.database)
            win = course._win.placed(seq=verdict.seq, nth=verdict.nth, journal_id=verdict.journal_id)
            money = Money(made.campaign, batch, 3_000)
            with pytest.raises(StaleEpoch):
                await commit_wins(made.database, money=money, wins=[win], epoch=verdict.epoch)
            assert await made.number("SELECT count(*) FROM voucher") == 0
            assert isinstance(await persistent(gate, ask(batch, "next")), ClaimResult)
            await check_invariants(made.database)


async def test_the_janitor_finishes_what_a_dead_process_left_and_may_run_twice(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url, journal_grace_ms=100) as made:
        batch = await made.batch(quota=5)
        async with a_gate(made) as gate:
            asked = ask(batch, "p")
            await judged_only(gate, asked)
            pending = await gate.find(asked)
            assert pending.row is None
            first, second = Janitor(made.core()), Janitor(made.core())
            for janitor in (first, second):
                await janitor.start()
            await asyncio.sleep(0.2)
            await asyncio.gather(first.round(), second.round())
            assert await second.round() == 0
            for janitor in (first, second):
                await janitor.stop()
            assert journal_length(redis_url) == 0
            found = await gate.find(asked)
            assert found.row is not None
            assert (await gate.claim(asked)).row.id == found.row.id
            await check_invariants(made.database)


async def test_the_janitor_does_not_wait_for_a_store_whose_clock_was_put_back(
    database_url: str, redis_url: str
) -> None:
    """A stream's ids never go back, so all that comes after such a jump lies ahead of the store's clock."""
    async with world(database_url, redis_url, journal_grace_ms=100) as made:
        batch = await made.batch(quota=5)
        async with a_gate(made) as gate:
            two_hours_ahead = f"{int((time.time() + 7_200) * 1000)}-0"
            for shard in range(keys.SHARDS):
                journal = keys.journal_key(shard)
                server = gate.opening.servers.of[shard]
                await server.ask(["XADD", journal, two_hours_ahead, "a", "b"], ["XDEL", journal, two_hours_ahead])
            await judged_only(gate, ask(batch, "p"))
            janitor = Janitor(made.core())
            await janitor.start()
            await asyncio.sleep(0.3)
            assert await janitor.round() == 1
            await janitor.stop()
            assert journal_length(redis_url) == 0
            assert await made.number("SELECT count(*) FROM voucher WHERE person_id = 'p'") == 1
            await check_invariants(made.database)


async def test_a_repeat_finishes_the_claim_of_a_dead_process_at_once(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as one, a_gate(made) as two:
            asked = ask(batch, "p")
            await judged_only(one, asked)
            assert isinstance(await outcome(two, asked), ClaimResult)
            await check_invariants(made.database)


async def test_sold_out_is_never_said_before_the_quota_is_committed(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url, claim_deadline_ms=400) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            asked = ask(batch, "winner")
            await judged_only(gate, asked)
            assert await outcome(gate, ask(batch, "loser")) == "overloaded"
            assert isinstance(await outcome(gate, asked), ClaimResult)
            assert await outcome(gate, ask(batch, "loser")) == "sold_out"


async def test_a_slow_commit_is_pending_and_then_there(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url, claim_deadline_ms=300) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            asked = ask(batch, "p")
            from sqlalchemy import text

            async with made.database.transaction() as holder:
                await holder.execute(text("SELECT 1 FROM batch_stock WHERE batch_id = :b FOR UPDATE"), {"b": batch})
                late = await gate.claim(asked)
                assert late.row is None
            answer = await persistent(gate, asked)
            assert isinstance(answer, ClaimResult)
            assert answer.row is not None
            assert (await gate.find(asked)).row.id == answer.row.id
            await check_invariants(made.database)


async def test_a_store_that_lost_one_batch_is_rebuilt(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=2)
        async with a_gate(made) as gate:
            await gate.claim(ask(batch, "a"))
            delete_matching(redis_url, "vl:{s*:stock:*", "vl:{s*:persons:*")
            assert isinstance(await persistent(gate, ask(batch, "b")), ClaimResult)
            assert await outcome(gate, ask(batch, "a")) == "limit_reached"
            assert await outcome(gate, ask(batch, "c")) == "sold_out"
            await check_invariants(made.database)


async def test_a_line_cut_in_the_middle_takes_no_second_slot(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=300)
        async with a_gate(made) as one, a_gate(made) as two:
            rush = [
                asyncio.create_task(persistent((one, two)[i % 2], ask(batch, f"p{i}"), seconds=30)) for i in range(300)
            ]
            for _ in range(5):
                await asyncio.sleep(0.02)
                cut_every_connection(redis_url)
            answers = await asyncio.gather(*rush)
            assert len(set(vouchers(answers))) == 300
            assert await made.number("SELECT issued FROM batch_stock") == 300
            await check_invariants(made.database)


async def test_a_rebuild_forgets_what_earlier_epochs_left_and_leaves_the_rate_limits(
    database_url: str, redis_url: str
) -> None:
    limit = '{"permits": 50, "window_ms": 3600000}'
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=5, rates=f'{{"person": {limit}, "device": {limit}, "address": {limit}}}')
        async with a_gate(made) as gate:
            for person in "abcd":
                await gate.claim(ask(batch, person))
            limits = names_matching(redis_url, "vl:{s*}:limit:*")
            assert len(limits) == 9
            epoch = gate.opening.epoch
            gate.opening.distrust(epoch, "for this test")
            assert isinstance(await persistent(gate, ask(batch, "e")), ClaimResult)
            assert gate.opening.epoch > epoch
            held = names_matching(redis_url, "vl:{s*}:*:stock:*", "vl:{s*}:*:persons:*")
            assert {name.split(b":")[2] for name in held} == {str(gate.opening.epoch).encode()}
            assert limits <= names_matching(redis_url, "vl:{s*}:limit:*")
