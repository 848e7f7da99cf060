"""One answer for everybody who asks at about the same time: kept for a moment, and made by one of them only."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")
_MOST_KEPT = 64


@dataclass(frozen=True)
class _Kept(Generic[Value]):
    value: Value
    until_s: float


class Keeping(Generic[Value]):
    """Values by key, each kept for ``keep_s`` seconds, or ten times as long as it took to make, at most ``longest_s``.

    So a statement that grows slow with its table takes about a tenth of one connection, however many ask. Whoever
    comes while a value is being made waits for that one. At most 64 values are kept, the latest made.
    """

    def __init__(self, *, keep_s: float = 1.0, longest_s: float = 4.0, share: float = 0.1) -> None:
        self._keep_s, self._longest_s, self._share = keep_s, longest_s, share
        self._kept: OrderedDict[str, _Kept[Value]] = OrderedDict()
        self._making: dict[str, asyncio.Task[Value]] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value of ``key``, made by ``make`` if none is fresh. What ``make`` raises is raised to all who waited.

        It goes on when whoever asked first goes away, for others may wait for it.
        """
        kept = self._kept.get(key)
        if kept is not None and monotonic() < kept.until_s:
            return kept.value
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)

    async def _make(self, key: str, make: Callable[[], Awaitable[Value]]) -> Value:
        began = monotonic()
        value = await make()
        now = monotonic()
        self._kept[key] = _Kept(value, now + min(max(self._keep_s, (now - began) / self._share), self._longest_s))
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return value

    def _made(self, key: str, task: asyncio.Task[Value]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is warned of it when all who asked have gone
