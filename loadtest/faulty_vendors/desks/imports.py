"""Importing a roster, and giving it back with a column of errors."""

import io

import msgspec
import xlsxwriter

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.rows import ImportRow, MerchantRow
from loadtest.faulty_vendors.desks.serving import Told, found, serves
from loadtest.faulty_vendors.roster.columns import find_layout
from loadtest.faulty_vendors.roster.judging import Judge, Judged
from loadtest.faulty_vendors.roster.reading import read_grid
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer
from voucher_contract import routes
from voucher_contract.routes import XLSX

_MOST_BAD_CELLS = 1_000


@serves(routes.IMPORT_MERCHANTS)
async def import_merchants(vendor: Vendor, act: Act) -> Told:
    """Judge a file; with ``dry_run=false`` its good rows go in."""
    dry_run = act.choice("dry_run", ("true", "false")) != "false"
    grid = read_grid(act.raw, act.media_type)
    layout = find_layout(grid)
    judge = Judge(
        layout, lambda till: _owner(vendor, till), check_credit_code=not vendor.has("bad-credit-code-admitted")
    )
    judged = judge.judge(grid)
    updated = 0 if dry_run else sum(_enter(vendor, values) for values in judged.good)
    imported = 0 if dry_run else len(judged.good) - updated
    row = ImportRow(vendor.ids.new("imp"), grid, layout.heading + 1, _errors(judged))
    vendor.store.put(row)
    counts = {"dry_run": dry_run, "good_rows": len(judged.good), "imported": imported, "updated": updated}
    act.object_id, act.detail = row.id, dict(counts)
    return {
        "id": row.id, **counts, "rows": judged.rows, "bad_rows": judged.bad_rows,
        "bad_cells": judged.bad[:_MOST_BAD_CELLS], "created_at": rfc3339(act.now),
    }  # fmt: skip


def _owner(vendor: Vendor, till: str) -> str | None:
    merchant_id = vendor.registry.owner_of(till)
    return vendor.store.row(MerchantRow, merchant_id).uscc if merchant_id else None


def _enter(vendor: Vendor, values: Told) -> bool:
    """Take a good row; True when the merchant was known. It keeps its id and its suspension."""
    known = vendor.registry.id_of(values["uscc"])
    if known is not None:
        vendor.store.put(msgspec.structs.replace(vendor.store.row(MerchantRow, known), **values))
    else:
        vendor.store.put(MerchantRow(id=vendor.ids.new("mer"), **values))
    return known is not None


def _errors(judged: Judged) -> dict[str, str]:
    told: dict[str, str] = {}
    for cell in judged.bad:
        before = told.get(str(cell["row"]))
        told[str(cell["row"])] = f"{before}；{cell['reason_zh']}" if before else cell["reason_zh"]
    return told


@serves(routes.GET_IMPORT_FILE)
async def get_import_file(vendor: Vendor, act: Act) -> Answer:
    """The cells as they came; text stays text, so that nothing in it becomes a formula."""
    row = found(vendor, ImportRow, act.path["import_id"])
    width = max(map(len, row.grid))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        for line, cells in enumerate(row.grid):
            for place, cell in enumerate(cells):
                (sheet.write_number if isinstance(cell, float) else sheet.write_string)(line, place, cell)
            error = "错误" if line + 1 == row.heading else row.errors.get(str(line + 1))
            if error is not None:
                sheet.write_string(line, width, error)
    return Answer(200, out.getvalue(), XLSX)
