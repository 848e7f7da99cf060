"""The register of merchants: looked up, suspended, reinstated; and their tills."""

from collections import Counter
from datetime import UTC, datetime

import msgspec

from loadtest.faulty_vendors.books.rows import MerchantRow
from loadtest.faulty_vendors.desks.serving import Told, found, page, rows_after, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused, invalid
from loadtest.faulty_vendors.wire.tokens import Principal
from voucher_contract import refusals, routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.models.merchants import MerchantSelector

_TILL_TOKEN_S = 30 * 86_400
_STATUSES = ("admitted", "not_admitted", "suspended")


def _visible(act: Act, row: MerchantRow) -> bool:
    """Staff see all, a merchant itself, a consumer those where vouchers can be used."""
    if act.principal.role == "merchant":
        return row.id == act.by
    return act.principal.role != "consumer" or row.status == "admitted"


def _shown(act: Act, row: MerchantRow) -> Told:
    names = (
        "id", "uscc", "name", "district", "category", "industry_code", "size_class", "address", "latitude",
        "longitude", "status",
    )  # fmt: skip
    tills = [] if act.principal.role == "consumer" else sorted(row.tills)
    return {**{name: getattr(row, name) for name in names}, "till_numbers": tills}


@serves(routes.LIST_MERCHANTS)
async def list_merchants(vendor: Vendor, act: Act) -> Told:
    """Those this caller may see, by district, industry and status."""
    wanted = {
        "district": act.choice("district", tuple(DISTRICTS)), "category": act.choice("category", tuple(CATEGORY_NAMES)),
        "status": act.choice("status", _STATUSES),
    }  # fmt: skip
    rows = (
        row for row in rows_after(vendor, act, MerchantRow)
        if _visible(act, row) and all(want in {None, getattr(row, name)} for name, want in wanted.items())
    )  # fmt: skip
    return page(vendor, act, rows, lambda row: _shown(act, row))


@serves(routes.GET_MERCHANT)
async def get_merchant(vendor: Vendor, act: Act) -> Told:
    """One merchant."""
    row = found(vendor, MerchantRow, act.path["merchant_id"])
    if not _visible(act, row):
        raise Refused(refusals.NOT_FOUND)
    return _shown(act, row)


@serves(routes.GET_COVERAGE)
async def get_coverage(vendor: Vendor, act: Act) -> Told:  # noqa: ARG001 - every desk is called alike
    """Admitted merchants in every cell of district by industry."""
    rows = vendor.store.all(MerchantRow)
    counts = Counter((row.district, row.category) for row in rows if row.status == "admitted")
    cells = [
        {"district": district, "category": category, "merchants": counts[district, category]}
        for district in DISTRICTS for category in CATEGORY_NAMES
    ]  # fmt: skip
    return {"cells": cells, "empty_cells": sum(cell["merchants"] == 0 for cell in cells)}


def _select(vendor: Vendor, act: Act, *, suspended: bool) -> Told:
    selector: MerchantSelector = act.body
    wanted = {"id": selector.merchant_id, "district": selector.district, "category": selector.category}
    if not any(wanted.values()):
        raise invalid("body", "name a merchant, a district or an industry")
    met = [
        row for row in vendor.store.all(MerchantRow)
        if all(want in {None, getattr(row, name)} for name, want in wanted.items())
    ]  # fmt: skip
    if not met:
        raise Refused(refusals.NOT_FOUND)
    for row in met:
        vendor.store.put(msgspec.structs.replace(row, suspended=suspended))
    act.object_id = selector.merchant_id or "selection"
    return {"merchant_ids": sorted(row.id for row in met)}


@serves(routes.SUSPEND_MERCHANTS)
async def suspend_merchants(vendor: Vendor, act: Act) -> Told:
    """They cannot redeem from now on."""
    return _select(vendor, act, suspended=True)


@serves(routes.REINSTATE_MERCHANTS)
async def reinstate_merchants(vendor: Vendor, act: Act) -> Told:
    """They can again."""
    return _select(vendor, act, suspended=False)


@serves(routes.ISSUE_TILL_TOKEN)
async def issue_till_token(vendor: Vendor, act: Act) -> Told:
    """A token for one till of a merchant."""
    row, till = found(vendor, MerchantRow, act.path["merchant_id"]), act.body.till_number
    if till not in row.tills:
        raise Refused(refusals.TILL_NOT_OF_MERCHANT)
    token, ends = vendor.tokens.seal(Principal("merchant", row.id, till), _TILL_TOKEN_S)
    return {
        "token": token, "merchant_id": row.id, "till_number": till,
        "expires_at": datetime.fromtimestamp(ends, UTC).isoformat(),
    }  # fmt: skip
