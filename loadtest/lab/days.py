"""Business days: from midnight to midnight in Asia/Shanghai (S-21), which has had no summer time since 1991."""

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def day_of(instant: datetime) -> date:
    """The business day that ``instant`` belongs to."""
    return instant.astimezone(BEIJING).date()


def midnight(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def next_midnight(after: datetime) -> datetime:
    """The end of the business day of ``after``."""
    return midnight(day_of(after) + timedelta(days=1))
