"""How fast this process may bring vouchers into SQL: a cap for a database that others need, too."""

import asyncio
import time

_GROUP_SECONDS = 0.25


class CommitPace:
    """At most ``rate_per_s`` vouchers a second in the long run; ``None`` lets everything pass at once."""

    def __init__(self, rate_per_s: int | None) -> None:
        self._rate = rate_per_s
        self._free_at = 0.0

    def group_of(self, most: int) -> int:
        """How many vouchers a transaction takes: ``most``, or what the cap lets through in a quarter of a second.

        A group passes whole, so a lower cap has smaller groups; were they smaller still, a slow disk's transactions
        could not keep up with it.
        """
        return most if self._rate is None else max(1, min(most, int(self._rate * _GROUP_SECONDS)))

    async def take(self, vouchers: int) -> None:
        """Return when so many may be committed. First come, first served, whatever batch they are of.

        What was not used is kept for one group's time: a transaction that was late must not lower the rate.
        """
        if self._rate is None:
            return
        now = time.monotonic()
        begin = max(now - _GROUP_SECONDS, self._free_at)
        self._free_at = begin + vouchers / self._rate
        if begin > now:
            await asyncio.sleep(begin - now)
