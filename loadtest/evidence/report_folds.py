"""Folds over T+1 reports: a line against what it must be, lines against their sum, files against the JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from python_calamine import CalamineWorkbook

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import fold

_ZIP = b"PK"


@fold
def line_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[list[Any]]:
    """Indicators of one line that are not as ``given["expected"]`` has them: [name, expected, reported].

    The line is ``given["dimension"]``, ``given["key"]``, ``given["period"]``. One that is not there counts as
    reporting nothing at all, so it differs in every figure that is not 0 or none.
    """
    (report,) = exchanges
    values = _values(report, given["dimension"], given["key"], given["period"])
    wrong = []
    for name, expected in given["expected"].items():
        reported = values.get(name, "absent") if values is not None else 0
        if reported != expected and not (values is None and expected is None):
            wrong.append([name, expected, reported])
    return wrong


def _values(report: Exchange, dimension: str, key: str, period: str) -> Mapping[str, Any] | None:
    for row in report.value["rows"]:
        if (row["dimension"], row["key"], row["period"]) == (dimension, key, period):
            values: Mapping[str, Any] = row["values"]
            return values
    return None


@fold
def sums_that_differ(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:
    """Which of ``given["indicators"]`` are, in ``given["period"]``, no sum of the lines of ``given["dimension"]``."""
    (report,) = exchanges
    rows = [one for one in report.value["rows"] if one["period"] == given["period"]]
    (total,) = [one["values"] for one in rows if one["dimension"] == "total"]
    lines = [one["values"] for one in rows if one["dimension"] == given["dimension"]]
    return [name for name in given["indicators"] if total[name] != sum(one[name] or 0 for one in lines)]


@fold
def without_formula(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - see FOLDS
    """Indicators that the report shows without a definition that has a formula."""
    (report,) = exchanges
    told = {one["indicator"] for one in report.value["definitions"] if one["formula_zh"].strip()}
    return sorted({name for row in report.value["rows"] for name in row["values"]} - told)


@fold
def utc_instant(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> str:
    """The time in the field ``given["field"]`` in UTC, whatever offset it was written with."""
    (exchange,) = exchanges
    return datetime.fromisoformat(exchange.value[given["field"]]).astimezone(UTC).isoformat()


@fold
def figures_missing_in_file(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:
    """Which of ``given["indicators"]`` of the first exchange's report, total line, stand nowhere in the second's file.

    Money may stand there in fen or in yuan. The contract fixes no layout, so a number is looked for in every cell.
    """
    report, file = exchanges
    numbers = set(table_numbers(file.reply_body))
    values = _values(report, "total", "total", given["period"])
    if values is None:
        raise LookupError("the report has no total line")
    return [name for name in given["indicators"] if not _stands_in(numbers, name, values[name])]


def _stands_in(numbers: set[float], name: str, value: float) -> bool:
    return value in numbers or (name.endswith("_fen") and round(value / 100, 2) in numbers)


def table_numbers(body: bytes) -> list[float]:
    """Every number in the cells of a CSV (UTF-8) or xlsx file."""
    return [number for cell in table_cells(body) if (number := _number(cell)) is not None]


def table_cells(body: bytes) -> list[Any]:
    """Every cell of a CSV (UTF-8) or xlsx file."""
    return [cell for row in table_rows(body) for cell in row]


def table_rows(body: bytes) -> list[list[Any]]:
    """Every row of a CSV (UTF-8) or xlsx file, all sheets one after the other."""
    if body.startswith(_ZIP):
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def _number(cell: Any) -> float | None:
    try:
        return round(float(str(cell).replace(",", "")), 4)
    except ValueError:
        return None


@fold
def starts_with_mark(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> bool:  # noqa: ARG001 - see FOLDS
    """Whether the reply's body begins with the byte order mark of UTF-8."""
    (file,) = exchanges
    return file.reply_body.startswith(b"\xef\xbb\xbf")
