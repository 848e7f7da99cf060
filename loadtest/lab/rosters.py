"""Rosters of merchants for cases: as files of every kind, sent, and looked up afterwards."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab
from loadtest.lab.staff import roster_csv, roster_row
from merchant_sim.roster import COLUMNS
from voucher_contract import routes
from voucher_contract.routes import CSV

Row = dict[str, Any]
_PAGES = 200


def new_row(lab: Lab, category: str = "catering", district: str = "510681003", **changes: Any) -> Row:
    """A good row of a shop nobody else has; ``changes`` by Chinese heading."""
    return roster_row(lab.world.shop_number(), category, district, **changes)


def roster_xlsx(rows: Sequence[Row]) -> bytes:
    """Rows as a workbook; text stays text."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("商户名册")
        for line, row in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]):
            for place, name in enumerate(COLUMNS):
                sheet.write(line, place, row[name])
    return target.getvalue()


async def send(
    lab: Lab, file: bytes | Sequence[Row], *, media_type: str = CSV, dry_run: str | None = "false"
) -> Exchange:
    """Import a file, or rows as CSV with a byte order mark. ``dry_run`` None does not say whether."""
    body = file if isinstance(file, bytes) else roster_csv(file)
    query = {} if dry_run is None else {"dry_run": dry_run}
    return await lab.do(routes.IMPORT_MERCHANTS, lab.operator, body=body, media_type=media_type, query=query)


async def pages(lab: Lab) -> list[Exchange]:
    """The whole list of merchants as the operator sees it. Raises CannotPlay."""
    found: list[Exchange] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = await lab.do(routes.LIST_MERCHANTS, lab.operator, query=query)
        found.append(page)
        cursor = lab.got(page)["next_cursor"]
        if cursor is None:
            break
    return found
