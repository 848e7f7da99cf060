"""The winner set of a sold-out batch: it forgets nobody, and lets others go first while it is put in order."""

import asyncio

import pytest

from voucher_platform.claims.winners import Winners


async def made(persons: list[str]) -> Winners:
    winners = Winners()
    for person in persons:
        winners.add(person)
    await winners.sort()
    return winners


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [0, 1, 64, 5_000])
async def test_it_knows_whom_it_was_given_and_nobody_else(count: int) -> None:
    winners = await made([f"psn_{number}" for number in range(count)])
    assert len(winners) == count
    assert all(winners.knows(f"psn_{number}") for number in range(count))
    # 64 bits: that one of ten thousand strangers looks like one of five thousand happens once in 10^11 runs.
    assert not any(winners.knows(f"stranger_{number}") for number in range(10_000))


@pytest.mark.asyncio
async def test_a_person_with_two_vouchers_is_known_like_any_other() -> None:
    winners = await made(["psn_a", "psn_b", "psn_a"])
    assert len(winners) == 3
    assert winners.knows("psn_a")
    assert winners.knows("psn_b")


@pytest.mark.asyncio
async def test_others_are_served_while_a_long_set_is_put_in_order() -> None:
    winners = Winners()
    for number in range(200_000):
        winners.add(f"psn_{number}")
    served = 0

    async def serve() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(serve())
    await asyncio.sleep(0)
    before = served
    await winners.sort()
    other.cancel()
    assert served - before > 32
