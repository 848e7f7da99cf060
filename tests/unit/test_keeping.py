"""One answer for everybody who asks at about the same time."""

import asyncio

import pytest

from voucher_platform.reports.live.keeping import Keeping


class Counting:
    """Makes 1, 2, 3 …, each in ``takes_s`` seconds; fails where told to."""

    def __init__(self, takes_s: float = 0.0, fails: int = 0) -> None:
        self.made, self.takes_s, self.fails = 0, takes_s, fails

    async def __call__(self) -> int:
        self.made += 1
        number = self.made
        await asyncio.sleep(self.takes_s)
        if number <= self.fails:
            raise LookupError(number)
        return number


@pytest.mark.asyncio
async def test_a_hundred_who_ask_at_once_are_given_one_answer() -> None:
    keeping, make = Keeping[int](), Counting(0.02)
    assert await asyncio.gather(*(keeping.get("a", make) for _ in range(100))) == [1] * 100
    assert await keeping.get("a", make) == 1, "kept for a while"
    assert await keeping.get("b", make) == 2, "another campaign is another answer"


@pytest.mark.asyncio
async def test_an_answer_grows_old() -> None:
    keeping, make = Keeping[int](keep_s=0.05), Counting()
    assert await keeping.get("a", make) == 1
    await asyncio.sleep(0.06)
    assert await keeping.get("a", make) == 2


@pytest.mark.asyncio
async def test_what_takes_long_is_kept_longer_but_not_for_ever() -> None:
    keeping, make = Keeping[int](keep_s=0.0, longest_s=0.3), Counting(0.1)
    assert await keeping.get("a", make) == 1
    await asyncio.sleep(0.15)
    assert await keeping.get("a", make) == 1
    await asyncio.sleep(0.2)
    assert await keeping.get("a", make) == 2


@pytest.mark.asyncio
async def test_a_failure_is_told_to_all_who_waited_and_not_kept() -> None:
    keeping, make = Keeping[int](), Counting(0.02, fails=1)
    told = await asyncio.gather(*(keeping.get("a", make) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [LookupError] * 3
    assert await keeping.get("a", make) == 2


@pytest.mark.asyncio
async def test_whoever_goes_away_does_not_take_the_answer_from_the_others() -> None:
    keeping, make = Keeping[int](), Counting(0.05)
    first, second = (asyncio.create_task(keeping.get("a", make)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == 1


@pytest.mark.asyncio
async def test_no_more_than_sixty_four_are_kept() -> None:
    keeping, make = Keeping[int](keep_s=60), Counting()
    for number in range(65):
        await keeping.get(str(number), make)
    assert await keeping.get("64", make) == 65
    assert await keeping.get("0", make) == 66
