"""Batches: planned in a draft, then paused, resumed, stopped, or given a larger quota."""

import msgspec

from loadtest.faulty_vendors.books.clock import rfc3339, to_us
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import BatchRow
from loadtest.faulty_vendors.desks.rounds import round_in
from loadtest.faulty_vendors.desks.serving import STAFF, Told, batch_for, open_campaign, page, rows_after, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused, invalid
from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import BatchSpec
from voucher_contract.models.common import DISTRICTS

_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def shown_batch(vendor: Vendor, batch: BatchRow) -> Told:
    """As the wire shows it."""
    return {
        **batch.terms, "quota": batch.quota, "id": batch.id, "round_id": batch.round_id,
        "campaign_id": batch.campaign_id, "state": batch.state, "issued": vendor.holdings.issued[batch.id],
        "voided": vendor.holdings.voided[batch.id], "remaining": vendor.stock.shown(batch),
    }  # fmt: skip


@serves(routes.CREATE_BATCH)
async def create_batch(vendor: Vendor, act: Act) -> Told:
    """Plan a batch within the deposited money, the other drafts counted in."""
    spec: BatchSpec = act.body
    _check_plan(spec)
    one = round_in(vendor, act, "draft")
    planned = sum(
        batch.face_fen * batch.quota
        for batch in vendor.store.of(BatchRow, campaign_id=one.campaign_id)
        if batch.state == "draft"
    )
    free = vendor.ledger.balance(account("free", one.campaign_id))
    if planned + spec.face_fen * spec.quota > free and not vendor.has("over-budget-accepted"):
        raise Refused(refusals.OVER_BUDGET, f"{free} fen are free, {planned} of them planned")
    batch = BatchRow(
        vendor.ids.new("bat"), one.id, one.campaign_id, "draft", spec.quota, spec.face_fen, spec.threshold_fen,
        to_us(spec.claim_opens_at), to_us(spec.claim_closes_at), to_us(spec.valid_from), to_us(spec.valid_until),
        spec.model_dump(mode="json"),
    )  # fmt: skip
    vendor.store.put(batch)
    vendor.store.put(msgspec.structs.replace(one, batch_ids=(*one.batch_ids, batch.id)))
    act.object_id = batch.id
    return shown_batch(vendor, batch)


def _check_plan(spec: BatchSpec) -> None:
    for name in ("districts", "resident_districts"):
        strange = set(getattr(spec, name)) - set(DISTRICTS)
        if strange:
            raise invalid(f"body.{name}", f"no district of this city: {', '.join(sorted(strange))}")
    for name in ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until"):
        if not _FIRST_YEAR <= getattr(spec, name).year <= _LAST_YEAR:
            raise invalid(f"body.{name}", f"a year from {_FIRST_YEAR} to {_LAST_YEAR}")


@serves(routes.LIST_BATCHES)
async def list_batches(vendor: Vendor, act: Act) -> Told:
    """Batches this caller may see, and the business time."""
    rows = rows_after(vendor, act, BatchRow)
    seen = (row for row in rows if row.state != "draft" or act.principal.role in STAFF)
    return {**page(vendor, act, seen, lambda row: shown_batch(vendor, row)), "server_time": rfc3339(act.now)}


@serves(routes.GET_BATCH)
async def get_batch(vendor: Vendor, act: Act) -> Told:
    """One batch."""
    return shown_batch(vendor, batch_for(vendor, act, act.path["batch_id"]))


def _enter(vendor: Vendor, act: Act, state: str, *before: str) -> Told:
    batch = batch_for(vendor, act, act.path["batch_id"])
    open_campaign(vendor, batch.campaign_id)
    if batch.state not in before:
        raise Refused(refusals.WRONG_STATE, f"the batch is {batch.state}")
    changed = msgspec.structs.replace(batch, state=state)
    vendor.store.put(changed)
    return shown_batch(vendor, changed)


@serves(routes.PAUSE_BATCH)
async def pause_batch(vendor: Vendor, act: Act) -> Told:
    """No claims for now."""
    return _enter(vendor, act, "paused", "live")


@serves(routes.RESUME_BATCH)
async def resume_batch(vendor: Vendor, act: Act) -> Told:
    """Claims again."""
    if vendor.has("stop-is-not-final"):
        return _enter(vendor, act, "live", "paused", "stopped")
    return _enter(vendor, act, "live", "paused")


@serves(routes.STOP_BATCH)
async def stop_batch(vendor: Vendor, act: Act) -> Told:
    """No claims ever again."""
    return _enter(vendor, act, "stopped", "live", "paused")


@serves(routes.RAISE_QUOTA)
async def raise_quota(vendor: Vendor, act: Act) -> Told:
    """More vouchers, paid from free money."""
    batch = batch_for(vendor, act, act.path["batch_id"])
    open_campaign(vendor, batch.campaign_id)
    if batch.state not in {"live", "paused"} or act.now >= batch.closes_us:
        raise Refused(refusals.WRONG_STATE, f"the batch is {batch.state}, or claiming has closed")
    more = act.body.quota - batch.quota
    free, reserved = account("free", batch.campaign_id), account("reserved", batch.id)
    if more <= 0 and not (vendor.has("quota-lowered") and more < 0):
        raise Refused(refusals.QUOTA_NOT_RAISED, f"the quota is {batch.quota}")
    if more * batch.face_fen > vendor.ledger.balance(free) and not vendor.has("over-budget-accepted"):
        raise Refused(refusals.OVER_BUDGET)
    changed = msgspec.structs.replace(batch, quota=act.body.quota)
    vendor.store.put(changed)
    debit, credit = (free, reserved) if more > 0 else (reserved, free)
    vendor.ledger.move(
        batch.campaign_id, debit, credit, abs(more) * batch.face_fen,
        kind="reserve" if more > 0 else "unreserve", reference=batch.id, at_us=act.now, count=abs(more),
    )  # fmt: skip
    vendor.stock.came_back(batch.id, max(more, 0))
    return shown_batch(vendor, changed)
