"""A task ends when it is told to, also one whose driver swallows a cancellation."""

import asyncio

import pytest

from voucher_platform.core.ending import end

pytestmark = pytest.mark.asyncio


async def test_a_task_that_swallows_one_cancellation_and_goes_on_is_ended() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end(task, None)
    assert (task.cancelled(), swallowed) == (True, 1)


async def test_a_task_that_fails_as_it_ends_troubles_nobody() -> None:
    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("while ending")

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await end(task)
    assert task.done()
