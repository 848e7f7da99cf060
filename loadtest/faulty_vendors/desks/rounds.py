"""Rounds on their way from draft to published."""

from typing import Any

import msgspec

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import BatchRow, RoundRow
from loadtest.faulty_vendors.desks.serving import Told, found, open_campaign, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals, routes


def shown_round(one: RoundRow) -> Told:
    """As the wire shows it."""
    return {
        "id": one.id, "campaign_id": one.campaign_id, "name": one.name, "state": one.state,
        "submitted_by": one.submitted_by, "approved_by": one.approved_by,
        "published_at": None if one.published_us is None else rfc3339(one.published_us),
        "batch_ids": sorted(one.batch_ids),
    }  # fmt: skip


def round_in(vendor: Vendor, act: Act, *states: str) -> RoundRow:
    """The round of the address, of an open campaign. Refuses ``not_found``, and ``wrong_state`` in another state."""
    one = found(vendor, RoundRow, act.path["round_id"])
    open_campaign(vendor, one.campaign_id)
    if one.state not in states:
        raise Refused(refusals.WRONG_STATE, f"the round is {one.state}")
    return one


def _changed(vendor: Vendor, one: RoundRow, **changes: Any) -> Told:
    changed = msgspec.structs.replace(one, **changes)
    vendor.store.put(changed)
    return shown_round(changed)


@serves(routes.CREATE_ROUND)
async def create_round(vendor: Vendor, act: Act) -> Told:
    """A draft."""
    campaign = open_campaign(vendor, act.path["campaign_id"])
    one = RoundRow(vendor.ids.new("rnd"), campaign.id, act.body.name)
    vendor.store.put(one)
    act.object_id = one.id
    return shown_round(one)


@serves(routes.GET_ROUND)
async def get_round(vendor: Vendor, act: Act) -> Told:
    """One round."""
    return shown_round(found(vendor, RoundRow, act.path["round_id"]))


@serves(routes.SUBMIT_ROUND)
async def submit_round(vendor: Vendor, act: Act) -> Told:
    """The maker hands it to the checker; an empty round cannot be judged."""
    one = round_in(vendor, act, "draft")
    if not one.batch_ids:
        raise Refused(refusals.WRONG_STATE, "the round has no batch")
    return _changed(vendor, one, state="submitted", submitted_by=act.by)


@serves(routes.APPROVE_ROUND)
async def approve_round(vendor: Vendor, act: Act) -> Told:
    """Somebody other than the maker says yes."""
    one = round_in(vendor, act, "submitted")
    if one.submitted_by == act.by and not vendor.has("same-officer-approves"):
        raise Refused(refusals.SAME_OFFICER)
    return _changed(vendor, one, state="approved", approved_by=act.by)


@serves(routes.REJECT_ROUND)
async def reject_round(vendor: Vendor, act: Act) -> Told:
    """Back to the maker."""
    one = round_in(vendor, act, "submitted", "approved")
    if one.submitted_by == act.by:
        raise Refused(refusals.SAME_OFFICER)
    return _changed(vendor, one, state="draft", submitted_by=None, approved_by=None)


@serves(routes.PUBLISH_ROUND)
async def publish_round(vendor: Vendor, act: Act) -> Told:
    """Reserve the money of every batch, or of none."""
    one = round_in(vendor, act, "approved")
    batches = [vendor.store.row(BatchRow, batch_id) for batch_id in one.batch_ids]
    free = account("free", one.campaign_id)
    needed = sum(batch.face_fen * batch.quota for batch in batches)
    if needed > vendor.ledger.balance(free) and not vendor.has("over-budget-accepted"):
        raise Refused(refusals.OVER_BUDGET)
    for batch in batches:
        vendor.ledger.move(
            one.campaign_id, free, account("reserved", batch.id), batch.face_fen * batch.quota,
            kind="reserve", reference=batch.id, at_us=act.now, count=batch.quota,
        )  # fmt: skip
        vendor.store.put(msgspec.structs.replace(batch, state="live"))
    return _changed(vendor, one, state="published", published_us=act.now)
