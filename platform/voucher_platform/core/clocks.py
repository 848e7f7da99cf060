"""Two clocks. The business clock rules windows, validity and reports; the real clock rules tokens, limits, timeouts.

In production they are the same. In a sandbox the business clock runs ahead by an offset that is kept in SQL and
taken by every process within one poll (``core.pulse``).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def real_now() -> datetime:
    """The real time, aware, UTC."""
    return datetime.now(UTC)


@dataclass
class Clocks:
    """The business clock of this process. ``offset`` is replaced by the pulse, never by a room."""

    timezone: ZoneInfo
    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The business time, in the city's timezone."""
        return (real_now() + self.offset).astimezone(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """The business day a moment belongs to."""
        return moment.astimezone(self.timezone).date()

    def day_start(self, day: date) -> datetime:
        """Midnight at the start of ``day`` in the city."""
        return datetime.combine(day, time(0), tzinfo=self.timezone)
