"""Running the counting statements, and the lines to print: shared by the T+1 report and the report of a round."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract.indicators.kinds import Period
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES
from voucher_contract.models.reports import Dimension
from voucher_platform.reports import queries
from voucher_platform.reports.rules import Cell, Line

_PLACE = ("dimension", "key", "period")
_KNOWN: tuple[tuple[Dimension, dict[str, str]], ...] = (
    ("industry", CATEGORY_NAMES), ("district", DISTRICTS), ("size_class", SIZE_CLASS_NAMES)
)  # fmt: skip


async def read_rows(
    connection: AsyncConnection, statement: TextClause, asking: dict[str, Any]
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of ``statement``, which takes of ``asking`` what it names."""
    needed = statement.compile().params
    found = await connection.execute(statement, {name: asking[name] for name in needed})
    return [dict(row) for row in found.mappings()]


async def count_cells(connection: AsyncConnection, asking: dict[str, Any]) -> list[Cell]:
    """Every counted figure in every place and period. ``connection`` must read one snapshot."""
    cells: list[Cell] = []
    for statement in queries.COUNTED:
        for row in await read_rows(connection, statement, asking):
            dimension, key, period = (row.pop(name) for name in _PLACE)
            cells += [Cell(dimension, key, period, name, int(number)) for name, number in row.items()]
    return cells + _merchants(await read_rows(connection, queries.MERCHANTS, asking))


def fold_merchants(size_class: str, category: str) -> tuple[str, str, str]:
    """The figures in which a merchant of this size and type counts."""
    return "merchants", f"merchants_size_{size_class}", f"merchants_type_{category}"


def _merchants(rows: Iterable[dict[str, Any]]) -> list[Cell]:
    """Fold the counts by size and type into the total and one figure for each size and each type."""
    sums: Counter[tuple[Dimension, str, Period, str]] = Counter()
    for row in rows:
        for name in fold_merchants(row["size_class"], row["category"]):
            sums[row["dimension"], row["key"], row["period"], name] += row["merchants"]
    return [Cell(*place, number=number) for place, number in sums.items()]


def known_lines(cells: Iterable[Cell]) -> list[Line]:
    """The total, every industry, district and size class, those with nothing to tell included: that is news, too."""
    lines = [Line("total", "total", "合计")]
    for dimension, names in _KNOWN:
        found = {cell.key for cell in cells if cell.dimension == dimension} - names.keys()
        lines += [Line(dimension, key, names.get(key, key)) for key in (*names, *sorted(found))]
    return lines
