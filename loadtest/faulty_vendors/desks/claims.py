"""The claim: judged in the contract's order, then a voucher, all in one go; nothing waits between check and write."""

import math

from loadtest.faulty_vendors.books.clock import DAY_US, day_of
from loadtest.faulty_vendors.books.ids import secret_code
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import AccountRow, BatchRow, TriedRow, VoucherRow
from loadtest.faulty_vendors.desks.fences import metres
from loadtest.faulty_vendors.desks.pending import ended_refused, postpone, waits
from loadtest.faulty_vendors.desks.serving import Told, found, serves
from loadtest.faulty_vendors.desks.vouchers import shown_voucher
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer, Refused
from voucher_contract import refusals, routes

_SOME_SECONDS_US = 5_000_000


def count_attempt(vendor: Vendor, act: Act) -> None:
    """Somebody tries to claim of a published batch; repetitions count, too. Sealed with whatever comes of it."""
    batch = vendor.store.find(BatchRow, act.path["batch_id"])
    if batch is not None and batch.state != "draft":
        day = day_of(act.now).isoformat()
        place = f"{batch.id}|{act.by}|{day}"
        before = vendor.store.find(TriedRow, place)
        vendor.store.put(TriedRow(place, batch.id, act.by, day, 1 + (before.attempts if before else 0)))


@serves(routes.CLAIM)
async def claim(vendor: Vendor, act: Act) -> Told | Answer:
    """One voucher, or the first reason against it."""
    if waits(vendor, act):
        return postpone(vendor, act, grant)
    return await grant(vendor, act)


async def grant(vendor: Vendor, act: Act) -> Told:
    """Judge and issue. The awaits are those of vendors that look first and write later."""
    batch, who = _open_batch(vendor, act), vendor.store.row(AccountRow, act.by)
    _check_claimer(vendor, batch, who, act)
    _check_rate(vendor, batch, who, act)
    _check_limit(vendor, batch, who, act)
    _check_stock(vendor, batch, who)
    if vendor.has("oversell-check-then-insert"):
        await vendor.slow_database()
        _check_limit(vendor, batch, who, act)
    if vendor.has("repeat-under-way-conflicts"):
        await vendor.slow_database()
        _check_limit(vendor, batch, who, act)
        _check_stock(vendor, batch, who)
    if vendor.has("limit-race-per-person"):
        await vendor.slow_database()
        _check_stock(vendor, batch, who)
    return _issue(vendor, batch, who, act)


def _open_batch(vendor: Vendor, act: Act) -> BatchRow:
    batch = vendor.store.find(BatchRow, act.path["batch_id"])
    if batch is None or batch.state == "draft":
        raise Refused(refusals.UNKNOWN_BATCH)
    opens = batch.opens_us - (_SOME_SECONDS_US if vendor.has("opens-early") else 0)
    closes = batch.closes_us + (_SOME_SECONDS_US if vendor.has("closes-late") else 0)
    if act.now < opens:
        raise Refused(refusals.NOT_OPEN)
    if batch.state == "paused" and not vendor.has("paused-still-issues"):
        raise Refused(refusals.PAUSED)
    if batch.state == "stopped" or act.now >= closes:
        raise Refused(refusals.CLOSED)
    return batch


def _check_claimer(vendor: Vendor, batch: BatchRow, who: AccountRow, act: Act) -> None:
    device = act.body.device
    if device is not None and device != who.device and not vendor.has("device-mismatch-ignored"):
        raise Refused(refusals.DEVICE_MISMATCH)
    residents = batch.terms["resident_districts"]
    if residents and who.home not in residents and not vendor.has("residents-ignored"):
        raise Refused(refusals.NOT_ELIGIBLE)
    area, position = batch.terms["claim_area"], act.body.position
    if area is None:
        return
    if position is None:
        if vendor.has("geofence-open-without-position"):
            return
        raise Refused(refusals.POSITION_MISSING)
    away = metres(area["latitude"], area["longitude"], position.latitude, position.longitude)
    if away > area["radius_m"]:
        raise Refused(refusals.OUTSIDE_AREA)


