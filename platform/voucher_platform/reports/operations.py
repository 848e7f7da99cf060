"""Making a report: one snapshot, a few statements, then rules."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.indicators import INDICATORS
from voucher_contract.indicators.kinds import Period
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES
from voucher_contract.models.reports import Dimension, T1Report
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.problems import Refused
from voucher_platform.reports import queries
from voucher_platform.reports.rules import Cell, Line, finish

_FIRST_DAY = date(2000, 1, 1)
_PLACE = ("dimension", "key", "period")


@dataclass(frozen=True)
class Campaign:
    """What of a campaign the report's headings need."""

    id: str
    name: str


async def get_campaign(connection: AsyncConnection, *, campaign_id: str) -> Campaign:
    """Raises ``not_found`` where there is no such campaign."""
    found = await connection.execute(text("SELECT id, name FROM campaign WHERE id = :id"), {"id": campaign_id})
    row = found.first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return Campaign(row.id, row.name)


async def make_t1_report(
    connection: AsyncConnection, *, campaign_id: str, day: date | None, clocks: Clocks,
    unsafe_settings: Sequence[str] = (),
) -> T1Report:  # fmt: skip
    """The report of business day ``day``, by default the day before now.

    ``connection`` must read one snapshot, so that every figure tells of the same instant. A running day is reported
    up to now with ``complete`` false. Raises ``not_found``, and ``invalid_request`` for a day that has not begun.
    """
    now = clocks.now()
    asked = day or clocks.day_of(now) - timedelta(days=1)
    if not _FIRST_DAY <= asked <= clocks.day_of(now):
        fault = {"field": "query.day", "message": f"a day from {_FIRST_DAY} to {clocks.day_of(now)}"}
        raise Refused(refusals.INVALID_REQUEST, fault["message"], errors=[fault])
    await get_campaign(connection, campaign_id=campaign_id)
    starts, ends = clocks.day_start(asked), clocks.day_start(asked + timedelta(days=1))
    asking = {"campaign": campaign_id, "starts": starts, "ends": ends, "day": asked, "upto": min(ends, now)}
    cells = await _count(connection, asking)
    lines = _lines(await _rows(connection, queries.BATCHES, asking), cells)
    return T1Report(
        campaign_id=campaign_id, day=asked, starts_at=starts, ends_at=ends, generated_at=now, complete=now >= ends,
        definitions=[indicator.definition for indicator in INDICATORS.values()], rows=finish(lines, cells),
        unsafe_settings=list(unsafe_settings),
    )  # fmt: skip


async def _rows(connection: AsyncConnection, statement: TextClause, asking: dict[str, Any]) -> list[dict[str, Any]]:
    needed = statement.compile().params
    found = await connection.execute(statement, {name: asking[name] for name in needed})
    return [dict(row) for row in found.mappings()]


async def _count(connection: AsyncConnection, asking: dict[str, Any]) -> list[Cell]:
    cells: list[Cell] = []
    for statement in queries.COUNTED:
        for row in await _rows(connection, statement, asking):
            dimension, key, period = (row.pop(name) for name in _PLACE)
            cells += [Cell(dimension, key, period, name, int(number)) for name, number in row.items()]
    return cells + _merchants(await _rows(connection, queries.MERCHANTS, asking))


def _merchants(rows: Iterable[dict[str, Any]]) -> list[Cell]:
    """Fold the counts by size and type into the total and one figure for each size and each type."""
    sums: Counter[tuple[Dimension, str, Period, str]] = Counter()
    for row in rows:
        for name in ("merchants", f"merchants_size_{row['size_class']}", f"merchants_type_{row['category']}"):
            sums[row["dimension"], row["key"], row["period"], name] += row["merchants"]
    return [Cell(*place, number=number) for place, number in sums.items()]


def _lines(batches: Iterable[dict[str, Any]], cells: Iterable[Cell]) -> list[Line]:
    """Every key to print, those with nothing to tell included: an empty industry or district is news too."""
    lines = [Line("total", "total", "合计")]
    lines += _known_and_found("industry", CATEGORY_NAMES, cells)
    lines += _known_and_found("district", DISTRICTS, cells)
    lines += _known_and_found("size_class", SIZE_CLASS_NAMES, cells)
    batches = list(batches)
    rounds = {row["round_id"]: row["round_name"] for row in batches}
    lines += [Line("batch", row["id"], row["name"]) for row in batches]
    return lines + [Line("round", key, name) for key, name in rounds.items()]


def _known_and_found(dimension: Dimension, names: dict[str, str], cells: Iterable[Cell]) -> list[Line]:
    found = {cell.key for cell in cells if cell.dimension == dimension} - names.keys()
    return [Line(dimension, key, names.get(key, key)) for key in (*names, *sorted(found))]
