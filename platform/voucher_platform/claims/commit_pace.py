"""How fast this process may bring vouchers into SQL: a cap for a database that others need, too."""

import asyncio
import time


class CommitPace:
    """At most ``rate_per_s`` vouchers a second in the long run; ``None`` lets everything pass at once."""

    def __init__(self, rate_per_s: int | None) -> None:
        self._rate = rate_per_s
        self._free_at = 0.0

    def group_of(self, most: int) -> int:
        """How many vouchers a transaction takes: ``most``, or what the cap lets through in a twentieth of a second.

        A group passes whole, so that small groups keep a low cap even.
        """
        return most if self._rate is None else max(1, min(most, self._rate // 20))

    async def take(self, vouchers: int) -> None:
        """Return when so many may be committed. First come, first served, whatever batch they are of."""
        if self._rate is None:
            return
        now = time.monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + vouchers / self._rate
        if begin > now:
            await asyncio.sleep(begin - now)
