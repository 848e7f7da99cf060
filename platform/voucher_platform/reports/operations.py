"""Making a report: one snapshot, a few statements, then rules."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.reports import T1Report
from voucher_platform.core import audit_log
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.problems import Refused
from voucher_platform.reports import queries
from voucher_platform.reports.counting import count_cells, known_lines, read_rows
from voucher_platform.reports.rules import Cell, Line, finish

_FIRST_DAY = date(2000, 1, 1)


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
    asking = {
        "campaign": campaign_id, "round": None, "starts": starts, "ends": ends, "day": asked, "upto": min(ends, now),
    }  # fmt: skip
    cells = await count_cells(connection, asking)
    lines = _lines(await read_rows(connection, queries.BATCHES, asking), cells)
    return T1Report(
        campaign_id=campaign_id, day=asked, starts_at=starts, ends_at=ends, generated_at=now, complete=now >= ends,
        definitions=[indicator.definition for indicator in INDICATORS.values()], rows=finish(lines, cells),
        unsafe_settings=list(unsafe_settings),
    )  # fmt: skip


async def record_fetched(
    connection: AsyncConnection, *, object_id: str, content: bytes, told: dict[str, Any], by: str, now: datetime
) -> None:
    """Enter in the audit log that ``by`` was given a report of ``object_id``, its size and its SHA-256 beside ``told``:
    so a file that is shown later can be known again.
    """
    detail = {**told, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    await audit_log.append(
        connection, principal=by, action="report_fetched", object_id=object_id, detail=detail, business_at=now
    )


def _lines(batches: Iterable[dict[str, Any]], cells: Iterable[Cell]) -> list[Line]:
    """Every key to print: what is known anyway, then the campaign's batches and rounds."""
    batches = list(batches)
    rounds = {row["round_id"]: row["round_name"] for row in batches}
    lines = [*known_lines(cells), *(Line("batch", row["id"], row["name"]) for row in batches)]
    return lines + [Line("round", key, name) for key, name in rounds.items()]
