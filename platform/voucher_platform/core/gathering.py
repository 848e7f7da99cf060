"""Work that gathers: what is asked while one round is under way goes out together in the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, TypeVar

from voucher_platform.core.ending import end

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class Ticket(Generic[T, R]):
    """One item in the queue. ``taken``: it has gone out, so its effect can no longer be called off."""

    item: T
    future: "asyncio.Future[R]"
    taken: bool = False

    async def within(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for the result; whether it is there. The work itself goes on.

        Not ``asyncio.wait``, whose sets and wrappers cost more than the waiting: every claim waits here three times.
        """
        if self.future.done():
            return True
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()

        def wake(_: object = None) -> None:
            if not waiter.done():
                waiter.set_result(None)

        timer = loop.call_later(max(0.0, seconds), wake)
        self.future.add_done_callback(wake)
        try:
            await waiter
        finally:
            timer.cancel()
            self.future.remove_done_callback(wake)
        return self.future.done()

    def call_off(self) -> bool:
        """Take the item out of the queue; false if it has gone out already."""
        if not self.taken:
            self.future.cancel()
        return not self.taken


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
        self._queue: deque[Ticket[T, R]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Items for the next round."""
        return len(self._queue)

    def submit(self, item: T) -> Ticket[T, R]:
        """Queue ``item``; the caller bounds how many it queues."""
        ticket: Ticket[T, R] = Ticket(item, asyncio.get_running_loop().create_future())
        ticket.future.add_done_callback(_seen)
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
            ticket.future.cancel()
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
                    ticket.future.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - each caller gets it and decides
                for ticket in group:
                    _fail(ticket, error)
                continue
            finally:
                if self._observe is not None:
                    self._observe(len(group), perf_counter() - began)
            for ticket, result in zip(group, results, strict=True):
                if not ticket.future.done():
                    ticket.future.set_result(result)
        self._task = None

    def _take(self) -> list[Ticket[T, R]]:
        group: list[Ticket[T, R]] = []
        while self._queue and len(group) < self._most:
            ticket = self._queue.popleft()
            if not ticket.future.done():
                ticket.taken = True
                group.append(ticket)
        return group


def _fail(ticket: Ticket[T, R], error: Exception) -> None:
    if not ticket.future.done():
        ticket.future.set_exception(error)


def _seen(future: "asyncio.Future[R]") -> None:
    """A caller that has gone away must not leave an exception nobody looked at."""
    if not future.cancelled():
        future.exception()
