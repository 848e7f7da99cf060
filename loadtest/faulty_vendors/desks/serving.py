"""Which function answers which route, and what many of them share."""

from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from loadtest.faulty_vendors.books.rows import BatchRow, CampaignRow, Row
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer, Refused
from voucher_contract import refusals
from voucher_contract.refusals import Refusal
from voucher_contract.routes import Route

Told = dict[str, Any]
Desk = Callable[[Vendor, Act], Awaitable[Told | Answer]]
DESKS: dict[str, Desk] = {}
SomeRow = TypeVar("SomeRow", bound=Row)
STAFF = frozenset({"bureau", "auditor", "operator"})


def serves(route: Route) -> Callable[[Desk], Desk]:
    """Registers the function that answers ``route``."""

    def register(desk: Desk) -> Desk:
        DESKS[route.name] = desk
        return desk

    return register


def found(vendor: Vendor, kind: type[SomeRow], key: str, missing: Refusal = refusals.NOT_FOUND) -> SomeRow:
    """A row by its id, or the refusal."""
    row = vendor.store.find(kind, key)
    if row is None:
        raise Refused(missing)
    return row


def open_campaign(vendor: Vendor, campaign_id: str) -> CampaignRow:
    """Refuses ``not_found``, and ``wrong_state`` when it is closed."""
    campaign = found(vendor, CampaignRow, campaign_id)
    if campaign.state != "open":
        raise Refused(refusals.WRONG_STATE, "the campaign is closed")
    return campaign


def batch_for(vendor: Vendor, act: Act, batch_id: str) -> BatchRow:
    """A batch this caller may see: drafts are the staff's alone. Refuses ``unknown_batch``."""
    batch = found(vendor, BatchRow, batch_id, refusals.UNKNOWN_BATCH)
    if batch.state == "draft" and act.principal.role not in STAFF:
        raise Refused(refusals.UNKNOWN_BATCH)
    return batch


def page(vendor: Vendor, act: Act, rows: Iterable[SomeRow], show: Callable[[SomeRow], Told]) -> Told:
    """One page of ``rows``, which begin after the cursor, in the order of their keys."""
    limit = act.limit()
    some = list(islice(rows, limit + 1))
    more = len(some) > limit
    # The cursor is the last row of this page. With the first of the next page in its place, that row is lost.
    last = limit if vendor.has("listing-loses-rows") else limit - 1
    return {"items": [show(row) for row in some[:limit]], "next_cursor": str(some[last].key) if more else None}


def rows_after(vendor: Vendor, act: Act, kind: type[SomeRow], **owner: str) -> Iterable[SomeRow]:
    """The rows of a listing after the request's cursor: all, or those of one owner."""
    keys = vendor.store.shelf(kind, **owner).after(act.cursor())
    return (vendor.store.row(kind, key) for key in keys)
