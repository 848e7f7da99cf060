"""The business clock of a run: one for all cases, moved only when every case that is under way waits for a time.

So cases with windows, validity and expiry are played side by side, and none sees the clock jump while it acts.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SetClock = Callable[[datetime], Awaitable[datetime]]


class CannotWait(Exception):
    """The time asked for cannot be reached: no sandbox clock, and too far away to wait for."""


@dataclass
class Conductor:
    """``set_clock`` moves the target's business clock and returns the new time; None where it has no sandbox clock."""

    set_clock: SetClock | None
    business_now: datetime
    longest_wait_s: float
    read_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._playing = 0
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._moving: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """The business time: what the target said last, and the real time since."""
        return (self.business_now + timedelta(seconds=time.monotonic() - self.read_at)).astimezone(UTC)

    def enter(self) -> None:
        """A case is under way: the clock stands still for it until it waits or leaves."""
        self._playing += 1

    def leave(self) -> None:
        """It has ended."""
        self._playing -= 1
        self._move_if_all_wait()

    async def until(self, instant: datetime) -> None:
        """Return at business time ``instant`` or later. Raises CannotWait."""
        seconds = (instant - self.now()).total_seconds()
        if seconds <= 0:
            return
        if self.set_clock is None:
            if seconds > self.longest_wait_s:
                raise CannotWait(f"{seconds:.0f} s without a sandbox clock")
            await asyncio.sleep(seconds)
            return
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (instant, next(self._order), reached))
        self._move_if_all_wait()
        await reached

    def _move_if_all_wait(self) -> None:
        if self._waiting and len(self._waiting) >= self._playing and self._moving is None:
            self._moving = asyncio.create_task(self._move())

    async def _move(self) -> None:
        assert self.set_clock is not None, "only a sandbox clock lets cases wait"
        target = self._waiting[0][0]
        failure: Exception | None = None
        try:
            if target > self.now():
                self.business_now, self.read_at = await self.set_clock(target), time.monotonic()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            failure = error
        self._moving = None
        while self._waiting and (failure is not None or self._waiting[0][0] <= target):
            _, _, reached = heapq.heappop(self._waiting)
            if reached.cancelled():
                continue
            if failure is None:
                reached.set_result(None)
            else:
                reached.set_exception(CannotWait(f"the clock could not be moved: {failure}"))
