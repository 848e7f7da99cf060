"""More claims than may be committed: some are served in time, all others are told at once."""

import asyncio
import time
from collections import Counter

import httpx
import pytest

from tests.claim_invariants import check_invariants
from tests.claim_world import a_gate, ask, outcome, vouchers, world
from voucher_platform.app import build_app, framed
from voucher_platform.claims.commit_pace import CommitPace
from voucher_platform.core.auth import Principal, seal

pytestmark = pytest.mark.asyncio
# Forty at 20 a second; the last group of five, and what a quarter of a second has in store, are not waited for.
AT_LEAST_S = (40 - 5) / 20 - 0.25


async def test_under_a_cap_a_burst_is_served_in_time_or_told_at_once_that_it_is_too_much(
    database_url: str, redis_url: str
) -> None:
    # 20 a second, and half of 4 s to wait: 40 are let in.
    async with world(database_url, redis_url, commit_rate_limit=20, claim_deadline_ms=4_000) as made:
        batch = await made.batch(quota=500)
        async with a_gate(made) as gate:
            began = time.monotonic()
            burst = [asyncio.create_task(outcome(gate, ask(batch, f"p{n}"))) for n in range(400)]
            done, _ = await asyncio.wait(burst, timeout=1.5)
            told = [task.result() for task in done]
            assert told.count("overloaded") == 360, "whoever cannot be served in time does not wait for that answer"
            answers = await asyncio.gather(*burst)
            assert len(vouchers(answers)) == 40
            assert time.monotonic() - began >= AT_LEAST_S, "the cap was exceeded"
            assert await made.number("SELECT count(*) FROM voucher") == 40
            assert gate.crowd.under_way == 0
            await check_invariants(made.database)


async def test_the_cap_is_one_for_all_batches_of_a_process(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url, commit_rate_limit=20, claim_deadline_ms=6_000) as made:
        batches = [await made.batch(quota=50) for _ in range(4)]
        async with a_gate(made) as gate:
            began = time.monotonic()
            answers = await asyncio.gather(*(outcome(gate, ask(batches[n % 4], f"p{n}")) for n in range(40)))
            assert len(vouchers(answers)) == 40
            assert time.monotonic() - began >= AT_LEAST_S


async def test_groups_are_as_small_as_the_cap_and_pass_no_faster_than_it() -> None:
    assert [CommitPace(rate).group_of(256) for rate in (None, 3, 1_500, 100_000)] == [256, 1, 256, 256]
    pace, began = CommitPace(1_000), time.monotonic()
    await asyncio.gather(*(pace.take(50) for _ in range(11)))
    assert time.monotonic() - began >= 0.25


async def test_a_flood_at_the_door_is_answered_to_the_last_and_counted_to_the_last(
    database_url: str, redis_url: str
) -> None:
    flood = 400
    async with world(database_url, redis_url, claim_queue_limit=20, token_secret="t" * 32) as made:
        batch = await made.batch(quota=500)
        app = build_app(made.settings)
        async with app.router.lifespan_context(app):
            assert await app.state.gate.opening.wait(10)
            transport = httpx.ASGITransport(app=framed(app, made.settings))
            async with httpx.AsyncClient(transport=transport, base_url="http://door", timeout=30) as client:

                async def claim(number: int) -> httpx.Response:
                    who = Principal("consumer", f"a{number}", person=f"p{number}", home="guanghan", device=f"d{number}")
                    token, _ = seal(who, "t" * 32, 600)
                    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"a-flood-of-claims-{number}"}
                    return await client.post(f"/v1/batches/{batch}/claims", json={}, headers=headers)

                replies = await asyncio.gather(*(claim(number) for number in range(flood)))
            statuses = Counter(reply.status_code for reply in replies)
            assert statuses.keys() == {201, 503}
            assert statuses[201] >= 20
            busy = [reply for reply in replies if reply.status_code == 503]
            assert {reply.json()["code"] for reply in busy} == {"overloaded"}
            assert all(
                int(reply.headers["retry-after"]) >= 1 and reply.json()["retry_after_ms"] >= 500 for reply in busy
            )
        # Stopping has written what was counted, also of those who were turned away unheard.
        assert await made.number("SELECT count(*) FROM voucher") == statuses[201]
        assert await made.number("SELECT sum(attempts)::int FROM claim_attempt_count") == flood
        assert await made.number("SELECT count(*) FROM claim_seeker") == flood - statuses[201]
