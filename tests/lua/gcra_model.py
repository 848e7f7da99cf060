"""Rate limits without a store: what ``gcra.lua`` must decide, in whole numbers, and the bound nothing may exceed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Limit(NamedTuple):
    """At most ``permits`` at once and ``permits`` in ``window_us`` in the long run."""

    permits: int
    window_us: int

    @property
    def each_us(self) -> int:
        return -(-self.window_us // self.permits)


@dataclass
class Bucket:
    """``paid``: when everything taken will be paid back, microseconds of the clock that the store shows."""

    limit: Limit
    paid: int = 0
    admitted: list[tuple[int, int]] = field(default_factory=list)

    def take(self, now: int, true_now: int) -> int:
        """0 and a permit is taken; or in how many microseconds there is one. ``true_now`` never jumps."""
        span = self.limit.each_us * self.limit.permits
        debt = min(max(self.paid - now, 0), span)
        self.paid = now + debt
        if debt + self.limit.each_us > span:
            return debt + self.limit.each_us - span
        self.paid += self.limit.each_us
        self.admitted.append((now, true_now))
        return 0

    def wait(self, now: int) -> int:
        """In how many microseconds there is a permit, if nobody takes one before."""
        return max(self.paid + self.limit.each_us - self.limit.each_us * self.limit.permits - now, 0)


def decide(buckets: Sequence[Bucket], now: int, true_now: int) -> tuple[int, int] | None:
    """One attempt at several limits, narrowest first; ``None``, or the place of the one that refuses and the wait."""
    longest = 0
    for place, bucket in enumerate(buckets, 1):
        refused = bucket.take(now, true_now)
        longest = max(longest, refused, bucket.wait(now))
        if refused:
            return place, longest
    return None


def above_the_bound(limit: Limit, times: Sequence[int], bursts: Sequence[int] | None = None) -> bool:
    """Whether in any interval more pass than ``permits`` and ``permits`` for every window of it, exactly.

    ``times`` of what passed, in order; ``bursts``: for each, how many jumps of the clock had given back all permits.
    A k-th and a later m-th may pass when (m - k + 1 - permits) windows <= permits * (their distance).
    """
    least = None
    for number, time in enumerate(times):
        given = limit.permits * (bursts[number] if bursts else 0)
        here = (number - given) * limit.window_us - time * limit.permits
        least = here if least is None else min(least, here)
        if here - least > (limit.permits - 1) * limit.window_us:
            return True
    return False
