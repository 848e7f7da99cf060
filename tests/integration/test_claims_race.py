"""Many people, two gates, few vouchers."""

import asyncio
import hashlib

import pytest
from sqlalchemy import text

from tests.claim_invariants import check_invariants
from tests.claim_world import a_gate, ask, outcome, persistent, vouchers, world
from voucher_platform.claims.course import ClaimResult

pytestmark = [pytest.mark.asyncio, pytest.mark.every_store]


@pytest.mark.parametrize("limit", [1, 3])
async def test_five_hundred_vouchers_go_out_exactly_once_through_two_gates(
    database_url: str, redis_url: str, limit: int
) -> None:
    async with world(database_url, redis_url, claim_deadline_ms=10_000) as made:
        batch = await made.batch(quota=500, limit=limit)
        async with a_gate(made) as one, a_gate(made) as two:
            asks = [ask(batch, f"p{i}", f"key-{i}-{tap}-0123456789") for tap in range(5) for i in range(400)]
            answers = await asyncio.gather(*[outcome((one, two)[at % 2], asked) for at, asked in enumerate(asks)])
            granted = vouchers(answers)
            assert len(granted) == len(set(granted)) == (500 if limit > 1 else 400)
            assert {answer for answer in answers if isinstance(answer, str)} <= {"sold_out", "limit_reached"}
            await check_invariants(made.database)
            # Each winner's repeat gives the same voucher through the other gate, also after the sell-out.
            for at in range(0, len(asks), 40):
                answer = answers[at]
                if isinstance(answer, ClaimResult):
                    again = await (two, one)[at % 2].claim(asks[at])
                    assert again.replayed
                    assert again.row.id == answer.row.id


async def test_the_same_key_at_the_same_time_through_both_gates_is_one_voucher(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=10, limit=3)
        async with a_gate(made) as one, a_gate(made) as two:
            asked = ask(batch, "p")
            answers = await asyncio.gather(*[outcome((one, two)[i % 2], asked) for i in range(40)])
            assert len(vouchers(answers)) == 40
            assert len(set(vouchers(answers))) == 1
            assert sum(not a.replayed for a in answers if isinstance(a, ClaimResult)) == 1
            assert await made.number("SELECT issued FROM batch_stock") == 1
            await check_invariants(made.database)


async def test_a_loser_hears_sold_out_and_a_winner_who_taps_again_hears_the_limit(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with a_gate(made) as gate:
            first = await gate.claim(ask(batch, "winner", "first-key-0123456"))
            assert await outcome(gate, ask(batch, "loser")) == "sold_out"
            for _ in range(1_000):  # the flag goes up once the winners have been read
                if gate.sold_out.refuses(batch, "loser"):
                    break
                await asyncio.sleep(0.01)
            assert gate.sold_out.refuses(batch, "loser")
            assert not gate.sold_out.refuses(batch, "winner")
            assert await outcome(gate, ask(batch, "winner")) == "limit_reached"
            again = await gate.claim(ask(batch, "winner", "first-key-0123456"))
            assert again.row.id == first.row.id


async def test_a_key_used_for_another_batch_is_refused_and_its_slot_given_back(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        spring, summer = await made.batch(quota=1), await made.batch(quota=1)
        async with a_gate(made) as gate:
            key = "one-key-for-two-0"
            assert isinstance(await outcome(gate, ask(spring, "p", key)), ClaimResult)
            assert await outcome(gate, ask(summer, "p", key)) == "key_reused"
            assert isinstance(await persistent(gate, ask(summer, "q")), ClaimResult)
            await check_invariants(made.database)


async def test_a_key_used_with_another_body_is_refused_and_the_voucher_stays(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=2, limit=2)
        async with a_gate(made) as gate:
            key = "one-key-two-bodies"
            first = await gate.claim(ask(batch, "p", key))
            assert await outcome(gate, ask(batch, "p", key, digest=b"e" * 32)) == "key_reused"
            assert (await gate.claim(ask(batch, "p", key))).row.id == first.row.id
            assert isinstance(await outcome(gate, ask(batch, "q")), ClaimResult)
            assert await outcome(gate, ask(batch, "r")) == "sold_out"


async def test_limit_reached_names_the_vouchers_held(database_url: str, redis_url: str) -> None:
    from voucher_platform.core.problems import Refused

    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=9, limit=2)
        async with a_gate(made) as gate:
            held = vouchers([await gate.claim(ask(batch, "p")) for _ in range(2)])
            with pytest.raises(Refused) as refused:
                await gate.claim(ask(batch, "p"))
            assert refused.value.extra["voucher_ids"] == held


async def test_each_groups_transfer_carries_the_digest_of_its_vouchers(database_url: str, redis_url: str) -> None:
    """Anyone can recompute it: a group's vouchers were recorded in the same transaction as its transfer."""
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=40)
        async with a_gate(made) as gate:
            await asyncio.gather(*[outcome(gate, ask(batch, f"p{i}")) for i in range(40)])
        async with made.database.reading() as connection:
            transfers = (
                await connection.execute(text("SELECT *, count AS size FROM ledger_transfer WHERE kind = 'claim'"))
            ).all()
            held = (await connection.execute(text("SELECT * FROM voucher"))).all()
    for transfer in transfers:
        group = sorted(
            (one for one in held if one.recorded_at == transfer.recorded_at),
            key=lambda one: (one.account_id, one.claim_key),
        )
        lines = "".join(
            f"{one.id},{one.person_id},{one.seq},{one.nth},{round(one.claimed_at.timestamp() * 1_000_000)}\n"
            for one in group
        )
        assert len(group) == transfer.size
        assert hashlib.sha256(lines.encode()).digest() == bytes(transfer.root)
    assert sum(transfer.size for transfer in transfers) == 40
