"""Attempts over a limit: which limit says no, how long to wait, and what happens when the limiter's store is ill."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.claim_world import a_gate, ask, outcome, world
from tests.integration.test_claims_http import person, served
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.rules import Asked
from voucher_platform.core.exceeded import Exceeded
from voucher_platform.core.problems import Refused
from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_valkey import EmbeddedValkey

pytestmark = [pytest.mark.asyncio, pytest.mark.every_store]
_HOUR = 3_600_000


def rates(**permits: int) -> str:
    return json.dumps({name: {"permits": count, "window_ms": _HOUR} for name, count in permits.items()})


def stranger(batch: str, number: int, *, person: str = "", **shared: str) -> Asked:
    """A claim that has nothing in common with another number's but what is given."""
    own = {"own_device": f"dev-{number}", "address": f"10.0.0.{number}"}
    return ask(batch, person or f"p{number}", **{**own, **shared})


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("person", {"person": "p"}), ("device", {"own_device": "d"}), ("address", {"address": "10.0.0.9"}),
        ("batch", {}),
    ],
)  # fmt: skip
async def test_each_limit_counts_its_own_and_is_named(
    database_url: str, redis_url: str, name: str, shared: dict[str, str]
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=9, limit=9, rates=rates(**{name: 2}))
        async with a_gate(made) as gate:
            alike = [stranger(batch, n, **shared) for n in range(3)]
            assert [isinstance(await outcome(gate, one), ClaimResult) for one in alike[:2]] == [True, True]
            with pytest.raises(Refused) as refused:
                await gate.claim(alike[2])
            assert refused.value.refusal.code == "rate_limited"
            exceeded = refused.value.exceeded
            assert exceeded is not None
            assert (exceeded.name, exceeded.permits, exceeded.window_ms) == (name, 2, _HOUR)
            assert _HOUR / 2 - 60_000 < exceeded.wait_ms <= _HOUR / 2
            another = await outcome(gate, stranger(batch, 3))
            assert (another == "rate_limited") == (name == "batch")


async def test_whoever_is_over_his_own_limit_takes_nothing_from_what_all_share(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=9, rates=rates(person=1, batch=3))
        async with a_gate(made) as gate:
            hammering = await asyncio.gather(*(outcome(gate, ask(batch, "bot")) for _ in range(40)))
            assert sum(isinstance(one, ClaimResult) for one in hammering) == 1
            assert hammering.count("rate_limited") == 39
            others = [await outcome(gate, ask(batch, name)) for name in "abc"]
            assert [isinstance(one, ClaimResult) for one in others] == [True, True, False]


async def test_every_attempt_is_charged_whatever_becomes_of_the_claim(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=5, rates=rates(person=2, batch=100))
        async with a_gate(made) as gate:
            await gate.claim(ask(batch, "a"))
            assert await outcome(gate, ask(batch, "a")) == "limit_reached"
            assert await outcome(gate, ask(batch, "a")) == "rate_limited"
            assert isinstance(await outcome(gate, ask(batch, "b")), ClaimResult)


async def test_many_batches_at_once_keep_their_limits_apart(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batches = [await made.batch(quota=50, limit=50, rates=rates(person=n + 1)) for n in range(5)]
        async with a_gate(made) as gate:
            asked = [ask(batch, "a") for batch in batches for _ in range(12)]
            answers = await asyncio.gather(*(outcome(gate, one) for one in asked))
            passed = [sum(isinstance(one, ClaimResult) for one in answers[at : at + 12]) for at in range(0, 60, 12)]
            assert passed == [1, 2, 3, 4, 5]


async def test_the_reply_names_the_limit_in_body_and_fields_and_never_less_than_the_true_wait(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=5, rates='{"person": {"permits": 2, "window_ms": 60500}}')
        async with served(made) as client:
            replies = [
                await client.post(f"/v1/batches/{batch}/claims", json={}, headers=person("a", f"key-number-{n:08}"))
                for n in range(3)
            ]
            reply = replies[2]
            told = reply.json()
            assert (reply.status_code, told["code"], told["violated_policies"]) == (429, "rate_limited", ["person"])
            assert reply.headers["RateLimit-Policy"] == '"person";q=2;w=61'
            wait_s = int(reply.headers["RateLimit"].removeprefix('"person";r=0;t='))
            assert 29 <= wait_s <= 31
            assert wait_s * 1_000 - 999 <= told["retry_after_ms"] <= 30_250 * 1.25
            assert int(reply.headers["Retry-After"]) * 1_000 >= told["retry_after_ms"]


async def test_waits_are_spread_and_none_is_shorter_than_the_truth() -> None:
    for wait_ms in (1, 400, 90_000):
        told = [Exceeded("batch", 1, 1, wait_ms).spread_wait_ms() for _ in range(400)]
        assert min(told) >= wait_ms
        assert max(told) <= max(wait_ms + 500, wait_ms * 1.25)
        assert len(set(told)) > 100, "a crowd that is refused together must not come back together"


async def test_without_the_limiter_claims_are_refused_not_let_through(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url, limiter_url="redis://127.0.0.1:1/0") as made:
        limited = await made.batch(quota=5, rates=rates(person=2))
        free = await made.batch(quota=5)
        async with a_gate(made) as gate:
            assert await outcome(gate, ask(limited, "a")) == "overloaded"
            assert isinstance(await outcome(gate, ask(free, "a")), ClaimResult)


async def test_a_limiter_that_hangs_is_given_up_in_time_by_all_who_wait(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    folder = open_data_folder(tmp_path / "limiter")
    store = EmbeddedValkey(folder, "session-only")
    store.start()
    assert store.child is not None
    pid = store.child.pid
    try:
        async with world(database_url, redis_url, limiter_url=store.redis_url) as made:
            batch = await made.batch(quota=400, rates=rates(person=2))
            async with a_gate(made) as gate:
                assert isinstance(await outcome(gate, ask(batch, "first")), ClaimResult)
                os.kill(pid, signal.SIGSTOP)
                async with asyncio.timeout(6):  # each of five rounds in turn would wait for its connection longer
                    answers = await asyncio.gather(*(outcome(gate, ask(batch, f"p{n}")) for n in range(300)))
                assert set(answers) == {"overloaded"}
                os.kill(pid, signal.SIGCONT)
                assert isinstance(await outcome(gate, ask(batch, "last")), ClaimResult)
    finally:
        store.stop()
        folder.close()
