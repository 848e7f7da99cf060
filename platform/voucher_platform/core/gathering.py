"""Work that gathers: what is asked while one round is under way goes out together in the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from time import perf_counter
from typing import Generic, TypeVar

from voucher_platform.core.ending import end

T = TypeVar("T")
R = TypeVar("R")
_SLICES_A_SECOND = 50


class Alarm:
    """Wakes those who have waited long enough: one timer for all of a fiftieth of a second, instead of one each."""

    def __init__(self) -> None:
        self._slices: dict[int, set[asyncio.Future[None]]] = {}

    def wake(self, waiter: "asyncio.Future[None]", at: float) -> "set[asyncio.Future[None]]":
        """Wake ``waiter`` up to 20 ms after the loop's time ``at``, unless it leaves the set that is returned."""
        number = int(at * _SLICES_A_SECOND) + 1
        due = self._slices.get(number)
        if due is None:
            due = self._slices[number] = set()
            waiter.get_loop().call_at(number / _SLICES_A_SECOND, self._ring, number)
        due.add(waiter)
        return due

    def _ring(self, number: int) -> None:
        for waiter in self._slices.pop(number):
            if not waiter.done():
                waiter.set_result(None)


class Ticket(Generic[T, R]):
    """One item in the queue. ``taken``: it has gone out, so its effect can no longer be called off.

    Not a future with callbacks and a timer of its own: every claim waits here three times, and the waiting cost more
    than what was waited for.
    """

    __slots__ = ("_alarm", "_error", "_result", "_waiter", "done", "item", "taken")

    def __init__(self, item: T, alarm: Alarm) -> None:
        self.item = item
        self.taken = False
        self.done = False
        self._alarm = alarm
        self._result: R | None = None
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def within(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for the result; whether it is there. The work itself goes on."""
        if self.done or seconds <= 0:
            return self.done
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        due = self._alarm.wake(waiter, loop.time() + seconds)
        try:
            await waiter
        finally:
            due.discard(waiter)
        return self.done

    async def settled(self) -> R:
        """The result, however long it takes. Whoever gives up waiting calls the item off, if it is not too late."""
        if not self.done:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            except asyncio.CancelledError:
                self.call_off()
                raise
        return self.result()

    def result(self) -> R:
        """What the work made of the item, once it is ``done``; raises what it ended in."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # None stands here for no result only until it is done

    def call_off(self) -> bool:
        """Take the item out of the queue; false if it has gone out already."""
        if not self.taken:
            self.end(None, asyncio.CancelledError())
        return not self.taken

    def end(self, result: R | None, error: BaseException | None = None) -> None:
        """The work is done; the first end is the one that counts."""
        if not self.done:
            self.done, self._result, self._error = True, result, error
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)


class Gathering(Generic[T, R]):
    """At most one round at a time, at most ``most`` items a round, first come first served.

    ``observe`` is told of each round that has ended: its items, and the seconds it took.
    """

    def __init__(
        self,
        work: Callable[[list[T]], Awaitable[Sequence[R]]],
        most: int,
        observe: Callable[[int, float], None] | None = None,
    ) -> None:
        self._work = work
        self._most = most
        self._observe = observe
        self._alarm = Alarm()
        self._queue: deque[Ticket[T, R]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Items for the next round."""
        return len(self._queue)

    @property
    def idle(self) -> bool:
        """Nothing waits and no round is under way."""
        return self._task is None

    def submit(self, item: T) -> Ticket[T, R]:
        """Queue ``item``; the caller bounds how many it queues."""
        ticket: Ticket[T, R] = Ticket(item, self._alarm)
        self._queue.append(ticket)
        if self._task is None:
            # In a context of its own: what it logs is not about the one request that happened to be the first.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())
        return ticket

    async def stop(self) -> None:
        """End the round under way and forget the queue."""
        task, self._task = self._task, None
        await end(task)
        for ticket in self._queue:
            ticket.end(None, asyncio.CancelledError())
        self._queue.clear()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(0)  # whatever else is ready to be queued comes into this round, too
            group = self._take()
            if not group:
                break
            began = perf_counter()
            try:
                results = await self._work([ticket.item for ticket in group])
            except asyncio.CancelledError:
                for ticket in group:
                    ticket.end(None, asyncio.CancelledError())
                raise
            except Exception as error:  # noqa: BLE001 - each caller gets it and decides
                for ticket in group:
                    ticket.end(None, error)
                continue
            finally:
                if self._observe is not None:
                    self._observe(len(group), perf_counter() - began)
            for ticket, result in zip(group, results, strict=True):
                ticket.end(result)
        self._task = None

    def _take(self) -> list[Ticket[T, R]]:
        group: list[Ticket[T, R]] = []
        while self._queue and len(group) < self._most:
            ticket = self._queue.popleft()
            if not ticket.done:
                ticket.taken = True
                group.append(ticket)
        return group
