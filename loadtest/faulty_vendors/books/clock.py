"""The two clocks, and the business days of the city. All instants are microseconds since 1970."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from loadtest.faulty_vendors.books.rows import ClockRow
from loadtest.faulty_vendors.books.store import Store

CITY = ZoneInfo("Asia/Shanghai")
DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = "business"


def to_us(moment: datetime) -> int:
    """Whole microseconds since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def rfc3339(us: int) -> str:
    """As the wire writes it."""
    return from_us(us).isoformat()


def real_us() -> int:
    """The real clock."""
    return time.time_ns() // 1_000


def day_of(us: int) -> date:
    """The business day of an instant."""
    return from_us(us).astimezone(CITY).date()


def day_start(day: date) -> int:
    """Midnight at which a business day begins."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=CITY))


class Clock:
    """The business clock: the real one and an offset that only grows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> int:
        """Business time."""
        row = self._store.find(ClockRow, _NAME)
        return real_us() + (row.offset_us if row else 0)

    def last_set(self) -> int | None:
        """The instant it was last set to."""
        row = self._store.find(ClockRow, _NAME)
        return row.last_set_us if row else None

    def move(self, instant: int) -> None:
        """Set it to ``instant``."""
        self._store.put(ClockRow(_NAME, instant - real_us(), instant))
