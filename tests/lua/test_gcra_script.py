"""gcra.lua on a real Valkey."""

import time

import redis

from voucher_platform.claims import scripts


def attempts(client: redis.Redis, count: int, *, each_us: int, permits: int) -> list[int]:
    return [int(str(client.eval(scripts.GCRA.source, 1, "limit", each_us, permits))) for _ in range(count)]


def test_a_burst_of_the_permits_passes_and_the_next_is_told_its_wait(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        waits = attempts(client, 5, each_us=10_000_000, permits=3)
        assert waits[:3] == [0, 0, 0]
        assert all(9_000_000 < wait <= 10_000_000 for wait in waits[3:])
        assert 29_000 < int(client.pttl("limit")) <= 30_000


def test_a_permit_comes_back_after_its_time(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert attempts(client, 2, each_us=100_000, permits=1)[1] > 0
        time.sleep(0.11)
        assert attempts(client, 2, each_us=100_000, permits=1)[0] == 0
