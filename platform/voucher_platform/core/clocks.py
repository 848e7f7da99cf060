"""Two clocks. The business clock rules windows, validity and reports; the real clock rules tokens, limits, timeouts.

In production they tell the same. In a sandbox the business clock runs ahead by an offset that is kept in SQL and
taken by every process within one poll (``core.pulse``).
"""

import time as clock_of_this_process
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NEVER = datetime.min.replace(tzinfo=UTC)


def real_now() -> datetime:
    """The real time by this host's wall clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Taken:
    """PostgreSQL's clock said ``told`` when this process's monotonic clock said ``at_s``."""

    told: datetime
    at_s: float

    def carried_to(self, at_s: float) -> datetime:
        return self.told + timedelta(seconds=at_s - self.at_s)


@dataclass
class Clocks:
    """The business clock of this process. ``offset`` is replaced by the pulse, never by a room.

    Under it lies PostgreSQL's clock, carried on by this process's monotonic one: so a host whose wall clock jumps, or
    is wrong, opens and closes a window at the same instant as all others. A process that has not taken it yet, which
    serves nobody, goes by its wall clock.
    """

    timezone: ZoneInfo
    offset: timedelta = timedelta(0)
    _taken: _Taken | None = None
    _today: tuple[datetime, datetime, date] = field(default=(_NEVER, _NEVER, date.min), init=False, repr=False)

    def instant(self) -> datetime:
        """The business time, aware, UTC: for comparing, which between two zones costs ten times as much."""
        taken = self._taken
        real = real_now() if taken is None else taken.carried_to(clock_of_this_process.monotonic())
        return real + self.offset

    def now(self) -> datetime:
        """The business time, in the city's timezone."""
        return self.instant().astimezone(self.timezone)

    def day_at(self, now: datetime) -> date:
        """The business day of an ``instant`` of about now; worked out once a day."""
        start, end, day = self._today
        if not start <= now < end:
            day = self.day_of(now)
            start, end = (self.day_start(one).astimezone(UTC) for one in (day, day + timedelta(days=1)))
            self._today = (start, end, day)
        return day

    def take(self, told: datetime, *, asked_at_s: float, heard_at_s: float) -> None:
        """PostgreSQL said ``told`` (aware) between two moments of the monotonic clock.

        It may be as late as all of the round trip since. What is carried on stays where that allows it, and begins with
        the earliest: so it is never ahead of PostgreSQL's clock, nothing opens too early, and ways of uneven length do
        not make time step to and fro.
        """
        latest = told + timedelta(seconds=heard_at_s - asked_at_s)
        carried = self._taken.carried_to(heard_at_s) if self._taken else told
        self._taken = _Taken(min(max(carried, told), latest), heard_at_s)

    def day_of(self, moment: datetime) -> date:
        """The business day a moment belongs to."""
        return moment.astimezone(self.timezone).date()

    def day_start(self, day: date) -> datetime:
        """Midnight at the start of ``day`` in the city."""
        return datetime.combine(day, time(0), tzinfo=self.timezone)
