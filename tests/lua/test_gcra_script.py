"""gcra.lua on a real Valkey: against the model, by a clock that jumps, and by the server's own."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest
import redis
import redis.asyncio

from tests.lua.gcra_model import Bucket, Limit, above_the_bound, decide
from voucher_platform.claims.scripts import GCRA

# The script's own text, word for word, with a clock that the test moves. Keys have no time to live here: they would
# end by the server's clock, not by the one that is moved.
BY_A_GIVEN_CLOCK = (
    """
local given, server = table.remove(ARGV), redis
local redis = {call = function(command, ...)
  if command == 'TIME' then return {string.sub(given, 1, -7), string.sub(given, -6)} end
  if command == 'SET' then return server.call('SET', (select(1, ...)), (select(2, ...))) end
  return server.call(command, ...)
end}
"""
    + GCRA.source
)
START = 1_780_000_000_000_000
LIMITS = (
    Limit(1, 1_000), Limit(1, 86_400_000_000), Limit(3, 1_000_000), Limit(5, 1_000), Limit(7, 60_000_000),
    Limit(100, 1_000_000), Limit(1_000, 3_000_000), Limit(700_000, 1_000_000), Limit(10_000_000, 1_000_000),
    Limit(10_000_000, 86_400_000_000),
)  # fmt: skip
_ROUND = 64
A_MILLION = pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])


class Clock:
    """What the store shows, and what a clock that never jumps would."""

    def __init__(self, dice: random.Random, *, jumps: bool) -> None:
        self.shown = self.true = START
        self.forward = 0
        self._dice, self._jumps = dice, jumps

    def go_on(self) -> None:
        step = int(10 ** self._dice.uniform(0, 7)) - 1
        self.shown += step
        self.true += step
        if self._jumps and self._dice.random() < 0.01:
            jump = int(10 ** self._dice.uniform(3, 12)) * self._dice.choice((-1, 1))
            self.shown = max(self.shown + jump, START // 2)
            self.forward += jump > 0


class Trial:
    """Attempts at limits of several batches, through the script and through the model."""

    def __init__(self, client: redis.Redis, seed: int, *, jumps: bool) -> None:
        self.dice = random.Random(seed)
        self.clock = Clock(self.dice, jumps=jumps)
        self.buckets: dict[str, Bucket] = {}
        self.bursts: dict[str, list[int]] = {}
        self.plans = [self.dice.sample(LIMITS, self.dice.randint(1, 4)) for _ in range(6)]
        self.judge = client.register_script(BY_A_GIVEN_CLOCK)

    def play(self, decisions: int) -> None:
        """Rounds as the limiter sends them, every reply compared with the model's."""
        while decisions > 0:
            self.clock.go_on()
            names, words, expected = self._round()
            found = self.judge(keys=names, args=[*words, self.clock.shown])
            assert found == expected, f"at {self.clock.shown}"
            decisions -= len(names)

    def _round(self) -> tuple[list[str], list[int], list[int]]:
        names: list[str] = []
        words: list[int] = []
        expected: list[int] = []
        place = 0
        for number in self.dice.sample(range(len(self.plans)), self.dice.randint(1, 2)):
            plan, attempts = self.plans[number], self.dice.randint(1, _ROUND // 2)
            words += [attempts, len(plan)]
            words += [word for limit in plan for word in (limit.each_us, limit.permits)]
            for _ in range(attempts):
                place += 1
                own = [f"{number}:{at}:{self.dice.randint(1, 3)}" for at in range(len(plan))]
                names += own
                expected += self._decided(place, own, plan)
        return names, words, expected

    def _decided(self, place: int, own: list[str], plan: list[Limit]) -> list[int]:
        buckets = [self.buckets.setdefault(name, Bucket(limit)) for name, limit in zip(own, plan, strict=True)]
        before = [len(bucket.admitted) for bucket in buckets]
        refused = decide(buckets, self.clock.shown, self.clock.true)
        for name, bucket, count in zip(own, buckets, before, strict=True):
            self.bursts.setdefault(name, []).extend([self.clock.forward] * (len(bucket.admitted) - count))
        return [place, *refused] if refused else []


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as connected:
        yield connected


@pytest.mark.parametrize("decisions", [40_000, A_MILLION])
def test_every_decision_is_the_models_and_none_is_above_the_bound(client: redis.Redis, decisions: int) -> None:
    trial = Trial(client, seed=decisions, jumps=False)
    trial.play(decisions)
    for name, bucket in trial.buckets.items():
        assert not above_the_bound(bucket.limit, [now for now, _ in bucket.admitted]), name


@pytest.mark.parametrize("decisions", [40_000, A_MILLION])
def test_a_jump_back_opens_nothing_and_a_jump_forward_gives_the_permits_back_once(
    client: redis.Redis, decisions: int
) -> None:
    trial = Trial(client, seed=decisions + 1, jumps=True)
    trial.play(decisions)
    assert trial.clock.forward > 0
    for name, bucket in trial.buckets.items():
        by_true_time = [true for _, true in bucket.admitted]
        assert not above_the_bound(bucket.limit, by_true_time, trial.bursts[name]), name


def test_the_bound_is_told_when_it_is_exceeded() -> None:
    limit = Limit(3, 900)
    assert not above_the_bound(limit, [0, 0, 0, 300, 600])
    assert above_the_bound(limit, [0, 0, 0, 299])
    assert above_the_bound(limit, [0, 0, 0, 300, 599])
    assert not above_the_bound(limit, [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1])


def test_after_a_jump_back_of_years_nobody_waits_longer_than_for_one_permit(client: redis.Redis) -> None:
    limit = Limit(3, 3_000_000)
    judge = client.register_script(BY_A_GIVEN_CLOCK)

    def attempt(now: int) -> list[int]:
        return list(judge(keys=["one"], args=[1, 1, limit.each_us, limit.permits, now]))

    assert [attempt(START) for _ in range(4)] == [[], [], [], [1, 1, 1_000_000]]
    earlier = START - 10**14
    assert [attempt(earlier), attempt(earlier + 999_999)] == [[1, 1, 1_000_000], [1, 1, 1]]
    assert attempt(earlier + 1_000_000) == []


def test_a_limit_that_refuses_spares_the_wider_ones_and_tells_the_wait_of_all_it_has_charged(
    client: redis.Redis,
) -> None:
    judge = client.register_script(BY_A_GIVEN_CLOCK)
    # A person may once in 10 s, all together twice in 2 s.
    words = [1, 2, 10_000_000, 1, 1_000_000, 2]
    assert judge(keys=["ann", "all"], args=[*words, START]) == []
    assert judge(keys=["ann", "all"], args=[*words, START]) == [1, 1, 10_000_000]
    assert judge(keys=["bob", "all"], args=[*words, START]) == []
    # The batch would let Cho in after a second, but she has had her attempt: her own limit refuses her longer.
    assert judge(keys=["cho", "all"], args=[*words, START]) == [1, 2, 10_000_000]


def test_a_state_lives_until_all_permits_are_back_and_no_longer(client: redis.Redis) -> None:
    judge = client.register_script(GCRA.source)
    assert judge(keys=["limit"], args=[1, 1, 10_000_000, 3]) == []
    assert 9_000 < int(client.pttl("limit")) <= 10_000
    assert judge(keys=["limit", "limit", "limit"], args=[3, 1, 10_000_000, 3])[:2] == [3, 1]
    assert 29_000 < int(client.pttl("limit")) <= 30_000
    assert judge(keys=["short"], args=[1, 1, 50_000, 1]) == []
    time.sleep(0.06)
    assert client.exists("short") == 0


def test_four_callers_at_once_get_no_more_than_the_limit_by_the_servers_own_clock(redis_url: str) -> None:
    limit, seconds = Limit(20, 200_000), 1.5

    async def caller(url: str) -> tuple[int, int, int]:
        async with redis.asyncio.Redis.from_url(url) as client:
            judge, passed = client.register_script(GCRA.source), 0
            first = await client.time()
            while (now := await client.time()) < (first[0] + seconds, first[1]):
                refused = await judge(keys=["shared"] * 8, args=[8, 1, limit.each_us, limit.permits])
                passed += 8 - len(refused) // 3
            return passed, first[0] * 1_000_000 + first[1], now[0] * 1_000_000 + now[1]

    async def all_four() -> list[tuple[int, int, int]]:
        return list(await asyncio.gather(*(caller(redis_url) for _ in range(4))))

    told = asyncio.run(all_four())
    took_us = max(end for _, _, end in told) - min(begin for _, begin, _ in told)
    passed = sum(count for count, _, _ in told)
    assert limit.permits < passed <= limit.permits + took_us // limit.each_us + 1
