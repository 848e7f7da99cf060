"""The merchant roster as the bureau would send it: one row a shop, Chinese headings, xlsx or CSV."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import xlsxwriter

from merchant_sim.city import City
from merchant_sim.merchants import Merchant

COLUMNS = (
    "统一社会信用代码", "商户名称", "区域代码", "区域名称", "行业业态", "行业代码", "规模类型", "地址",
    "纬度", "经度", "终端号",
)  # fmt: skip
TILL_SEPARATOR = "、"
CsvEncoding = Literal["utf-8-sig", "gbk"]
Cell = str | float
RosterRow = dict[str, Cell]

_WIDTHS = (22, 30, 12, 12, 12, 10, 12, 40, 11, 11, 48)
_PRINTED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # A fixed date in the file's properties: same roster, same bytes.


def roster_rows(city: City) -> list[RosterRow]:
    """Return one good row for each merchant, by merchant number; positions are numbers in degrees."""
    return [row_of(merchant) for merchant in city.merchants]


def row_of(merchant: Merchant) -> RosterRow:
    """Return the row of one merchant."""
    values: tuple[Cell, ...] = (
        merchant.uscc,
        merchant.name,
        merchant.district,
        merchant.district_name,
        merchant.industry_name,
        merchant.industry_code,
        merchant.size_class,
        merchant.address,
        merchant.latitude,
        merchant.longitude,
        TILL_SEPARATOR.join(till.terminal for till in merchant.tills),
    )
    return dict(zip(COLUMNS, values, strict=True))


def write_xlsx(path: Path, rows: Sequence[RosterRow]) -> None:
    """Write rows below a heading; text stays text, so that codes keep their zeros."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"title": "模拟商户名册", "created": _PRINTED})
        sheet = book.add_worksheet("商户名册")
        heading = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        sheet.freeze_panes(1, 2)
        for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, heading)
        for line, row in enumerate(rows, start=1):
            for column, name in enumerate(COLUMNS):
                sheet.write(line, column, row[name])


def write_csv(path: Path, rows: Sequence[RosterRow], *, encoding: CsvEncoding = "utf-8-sig") -> None:
    """Write rows as CSV: UTF-8 with a byte order mark as Excel wants it, or GBK as older systems send it."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
