"""The business clock of a run moves only when every case under way waits."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from loadtest.lab.conductor import CannotWait, Conductor

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A target's clock that notes where it was moved to."""

    def __init__(self) -> None:
        self.moves: list[datetime] = []

    async def set(self, instant: datetime) -> datetime:
        self.moves.append(instant)
        return instant


def conductor(clock: Clock | None, longest_wait_s: float = 0.05) -> Conductor:
    return Conductor(clock.set if clock else None, START, longest_wait_s)


@pytest.mark.asyncio
async def test_cases_wake_in_the_order_of_their_instants_each_at_its_own() -> None:
    clock = Clock()
    leader, woken = conductor(clock), []

    async def case(hours: int) -> None:
        await leader.until(START + timedelta(hours=hours))
        woken.append((hours, len(clock.moves)))
        leader.leave()

    for _ in range(3):
        leader.enter()
    await asyncio.gather(case(3), case(1), case(2))
    assert woken == [(1, 1), (2, 2), (3, 3)], "each saw only the moves up to its own instant"
    assert clock.moves == [START + timedelta(hours=hours) for hours in (1, 2, 3)]


@pytest.mark.asyncio
async def test_the_clock_stands_still_while_a_case_acts() -> None:
    clock = Clock()
    leader = conductor(clock)
    leader.enter()
    leader.enter()
    waiting = asyncio.create_task(leader.until(START + timedelta(hours=1)))
    await asyncio.sleep(0.05)
    assert not clock.moves, "the other case has neither ended nor waited"
    leader.leave()
    await waiting
    assert len(clock.moves) == 1


@pytest.mark.asyncio
async def test_an_instant_that_has_passed_is_not_waited_for() -> None:
    clock = Clock()
    leader = conductor(clock)
    leader.enter()
    await leader.until(START - timedelta(seconds=1))
    assert not clock.moves


@pytest.mark.asyncio
async def test_whoever_waits_hears_that_the_clock_could_not_be_moved() -> None:
    async def broken(_: datetime) -> datetime:
        raise RuntimeError("no worker answers")

    leader = Conductor(broken, START, 0.05)
    leader.enter()
    with pytest.raises(CannotWait, match="no worker answers"):
        await leader.until(START + timedelta(hours=1))


@pytest.mark.asyncio
async def test_without_a_sandbox_clock_only_short_times_are_waited_for() -> None:
    leader = conductor(None)
    await leader.until(leader.now() + timedelta(seconds=0.02))
    with pytest.raises(CannotWait):
        await leader.until(leader.now() + timedelta(seconds=10))


def test_the_time_goes_on_between_moves() -> None:
    leader = conductor(Clock())
    leader.read_at -= 5
    assert timedelta(seconds=5) <= leader.now() - START < timedelta(seconds=6)
