"""The turnstile before the door: so many newcomers in each turn of the event loop, and only so many who wait.

A turn serves whatever has become ready. A flood makes turns of half a second, and a claim that was let in needs a dozen
of them: none would be decided in time. Here it is newcomers who wait, and those inside are served between them.
"""

import asyncio
from collections import deque

from voucher_platform.claims.crowd import Crowd


class Turnstile:
    """First come, first served. ``each_turn`` are let in at most; ``room`` says how many may wait."""

    def __init__(self, *, each_turn: int, room: Crowd) -> None:
        self._each_turn = each_turn
        self._room = room
        self._let_in = 0
        self._turning = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Those who wait to be let in."""
        return self._room.under_way

    def enter(self) -> bool:
        """Whether the caller is in, at once. If not, it may ``wait``."""
        if self._waiting or self._let_in >= self._each_turn:
            return False
        self._let_in += 1
        if not self._turning:
            self._turn_soon()
        return True

    async def wait(self) -> bool:
        """Wait to be let in; false at once if more wait than can be let in in time."""
        loop = asyncio.get_running_loop()
        if self._room.is_full(loop.time()):
            return False
        self._room.enter()
        waiter = loop.create_future()
        self._waiting.append(waiter)
        if not self._turning:
            self._turn_soon()
        await waiter
        return True

    def _turn_soon(self) -> None:
        self._turning = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """The next turn of the loop: let in as many as may come, not counting those who have gone away meanwhile."""
        self._let_in = 0
        while self._waiting and self._let_in < self._each_turn:
            waiter = self._waiting.popleft()
            here = not waiter.done()
            if here:
                waiter.set_result(None)
                self._let_in += 1
            self._room.leave(served=here)
        self._turning = False
        if self._let_in:
            self._turn_soon()
