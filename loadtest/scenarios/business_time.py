"""The target's business clock against our monotonic one: so that "opens at 10:00" becomes an instant of the history."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loadtest.lab.line import Line
from loadtest.lab.world import World
from voucher_contract import routes

_READINGS = 9
_WHOLE_SECOND_NS = 1_000_000_000
_UNKNOWN_NS = 5_000_000_000


@dataclass(frozen=True)
class BusinessTime:
    """``monotonic = business (ns since 1970) − offset_ns``, good to ``bound_ns``."""

    offset_ns: int
    bound_ns: int

    def monotonic_ns(self, instant: datetime) -> int:
        """When that business time comes, on our clock."""
        return epoch_ns(instant) - self.offset_ns

    def widened_by(self, later: "BusinessTime") -> "BusinessTime":
        """The same mapping with a bound that a later reading agrees with, too: the clocks may have drifted apart."""
        drift = abs(self.offset_ns - later.offset_ns)
        return BusinessTime(self.offset_ns, max(self.bound_ns, drift + later.bound_ns))


def epoch_ns(instant: datetime) -> int:
    """Nanoseconds since 1970, exact to the microsecond."""
    return int(instant.timestamp()) * 1_000_000_000 + instant.microsecond * 1_000


async def read_business_time(world: World, line: Line) -> BusinessTime:
    """Several readings; each lies between its sending and its reply, and the intersection of all is kept.

    A target that tells whole seconds may mean any instant of them. One that tells nothing gets a bound of five
    seconds around what the world believes.
    """
    low, high = -(2**62), 2**62
    for _ in range(_READINGS):
        sent = time.monotonic_ns()
        told = await _told(world, line)
        if told is None:
            break
        replied = time.monotonic_ns()
        coarse = _WHOLE_SECOND_NS if told.microsecond == 0 else 1_000
        low, high = max(low, epoch_ns(told) - replied), min(high, epoch_ns(told) + coarse - sent)
    if low == -(2**62):
        return BusinessTime(epoch_ns(world.conductor.now()) - time.monotonic_ns(), _UNKNOWN_NS)
    return BusinessTime((low + high) // 2, abs(high - low) // 2)


async def _told(world: World, line: Line) -> datetime | None:
    for route, name in ((routes.GET_CLOCK, "now"), (routes.LIST_BATCHES, "server_time")):
        if world.adapter.missing(route.name) is None:
            got = await line.persist(route, world.staff["operator-1"])
            if got.outcome == "ok" and isinstance(got.value, dict):
                return _instant(got.value[name])
    return None


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
