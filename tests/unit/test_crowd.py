"""How many claims are let in, tried on a platform that commits at a rate of its own, by a clock of our own."""

from collections import deque

import pytest

from voucher_platform.claims.crowd import Crowd

STEP_S = 0.01
PATIENCE_S = 1.0


class Platform:
    """Commits ``rate_per_s`` of those under way, first come first served."""

    def __init__(self, crowd: Crowd, rate_per_s: float) -> None:
        self.crowd, self.rate_per_s = crowd, rate_per_s
        self.now = self.owed = 0.0
        self.queue: deque[float] = deque()
        self.waits: list[float] = []
        self.shed = 0

    def offer(self, rate_per_s: float, seconds: float) -> None:
        """Claims come evenly for so long."""
        asked = 0.0
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            asked += rate_per_s * STEP_S
            while asked >= 1:
                asked -= 1
                if self.crowd.is_full(self.now):
                    self.shed += 1
                else:
                    self.crowd.enter()
                    self.queue.append(self.now)
            self.owed = min(self.owed + self.rate_per_s * STEP_S, len(self.queue))
            while self.owed >= 1 and self.queue:
                self.owed -= 1
                self.waits.append(self.now - self.queue.popleft())
                self.crowd.leave(served=True)


def crowd(cap: int | None = None) -> Crowd:
    return Crowd(most=4_096, patience_s=PATIENCE_S, rate_cap_per_s=cap)


@pytest.mark.parametrize("rate", [100, 1_500, 6_000])
def test_under_a_cap_everybody_admitted_is_served_in_time_and_the_cap_is_used_whole(rate: int) -> None:
    platform = Platform(crowd(rate), rate)
    platform.offer(5 * rate, 10)
    assert max(platform.waits) <= PATIENCE_S + 2 * STEP_S
    assert len(platform.waits) >= 0.98 * 10 * rate
    assert platform.shed >= 3.5 * 10 * rate


@pytest.mark.parametrize("rate", [700, 2_500])
def test_a_platform_slower_than_its_queue_is_long_finds_its_measure(rate: int) -> None:
    platform = Platform(crowd(), rate)
    platform.offer(5 * rate, 20)
    later = platform.waits[len(platform.waits) // 2 :]
    assert max(later) <= 1.5 * PATIENCE_S
    assert len(platform.waits) >= 0.95 * 20 * rate


def test_whoever_is_fast_sheds_nobody() -> None:
    platform = Platform(crowd(), 5_000)
    platform.offer(4_500, 10)
    assert platform.shed == 0


def test_a_burst_that_fits_the_queue_is_let_in_whole_after_quiet_hours() -> None:
    platform = Platform(crowd(), 4_500)
    platform.offer(20, 10)
    platform.offer(40_000, 0.1)
    assert platform.shed == 0


def test_after_a_halt_of_the_database_it_recovers_by_itself() -> None:
    platform = Platform(crowd(), 3_000)
    platform.offer(4_000, 5)
    platform.rate_per_s = 0
    platform.offer(4_000, 5)
    assert platform.crowd.admitted == 64
    platform.rate_per_s = 3_000
    platform.offer(4_000, 5)
    done = len(platform.waits)
    platform.offer(4_000, 5)
    assert len(platform.waits) - done >= 0.95 * 5 * 3_000
    assert platform.crowd.admitted >= 2_000


def test_losers_do_not_pass_for_commits() -> None:
    one = crowd()
    for tick in range(500):
        while not one.is_full(tick * STEP_S):
            one.enter()
        for _ in range(20):
            one.leave(served=False)
    assert one.admitted == 64
