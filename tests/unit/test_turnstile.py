"""So many are let in each turn of the loop, in order; so many may wait, and those inside are served between them."""

import asyncio
from collections import Counter

import pytest

from voucher_platform.claims.crowd import Crowd
from voucher_platform.claims.turnstile import Turnstile

pytestmark = pytest.mark.asyncio
EACH_TURN = 10


class Hall:
    """Notes who came in, and in which turn of the loop."""

    def __init__(self, most_waiting: int) -> None:
        self.room = Crowd(most=most_waiting, patience_s=1.0)
        self.turnstile = Turnstile(each_turn=EACH_TURN, room=self.room)
        self.turn = 0
        self.let_in: list[tuple[int, int]] = []
        self.turned_away: list[int] = []
        self._ticking = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        self.turn += 1
        self._ticking = asyncio.get_running_loop().call_soon(self._tick)

    def close(self) -> None:
        self._ticking.cancel()

    async def come(self, number: int) -> None:
        if self.turnstile.enter() or await self.turnstile.wait():
            self.let_in.append((self.turn, number))
        else:
            self.turned_away.append(number)


async def test_in_order_and_so_many_a_turn() -> None:
    hall = Hall(most_waiting=1_000)
    await asyncio.gather(*(hall.come(number) for number in range(205)))
    hall.close()
    assert [number for _, number in hall.let_in] == list(range(205))
    assert max(Counter(turn for turn, _ in hall.let_in).values()) <= EACH_TURN
    assert hall.room.under_way == 0


async def test_who_is_inside_is_served_between_newcomers() -> None:
    hall = Hall(most_waiting=10_000)

    async def inside() -> int:
        for _ in range(12):
            await asyncio.sleep(0)
        return len(hall.let_in)

    flood = [asyncio.create_task(hall.come(number)) for number in range(5_000)]
    assert await asyncio.create_task(inside()) <= 14 * EACH_TURN
    await asyncio.gather(*flood)
    hall.close()


async def test_more_than_may_wait_are_turned_away_at_once() -> None:
    hall = Hall(most_waiting=50)
    flood = [asyncio.create_task(hall.come(number)) for number in range(200)]
    await asyncio.sleep(0)
    assert hall.turned_away == list(range(EACH_TURN + 50, 200))
    await asyncio.gather(*flood)
    hall.close()
    assert len(hall.let_in) == EACH_TURN + 50


async def test_whoever_goes_away_takes_nobodys_place() -> None:
    hall = Hall(most_waiting=100)
    flood = [asyncio.create_task(hall.come(number)) for number in range(60)]
    await asyncio.sleep(0)
    for task in flood[EACH_TURN:40]:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    hall.close()
    assert [number for _, number in hall.let_in] == [*range(EACH_TURN), *range(40, 60)]
    assert hall.room.under_way == 0


async def test_after_a_flood_it_stands_open_again() -> None:
    hall = Hall(most_waiting=100)
    for _ in range(3):
        await asyncio.gather(*(hall.come(number) for number in range(EACH_TURN + 5)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert hall.turnstile.enter(), "nobody is there, so nobody has to wait"
        await asyncio.sleep(0)
    hall.close()
