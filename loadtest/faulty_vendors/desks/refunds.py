"""Refunds: by the running total, and what becomes of the voucher by the regime of its batch."""

from dataclasses import dataclass

import msgspec

from loadtest.faulty_vendors.books.clock import DAY_US, day_of, day_start, rfc3339
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import (
    BatchRow,
    CampaignRow,
    DebtRow,
    RedemptionRow,
    RefundRow,
    VoucherRow,
)
from loadtest.faulty_vendors.desks.redemptions import own_redemption
from loadtest.faulty_vendors.desks.refund_parts import Parts, parts_of_first, parts_of_refund
from loadtest.faulty_vendors.desks.serving import Told, page, rows_after, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals, routes

_MOST = 50


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a voucher: its state, the public money that comes back, and from when it may be used again."""

    state: str
    fund_fen: int
    valid_from_us: int


@serves(routes.REFUND)
async def refund(vendor: Vendor, act: Act) -> Told:
    """Take part of an order back, or all of it."""
    row = own_redemption(vendor, act)
    amount = act.body.amount_fen
    batch = vendor.store.row(BatchRow, row.batch_id)
    _check(vendor, act, row, batch, amount)
    parts = _parts(vendor, row, amount)
    ending = _ending(vendor, act, row, batch, parts, whole=amount == row.payable_fen)
    _check_covered(vendor, row, ending)
    made = RefundRow(
        vendor.ids.new("rfd"), row.id, row.refund_count + 1, amount, parts.user, parts.voucher, parts.platform,
        ending.fund_fen, ending.state == "issued", act.now, row.refunded_fen + amount == row.payable_fen,
    )  # fmt: skip
    _write(vendor, row, made, ending)
    if not vendor.has("refund-money-not-returned"):
        _move(vendor, act, row, made, ending)
    return _shown(made)


def _check(vendor: Vendor, act: Act, row: RedemptionRow, batch: BatchRow, amount: int) -> None:
    ends = row.redeemed_us + batch.terms["refund_days"] * DAY_US
    if act.now >= ends and not vendor.has("refund-window-ignored"):
        raise Refused(refusals.CLOSED)
    if amount > row.payable_fen - row.refunded_fen and not vendor.has("refund-above-paid"):
        raise Refused(refusals.REFUND_TOO_LARGE, f"{row.payable_fen - row.refunded_fen} fen are left")
    if row.refund_count >= _MOST:
        raise Refused(refusals.TOO_MANY_REFUNDS)


def _parts(vendor: Vendor, row: RedemptionRow, amount: int) -> Parts:
    order = Parts(row.paid_fen, row.voucher_fen, row.platform_discount_fen)
    if vendor.has("rounding-drift"):
        return parts_of_first(amount, order)
    return parts_of_refund(row.refunded_fen, amount, order)


def _ending(vendor: Vendor, act: Act, row: RedemptionRow, batch: BatchRow, parts: Parts, *, whole: bool) -> Ending:
    regime = batch.terms["refund_regime"]
    voucher = vendor.store.row(VoucherRow, row.voucher_id)
    gives_back = whole and regime in {"A", "A_PRIME", "C"} and not vendor.has("refund-voucher-not-returned")
    if not gives_back:
        used_up = 0 if regime == "A" and not whole else parts.voucher
        return Ending("used_up", used_up, voucher.valid_from_us)
    from_us = voucher.valid_from_us
    if regime == "C":
        tomorrow = day_start(day_of(day_start(day_of(act.now)) + DAY_US))
        from_us = max(from_us, tomorrow)
    campaign_open = vendor.store.row(CampaignRow, row.campaign_id).state == "open"
    in_time = max(from_us, act.now) < voucher.valid_until_us and campaign_open
    if in_time or vendor.has("returned-after-expiry"):
        return Ending("issued", parts.voucher, from_us)
    return Ending("expired", parts.voucher, voucher.valid_from_us)


def _check_covered(vendor: Vendor, row: RedemptionRow, ending: Ending) -> None:
    """A voucher given back after its merchant was paid needs other money until the merchant pays that back."""
    free = vendor.ledger.balance(account("free", row.campaign_id))
    if row.settlement_id is not None and ending.state == "issued" and free < ending.fund_fen:
        raise Refused(refusals.REFUND_NOT_COVERED)


def _write(vendor: Vendor, row: RedemptionRow, made: RefundRow, ending: Ending) -> None:
    vendor.store.put(made)
    vendor.store.put(
        msgspec.structs.replace(
            row, refunded_fen=row.refunded_fen + made.amount_fen, refund_count=made.number,
            fund_refunded_fen=row.fund_refunded_fen + made.fund_fen, reversed=ending.state != "used_up",
        )
    )  # fmt: skip
    voucher = vendor.store.row(VoucherRow, row.voucher_id)
    vendor.set_state(voucher, ending.state, valid_from_us=ending.valid_from_us)


def _move(vendor: Vendor, act: Act, row: RedemptionRow, made: RefundRow, ending: Ending) -> None:
    """Unsettled money is still here. Settled money is the merchant's, who owes it from now on."""
    held, free = account("held", row.batch_id), account("free", row.campaign_id)
    back = held if ending.state == "issued" else free
    settled = row.settlement_id is not None
    ways = [(account("redeemed", row.batch_id), back, "refund")]
    if settled:
        ways = [(account("settled", row.batch_id), account("owed", row.batch_id), "refund_owed")]
        ways += [(free, held, "refund_covered")] if back == held else []
    for debit, credit, kind in ways:
        vendor.ledger.move(
            row.campaign_id, debit, credit, ending.fund_fen, kind=kind, reference=made.id, at_us=act.now
        )  # fmt: skip
    if settled and ending.fund_fen:
        vendor.store.put(DebtRow(made.id, row.campaign_id, row.batch_id, row.merchant_id, ending.fund_fen))


@serves(routes.LIST_REFUNDS)
async def list_refunds(vendor: Vendor, act: Act) -> Told:
    """The refunds of one redemption."""
    row = own_redemption(vendor, act)
    return page(vendor, act, rows_after(vendor, act, RefundRow, redemption_id=row.id), _shown)


def _shown(row: RefundRow) -> Told:
    names = (
        "id", "redemption_id", "number", "amount_fen", "user_fen", "voucher_fen", "platform_fen", "fund_fen",
        "voucher_returned",
    )  # fmt: skip
    return {**{name: getattr(row, name) for name in names}, "refunded_at": rfc3339(row.refunded_us)}
