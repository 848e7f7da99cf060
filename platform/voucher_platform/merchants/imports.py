"""Importing a roster: read, judge, and take the good rows in one transaction."""

import asyncio
import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, insert, select

from voucher_contract import refusals
from voucher_contract.models.merchants import BadCell, ImportReport
from voucher_platform.core import audit_log
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.merchants.cell_rules import GUANGHAN, CityBox
from voucher_platform.merchants.columns import TILLS, till_numbers
from voucher_platform.merchants.error_file import write_error_file
from voucher_platform.merchants.faults import MerchantLine
from voucher_platform.merchants.reading import Grid
from voucher_platform.merchants.rules import Layout, find_layout, judge_roster
from voucher_platform.merchants.tables import ImportRow

_ONE_IMPORT = 0x6D657263
MOST_BAD_CELLS = 5_000
"""A report lists no more bad cells than this; the file given back marks every row."""


async def import_merchants(
    connection: AsyncConnection, *, grid: Grid, dry_run: bool, by: str, now: datetime, city: CityBox = GUANGHAN
) -> ImportReport:  # fmt: skip
    """Judge ``grid`` and, unless ``dry_run``, take its good rows: new ones in, known credit codes updated.

    Imports run one after the other (advisory lock until the commit), so the tills that were free when the file was
    judged are still free when they are written. An updated merchant keeps its id and its suspension; tills that its
    row no longer names are gone. Refuses ``missing_columns`` and ``too_many_rows``.
    """
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_IMPORT})
    layout = find_layout(grid)
    owners = await _till_owners(connection, grid, layout)
    judgement = await asyncio.to_thread(judge_roster, grid, layout, till_owners=owners, city=city)
    imported, updated = (0, 0) if dry_run else await _take_lines(connection, judgement.lines)
    report = ImportReport(
        id=new_id("imp"), dry_run=dry_run, rows=judgement.rows, good_rows=len(judgement.lines),
        bad_rows=judgement.bad_rows, imported=imported, updated=updated,
        bad_cells=judgement.bad_cells[:MOST_BAD_CELLS], created_at=now,
    )  # fmt: skip
    cells = {"grid": grid, "heading": layout.heading, "errors": _errors_by_row(judgement.bad_cells)}
    await _store(connection, report=report, cells=cells, by=by)
    counts = {"dry_run": dry_run, "good_rows": report.good_rows, "imported": imported, "updated": updated}
    await audit_log.append(
        connection, principal=by, action="import_merchants", object_id=report.id, detail=counts, business_at=now
    )
    return report


async def get_import_file(connection: AsyncConnection, *, import_id: str) -> bytes:
    """The roster of an import as xlsx with a column of errors. Refuses ``not_found``."""
    row = (await connection.execute(select(ImportRow).where(col(ImportRow.id) == import_id))).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return await asyncio.to_thread(write_error_file, row.cells)


async def _till_owners(connection: AsyncConnection, grid: Grid, layout: Layout) -> dict[str, str]:
    """Credit code of the owner of every till in the file that is known already."""
    place = layout.places[TILLS]
    asked = {till for row in grid[layout.heading + 1 :] if place < len(row) for till in till_numbers(str(row[place]))}
    rows = await connection.execute(_OWNERS, {"tills": list(asked)})
    return {row.till_number: row.uscc for row in rows}


async def _take_lines(connection: AsyncConnection, lines: list[MerchantLine]) -> tuple[int, int]:
    """Write merchants and tills; returns how many merchants are new and how many were known."""
    columns: dict[str, list[Any]] = defaultdict(list)
    for line in lines:
        columns["id"].append(new_id("mer"))
        for name in _COLUMN_TYPES:
            if name != "id":
                columns[name].append(getattr(line, name))
    if not lines:
        return 0, 0
    written = (await connection.execute(_UPSERT, dict(columns))).all()
    id_of = {row.uscc: row.id for row in written}
    pairs = [(till, id_of[line.uscc]) for line in lines for till in line.tills]
    tills = {"tills": [till for till, _ in pairs], "merchants": [merchant for _, merchant in pairs]}
    await connection.execute(_DROP_TILLS, tills)
    await connection.execute(_NEW_TILLS, tills)
    imported = sum(row.is_new for row in written)
    return imported, len(written) - imported


async def _store(connection: AsyncConnection, *, report: ImportReport, cells: dict[str, Any], by: str) -> None:
    await connection.execute(
        insert(ImportRow).values(
            id=report.id, created_by=by, created_at=report.created_at, report=json.loads(report.model_dump_json()),
            cells=cells,
        )
    )  # fmt: skip


def _errors_by_row(bad_cells: list[BadCell]) -> dict[str, str]:
    lines: dict[str, list[str]] = defaultdict(list)
    for cell in bad_cells:
        hint = f"（{cell.suggestion_zh}）" if cell.suggestion_zh else ""
        lines[str(cell.row)].append(f"{cell.column}：{cell.reason_zh}{hint}")
    return {row: "；".join(found) for row, found in lines.items()}


_COLUMN_TYPES = {
    "id": "text", "uscc": "text", "name": "text", "district": "text", "category": "text", "industry_code": "text",
    "size_class": "text", "address": "text", "latitude": "double precision", "longitude": "double precision",
    "admitted": "boolean",
}  # fmt: skip
_NAMES = ", ".join(_COLUMN_TYPES)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMN_TYPES.items())
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMN_TYPES if name not in {"id", "uscc"})
_UPSERT = text(
    f"INSERT INTO merchant ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608 - own constants
    f" ON CONFLICT (uscc) DO UPDATE SET {_CHANGES} RETURNING id, uscc, (xmax = 0) AS is_new"
)
_OWNERS = text(
    "SELECT t.till_number, m.uscc FROM till t JOIN merchant m ON m.id = t.merchant_id"
    " WHERE t.till_number = ANY(CAST(:tills AS text[]))"
)
_DROP_TILLS = text(
    "DELETE FROM till WHERE merchant_id = ANY(CAST(:merchants AS text[]))"
    " AND till_number <> ALL(CAST(:tills AS text[]))"
)
_NEW_TILLS = text(
    "INSERT INTO till (till_number, merchant_id)"
    " SELECT * FROM unnest(CAST(:tills AS text[]), CAST(:merchants AS text[]))"
    " ON CONFLICT (till_number) DO NOTHING"
)
