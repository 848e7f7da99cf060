"""Stock that comes back, and claims that are refused before any store is asked."""

import asyncio
import time

import pytest

from tests.claim_invariants import check_invariants
from tests.claim_world import World, a_gate, ask, outcome, world
from voucher_platform.claims import operations
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.gate import Gate
from voucher_platform.core.clocks import real_now

pytestmark = [pytest.mark.asyncio, pytest.mark.every_store]
_REOPEN_SECONDS = 1.0


async def void(made: World, gate: Gate, batch: str, voucher_id: str) -> None:
    async with made.database.transaction() as connection:
        await operations.void_voucher(connection, voucher_id=voucher_id, reason="r", by="officer", now=real_now())
    await gate.stock_returned(batch)


async def test_a_void_voucher_can_be_claimed_anew_through_every_gate_within_the_reopen_delay(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as one, a_gate(made) as two:
            asked = ask(batch, "a")
            first = await one.claim(asked)
            for gate in (one, two):
                assert await outcome(gate, ask(batch, "b")) == "sold_out"
            await void(made, one, batch, first.row.id)
            await asyncio.sleep(_REOPEN_SECONDS)
            assert isinstance(await outcome(two, ask(batch, "b")), ClaimResult)
            # The key of the void voucher keeps its answer, and takes no second slot.
            assert (await one.claim(asked)).row.id == first.row.id
            assert await outcome(one, ask(batch, "a")) == "sold_out"
            await check_invariants(made.database)


async def test_the_slot_of_a_void_comes_back_although_the_process_died_after_its_commit(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            first = await gate.claim(ask(batch, "a"))
            async with made.database.transaction() as connection:
                await operations.void_voucher(
                    connection, voucher_id=first.row.id, reason="r", by="officer", now=real_now()
                )
            await asyncio.sleep(_REOPEN_SECONDS)
            assert isinstance(await outcome(gate, ask(batch, "a")), ClaimResult)
            await check_invariants(made.database)


async def test_a_raised_quota_reopens_a_sold_out_batch(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            await gate.claim(ask(batch, "a"))
            assert await outcome(gate, ask(batch, "b")) == "sold_out"
            await made.sql(
                "UPDATE ledger_account SET balance_fen = balance_fen + 3000 WHERE id = :id", id=f"reserved:{batch}"
            )
            await made.sql("UPDATE batch_stock SET quota = 2 WHERE batch_id = :id", id=batch)
            await asyncio.sleep(_REOPEN_SECONDS)
            assert isinstance(await outcome(gate, ask(batch, "b")), ClaimResult)
            assert await outcome(gate, ask(batch, "c")) == "sold_out"


async def test_reasons_come_in_the_contracts_order_and_a_repeat_comes_first(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=5, homes=("510681001",))
        async with a_gate(made) as gate:
            held = ask(batch, "a")
            first = await gate.claim(held)
            assert await outcome(gate, ask("bat_unknown", "b")) == "unknown_batch"
            assert await outcome(gate, ask(batch, "b", home="510681002", device="other")) == "device_mismatch"
            assert await outcome(gate, ask(batch, "b", home="510681002")) == "not_eligible"
            await made.sql("UPDATE batch SET state = 'paused' WHERE id = :id", id=batch)
            await asyncio.sleep(_REOPEN_SECONDS)
            assert await outcome(gate, ask(batch, "b", device="other")) == "paused"
            assert (await gate.claim(held)).row.id == first.row.id
            await made.sql("UPDATE batch SET state = 'stopped' WHERE id = :id", id=batch)
            await asyncio.sleep(_REOPEN_SECONDS)
            assert await outcome(gate, ask(batch, "b")) == "closed"
            assert (await gate.claim(held)).replayed
            await made.sql("UPDATE batch SET claim_opens_at = claim_closes_at - interval '1 minute'")
            await asyncio.sleep(_REOPEN_SECONDS)
            assert await outcome(gate, ask(batch, "b")) == "not_open"


async def test_a_process_that_stood_still_does_not_issue_what_was_stopped_meanwhile(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url, reopen_delay_ms=500, poll_ms=50) as made:
        batch = await made.batch(quota=5)
        async with a_gate(made) as gate:
            assert isinstance(await outcome(gate, ask(batch, "a")), ClaimResult)
            await made.sql("UPDATE batch SET state = 'stopped' WHERE id = :id", id=batch)
            time.sleep(1.7)  # noqa: ASYNC251 - it stands still: it hears of nothing, and claims pile up
            told = [await outcome(gate, ask(batch, "b"))]
            while told[-1] == "overloaded" and len(told) < 400:  # until its pulse is back, however late the machine is
                await asyncio.sleep(0.05)
                told.append(await outcome(gate, ask(batch, "b")))
            assert (told[0], told[-1]) == ("overloaded", "closed")
            assert await made.number("SELECT count(*) FROM voucher") == 1


async def test_who_tried_is_counted_by_outcome(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            for person in "abb":
                await outcome(gate, ask(batch, person))
            await gate.attempts.flush()
            assert await made.number("SELECT attempts FROM claim_attempt_count WHERE outcome = 'sold_out'") == 2
            assert await made.number("SELECT attempts FROM claim_attempt_count WHERE outcome = 'issued'") == 1
            # "a" has a voucher, which says as much.
            assert await made.number("SELECT count(*) FROM claim_seeker WHERE person_id = 'b'") == 1
            assert await made.number("SELECT count(*) FROM claim_seeker") == 1