def _check_rate(vendor: Vendor, batch: BatchRow, who: AccountRow, act: Act) -> None:
    if vendor.has("rate-limit-missing"):
        return
    subjects = {"person": who.person, "device": who.device, "address": act.address, "batch": ""}
    limits = batch.terms["rate_limits"]
    wait, kind = vendor.limiter.wait_s(batch.id, limits, subjects)
    if wait > 0:
        policy = f'"{kind}";q={limits[kind]["permits"]};w={math.ceil(limits[kind]["window_ms"] / 1_000)}'
        raise Refused(
            refusals.RATE_LIMITED, retry_after_ms=int(wait * 1_000) + 1, violated_policies=[kind],
            headers={"RateLimit": f'"{kind}";r=0;t={math.ceil(wait)}', "RateLimit-Policy": policy},
        )  # fmt: skip


def _check_limit(vendor: Vendor, batch: BatchRow, who: AccountRow, act: Act) -> None:
    by_account = vendor.has("natural-person-by-account")
    accounts = (who.account,) if by_account else vendor.people.accounts_of(who.person)
    held = [one for name in accounts for one in vendor.holdings.of_account(batch.id, name)]
    if not vendor.has("limit-after-void"):
        held = [one for one in held if one.state != "void"]
    if vendor.has("limit-per-worker"):
        held = [one for one in held if vendor.shortcomings.worker_of.get(one.id) == act.worker]
    if len(held) >= batch.terms["per_person_limit"]:
        vendor.stock.taken_by_a_refusal(batch.id)
        raise Refused(refusals.LIMIT_REACHED, voucher_ids=[one.id for one in held])


def _check_stock(vendor: Vendor, batch: BatchRow, who: AccountRow) -> None:
    left = vendor.stock.remaining(batch)
    if vendor.has("premature-sold-out-shards"):
        left = vendor.shortcomings.left_in_shard(batch, who.account)
    if vendor.has("sold-out-then-one-more"):
        left -= vendor.shortcomings.kept_back(batch.id)
    if left <= 0:
        vendor.shortcomings.said_sold_out(batch.id)
        raise Refused(refusals.SOLD_OUT)


def _issue(vendor: Vendor, batch: BatchRow, who: AccountRow, act: Act) -> Told:
    accounts = vendor.people.accounts_of(who.person)
    nth = 1 + sum(len(vendor.holdings.of_account(batch.id, name)) for name in accounts)
    ends = batch.valid_until_us
    if batch.terms["valid_days"] is not None:
        ends = min(ends, act.now + batch.terms["valid_days"] * DAY_US)
    voucher = VoucherRow(
        vendor.ids.new("v"), batch.id, who.account, _new_code(vendor, batch), nth, "issued", act.now,
        max(batch.valid_from_us, act.now), ends, act.key,
    )  # fmt: skip
    vendor.store.put(voucher)
    vendor.shortcomings.worker_of[voucher.id] = act.worker
    vendor.ledger.move(
        batch.campaign_id, account("reserved", batch.id), account("held", batch.id), batch.face_fen,
        kind="claim", reference=voucher.id, at_us=act.now,
    )  # fmt: skip
    return shown_voucher(vendor, voucher)


def _new_code(vendor: Vendor, batch: BatchRow) -> str:
    if vendor.has("code-guessable"):
        return str(10_000_001 + vendor.holdings.issued.total())
    if vendor.has("code-shared") and vendor.holdings.issued[batch.id] % 2:
        return vendor.shortcomings.last_code[batch.id]
    return secret_code()


@serves(routes.GET_CLAIM)
async def get_claim(vendor: Vendor, act: Act) -> Told | Answer:
    """What became of a claim, by its key."""
    found(vendor, BatchRow, act.path["batch_id"])
    pending = ended_refused(vendor, act)
    if pending is not None:
        return pending
    voucher_id = vendor.holdings.id_of_claim.get((act.by, act.path["claim_key"]))
    voucher = vendor.store.find(VoucherRow, voucher_id) if voucher_id else None
    if voucher is None or voucher.batch_id != act.path["batch_id"]:
        raise Refused(refusals.NOT_FOUND)
    return shown_voucher(vendor, voucher)
