"""The event loops that the simulator runs processes on."""

import asyncio
from random import Random

from tests.simulation.virtual_time import Clock, ProcessLoop


def test_time_jumps_to_the_next_timer_and_tasks_run_in_asyncios_order() -> None:
    clock, heard = Clock(Random(1)), []
    loop = ProcessLoop(clock, "one")

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        heard.append((name, loop.time()))

    for name, seconds in (("late", 5.0), ("early", 0.5), ("second", 0.5)):
        loop.create_task(sleeper(name, seconds))
    assert not clock.run(until=60.0)
    loop.die()
    assert heard == [("early", 0.5), ("second", 0.5), ("late", 5.0)]


def test_a_timeout_and_a_lock_work_as_under_asyncio() -> None:
    clock, heard = Clock(Random(1)), []
    loop, lock = ProcessLoop(clock, "one"), asyncio.Lock()

    async def holder() -> None:
        async with lock:
            await asyncio.sleep(2)

    async def waiter() -> None:
        try:
            async with asyncio.timeout(1), lock:
                heard.append("got it")
        except TimeoutError:
            heard.append(f"gave up after {loop.time():.1f}")

    loop.create_task(holder())
    loop.create_task(waiter())
    clock.run(until=60.0)
    loop.die()
    assert heard == ["gave up after 1.0"]


def test_a_process_that_stands_still_hears_everything_later() -> None:
    clock, heard = Clock(Random(1)), []
    loop, other = ProcessLoop(clock, "stopped"), ProcessLoop(clock, "other")

    async def tick(name: str, mine: ProcessLoop) -> None:
        await asyncio.sleep(1)
        heard.append((name, mine.time()))

    loop.create_task(tick("stopped", loop))
    other.create_task(tick("other", other))
    clock.after(0.5, loop.stand_still)
    clock.after(3.0, loop.go_on)
    clock.run(until=60.0)
    for one in (loop, other):
        one.die()
    assert heard == [("other", 1.0), ("stopped", 3.0)]


def test_death_ends_every_task_and_lets_none_send_any_more() -> None:
    clock, heard = Clock(Random(1)), []
    loop = ProcessLoop(clock, "one")

    async def stubborn() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            try:
                loop.sends("a message")
            except asyncio.CancelledError:
                heard.append("nothing left the process")

    loop.create_task(stubborn())
    clock.after(1.0, loop.die)
    clock.run(until=60.0)
    assert heard == ["nothing left the process"]
    assert not asyncio.all_tasks(loop)
