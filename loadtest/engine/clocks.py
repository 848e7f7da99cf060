"""Two hosts' monotonic clocks: how far apart, and how sure. From round trips of messages over the master's wire."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RoundTrip:
    """Sent and returned on the worker's clock; ``answered_ns`` on the master's, somewhere in between."""

    sent_ns: int
    answered_ns: int
    returned_ns: int


@dataclass(frozen=True)
class ClockReading:
    """``offset_ns`` added to the worker's clock gives the master's, good to ``bound_ns``."""

    offset_ns: int
    bound_ns: int


def reading(trips: Sequence[RoundTrip]) -> ClockReading | None:
    """What several round trips say together: each bounds the offset from both sides, the narrowest bounds are kept."""
    if not trips:
        return None
    low = max(trip.answered_ns - trip.returned_ns for trip in trips)
    high = min(trip.answered_ns - trip.sent_ns for trip in trips)
    return ClockReading((low + high) // 2, abs(high - low + 1) // 2)


def widest(readings: Sequence[ClockReading | None]) -> ClockReading | None:
    """One mapping that every reading (before, during, after) agrees with; None when one of them is missing."""
    known = [one for one in readings if one is not None]
    if len(known) != len(readings) or not known:
        return None
    low = min(one.offset_ns - one.bound_ns for one in known)
    high = max(one.offset_ns + one.bound_ns for one in known)
    return ClockReading((low + high) // 2, (high - low + 1) // 2)
