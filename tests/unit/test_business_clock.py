"""Windows go by PostgreSQL's clock in every process, however wrong a host's own wall clock is."""

import random
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voucher_platform.core.clocks import Clocks

CITY = ZoneInfo("Asia/Shanghai")
ELSEWHEN = datetime(2031, 5, 1, 10, tzinfo=UTC)


def test_a_wall_clock_that_is_years_off_changes_nothing() -> None:
    clocks = Clocks(CITY)
    asked = time.monotonic()
    clocks.take(ELSEWHEN, asked_at_s=asked, heard_at_s=asked)
    assert timedelta(0) <= clocks.now() - ELSEWHEN < timedelta(minutes=1)


def test_the_sandbox_runs_ahead_of_postgresqls_clock() -> None:
    clocks = Clocks(CITY, offset=timedelta(days=3))
    asked = time.monotonic()
    clocks.take(ELSEWHEN, asked_at_s=asked, heard_at_s=asked)
    assert clocks.now() - ELSEWHEN >= timedelta(days=3)


@pytest.mark.parametrize("seed", range(20))
def test_ways_of_uneven_length_never_turn_time_back(seed: int) -> None:
    """Every reading is true somewhere within its round trip; readings 200 ms apart, trips of up to 400 ms."""
    rng, clocks, begun, last = random.Random(seed), Clocks(CITY), time.monotonic(), ELSEWHEN - timedelta(days=1)
    for number in range(200):
        asked = begun + number * 0.2
        there, back = rng.uniform(0, 0.2), rng.uniform(0, 0.2)
        told = ELSEWHEN + timedelta(seconds=asked + there - begun)
        clocks.take(told, asked_at_s=asked, heard_at_s=asked + there + back)
        now = clocks.now()
        assert now >= last, "each reading only narrows where the truth may lie"
        assert clocks.now() - ELSEWHEN <= timedelta(seconds=time.monotonic() - begun + 0.001), "never ahead of it"
        last = now


def test_when_postgresqls_clock_is_put_right_all_follow_it() -> None:
    clocks = Clocks(CITY)
    asked = time.monotonic()
    clocks.take(ELSEWHEN, asked_at_s=asked, heard_at_s=asked + 0.01)
    clocks.take(ELSEWHEN + timedelta(hours=1), asked_at_s=asked + 0.2, heard_at_s=asked + 0.21)
    assert clocks.now() - ELSEWHEN > timedelta(minutes=59)
