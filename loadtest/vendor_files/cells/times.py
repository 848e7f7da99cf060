"""Times as text become microseconds since 1970 in UTC; days become numbers of days since 1970."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints, Mask

US_PER_S = 1_000_000
US_PER_DAY = 86_400 * US_PER_S
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local wall-clock times are counted from it before their zone is applied
_WIDTH = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "f": 6}
_NUMBER = re.compile(r"[0-9]{1,16}")


def time_cells(cells: Sequence[str], form: str, zone: str) -> tuple[Ints, list[int]]:
    """Microseconds of each cell, MISSING where empty or unreadable, and the positions of the unreadable ones.

    Padded texts of one format go through numpy; the rest, such as 2026/1/5 9:00, one by one. Cells of a workbook
    that Excel stores as dates arrive in ISO form whatever the format says, so ISO is always understood.
    """
    values = np.full(len(cells), MISSING, dtype=np.int64)
    filled = np.array([bool(cell) for cell in cells], dtype=bool)
    if form not in {"iso", "epoch_s", "epoch_ms"}:
        wall, good = _padded(cells, form)
        values[good] = _utc(wall[good], ZoneInfo(zone))
        filled &= ~good
    bad = []
    known: dict[str, int | None] = {}
    for at in np.flatnonzero(filled).tolist():
        cell = cells[at]
        if cell not in known:
            known[cell] = _one(cell, form, ZoneInfo(zone))
        instant = known[cell]
        if instant is None:
            bad.append(at)
        else:
            values[at] = instant
    return values, bad


def day_cells(cells: Sequence[str], form: str) -> tuple[Ints, list[int]]:
    """Days since 1970 of each cell. A time's day is the wall clock's."""
    instants, bad = time_cells(cells, form if "%" in form else "iso", "UTC")
    read = instants != MISSING
    instants[read] //= US_PER_DAY
    return instants, bad


def day_starts(days: Ints, zone: str) -> Ints:
    """The instant at which each day begins in the zone."""
    return _utc(days * US_PER_DAY, ZoneInfo(zone))


def local_days(instants: Ints, zone: str) -> Ints:
    """The wall clock's day of each instant; MISSING stays."""
    return _wall(instants, zone, US_PER_DAY)


def local_hours(instants: Ints, zone: str) -> Ints:
    """The wall clock's hour of day, 0 to 23; MISSING stays."""
    hours = _wall(instants, zone, 3_600 * US_PER_S)
    return np.where(hours == MISSING, MISSING, hours % 24)


def instant_of(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def shown(instant: int, zone: str) -> str:
    """An instant in words for people, in the zone."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return moment.astimezone(ZoneInfo(zone)).isoformat(sep=" ")


def day_of(number: int) -> date:
    """The date of a day's number."""
    return date(1970, 1, 1) + timedelta(days=number)


def _one(cell: str, form: str, zone: ZoneInfo) -> int | None:
    if form in {"epoch_s", "epoch_ms"}:
        return int(cell) * (US_PER_S if form == "epoch_s" else 1_000) if _NUMBER.fullmatch(cell) else None
    try:
        moment = datetime.fromisoformat(cell) if form == "iso" else datetime.strptime(cell, form)  # noqa: DTZ007 - the zone comes next
    except ValueError:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            return None
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _padded(cells: Sequence[str], form: str) -> tuple[Ints, Mask]:
    """Wall-clock microseconds of the cells that have exactly the format's padded shape, and which those are."""
    width, places, signs = _places(form)
    texts = np.array([cell if len(cell) == width else " " * width for cell in cells], dtype=f"U{width}")
    marks = texts.view(np.uint32).reshape(len(cells), width).astype(np.int64)
    good = np.ones(len(cells), dtype=bool)
    for at, sign in signs:
        good &= marks[:, at] == ord(sign)
    part: dict[str, Ints] = {}
    for name, (start, stop) in places.items():
        digits = marks[:, start:stop] - ord("0")
        good &= ((digits >= 0) & (digits <= 9)).all(axis=1)
        part[name] = digits @ (10 ** np.arange(stop - start - 1, -1, -1, dtype=np.int64))
    return _assembled(part, good)


def _places(form: str) -> tuple[int, dict[str, tuple[int, int]], list[tuple[int, str]]]:
    places: dict[str, tuple[int, int]] = {}
    signs: list[tuple[int, str]] = []
    at = 0
    for piece in re.findall(r"%.|[^%]", form, re.DOTALL):
        if piece[0] == "%":
            places[piece[1]] = (at, at + _WIDTH[piece[1]])
            at += _WIDTH[piece[1]]
        else:
            signs.append((at, piece))
            at += 1
    return at, places, signs


def _assembled(part: dict[str, Ints], good: Mask) -> tuple[Ints, Mask]:
    zero = np.zeros(len(good), dtype=np.int64)
    hour, minute, second = (part.get(name, zero) for name in "HMS")
    month, day = part["m"], part["d"]
    good = good & (part["Y"] >= 1970) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(good, (part["Y"] - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    good &= day <= length
    seconds = hour * 3_600 + minute * 60 + second
    return (first + day - 1) * US_PER_DAY + seconds * US_PER_S + part.get("f", zero), good


def _utc(wall: Ints, zone: ZoneInfo) -> Ints:
    """Wall-clock microseconds to instants. Zones change their offset on whole hours, so one look an hour is enough."""
    hours, back = np.unique(wall // (3_600 * US_PER_S), return_inverse=True)
    offsets = [_offset_us(_EPOCH + timedelta(hours=int(hour)), zone) for hour in hours]
    return wall - np.array(offsets, dtype=np.int64)[back] if len(hours) else wall


def _offset_us(wall: datetime, zone: ZoneInfo) -> int:
    offset = wall.replace(tzinfo=zone).utcoffset()
    assert offset is not None, "a zone of the zone database has an offset at every time"
    return offset // timedelta(microseconds=1)


def _wall(instants: Ints, zone: str, unit: int) -> Ints:
    read = instants != MISSING
    hours, back = np.unique(instants[read] // (3_600 * US_PER_S), return_inverse=True)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    at = ((start + timedelta(hours=int(hour))).astimezone(ZoneInfo(zone)).utcoffset() for hour in hours)
    offsets = np.array([offset // timedelta(microseconds=1) for offset in at if offset is not None], dtype=np.int64)
    out = np.full(len(instants), MISSING, dtype=np.int64)
    if len(hours):
        out[read] = (instants[read] + offsets[back]) // unit
    return out
