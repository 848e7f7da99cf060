"""Work that gathers: who waits too long is woken, who gives up is left out, the others get their results."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from voucher_platform.core.gathering import Gathering

pytestmark = pytest.mark.asyncio


class Work:
    """Doubles numbers, a round at a time, once it is let go on; a negative number is a fault of the whole round."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.go_on = asyncio.Event()

    async def __call__(self, numbers: list[int]) -> Sequence[int]:
        self.rounds.append(numbers)
        await self.go_on.wait()
        if min(numbers) < 0:
            raise ValueError(numbers)
        return [2 * number for number in numbers]


@pytest_asyncio.fixture
async def work() -> AsyncIterator[Work]:
    yield Work()


async def test_what_is_asked_during_a_round_goes_into_the_next_at_most_so_many(work: Work) -> None:
    gathering = Gathering(work, 3)
    first = gathering.submit(1)
    assert not await first.within(0.05)
    later = [gathering.submit(number) for number in range(2, 7)]
    work.go_on.set()
    assert await asyncio.gather(*[ticket.settled() for ticket in (first, *later)]) == [2, 4, 6, 8, 10, 12]
    assert work.rounds == [[1], [2, 3, 4], [5, 6]]


async def test_whoever_waits_too_long_is_woken_and_may_wait_again(work: Work) -> None:
    gathering = Gathering(work, 9)
    ticket = gathering.submit(1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert not await ticket.within(0.1)
    assert loop.time() - begun >= 0.1
    assert not await ticket.within(0)
    assert (ticket.taken, ticket.call_off()) == (True, False)
    work.go_on.set()
    assert await ticket.within(5)
    assert ticket.result() == 2


async def test_what_is_called_off_in_time_never_goes_out(work: Work) -> None:
    gathering = Gathering(work, 9)
    first, second = gathering.submit(1), None
    assert not await first.within(0.03)
    second, third = gathering.submit(2), asyncio.create_task(gathering.submit(3).settled())
    assert second.call_off()
    await asyncio.sleep(0)
    third.cancel()
    last = gathering.submit(4)
    work.go_on.set()
    assert await last.settled() == 8
    assert work.rounds == [[1], [4]]
    with pytest.raises(asyncio.CancelledError):
        second.result()


async def test_a_fault_reaches_everybody_of_its_round_and_nobody_else(work: Work) -> None:
    gathering = Gathering(work, 2)
    work.go_on.set()
    tickets = [gathering.submit(number) for number in (1, -1, 3)]
    assert all([await ticket.within(5) for ticket in tickets])
    for ticket in tickets[:2]:
        with pytest.raises(ValueError, match="-1"):
            ticket.result()
    assert tickets[2].result() == 6


async def test_stopping_ends_everybody_who_waits(work: Work) -> None:
    gathering = Gathering(work, 1)
    tickets = [gathering.submit(number) for number in (1, 2)]
    assert not await tickets[0].within(0.03)
    await gathering.stop()
    for ticket in tickets:
        assert await ticket.within(5)
        with pytest.raises(asyncio.CancelledError):
            ticket.result()
