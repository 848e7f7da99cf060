"""The end of a campaign: closing it, and sending back what was not used."""

import msgspec

from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import (
    BankRow,
    BatchRow,
    CampaignRow,
    RedemptionRow,
    ReturnRow,
    VoucherRow,
)
from loadtest.faulty_vendors.desks.campaigns import shown_campaign
from loadtest.faulty_vendors.desks.serving import Told, found, open_campaign, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals, routes

_FEE_PER_MILLE = 6
_KEPT_PERCENT = 10


@serves(routes.CLOSE_CAMPAIGN)
async def close_campaign(vendor: Vendor, act: Act) -> Told:
    """No claims and no redemptions any more; what was reserved is free to go back."""
    campaign = open_campaign(vendor, act.path["campaign_id"])
    vendor.sweep()
    batches = list(vendor.store.of(BatchRow, campaign_id=campaign.id))
    if not vendor.has("closes-with-vouchers-out"):
        _check_nobody_waits(vendor, act, batches)
    if any(row.settlement_id is None for row in vendor.store.of(RedemptionRow, campaign_id=campaign.id)):
        raise Refused(refusals.UNSETTLED)
    closed = msgspec.structs.replace(campaign, state="closed")
    vendor.store.put(closed)
    free = account("free", campaign.id)
    for batch in batches:
        if batch.state in {"live", "paused"}:
            vendor.store.put(msgspec.structs.replace(batch, state="stopped"))
        reserved = account("reserved", batch.id)
        vendor.ledger.move(
            campaign.id, reserved, free, vendor.ledger.balance(reserved),
            kind="unreserve", reference=batch.id, at_us=act.now,
        )  # fmt: skip
    if vendor.has("fee-taken"):
        _take_fee(vendor, act, campaign)
    return shown_campaign(closed)


def _check_nobody_waits(vendor: Vendor, act: Act, batches: list[BatchRow]) -> None:
    for batch in batches:
        if batch.state in {"live", "paused"} and act.now < batch.closes_us:
            raise Refused(refusals.VOUCHERS_OUTSTANDING, "a batch can still be claimed")
        if any(vendor.is_alive(voucher) for voucher in vendor.store.of(VoucherRow, batch_id=batch.id)):
            raise Refused(refusals.VOUCHERS_OUTSTANDING)


def _take_fee(vendor: Vendor, act: Act, campaign: CampaignRow) -> None:
    received = -vendor.ledger.balance(account("source", campaign.id))
    vendor.ledger.move(
        campaign.id, account("free", campaign.id), account("fee", campaign.id),
        -(-received * _FEE_PER_MILLE // 1_000), kind="service_fee", reference=campaign.id, at_us=act.now,
    )  # fmt: skip


def _shown_return(row: ReturnRow) -> Told:
    return {name: getattr(row, name) for name in row.__struct_fields__}


@serves(routes.RETURN_FUNDS)
async def return_funds(vendor: Vendor, act: Act) -> Told:
    """All free money goes to the designated account; later ones are supplementary returns."""
    campaign = found(vendor, CampaignRow, act.path["campaign_id"])
    if campaign.state != "closed":
        raise Refused(refusals.WRONG_STATE, "the campaign is not closed")
    differ = campaign.designated_account != campaign.paying_account
    if differ and not act.body.confirm_designated_account and not vendor.has("account-mismatch-ignored"):
        raise Refused(refusals.ACCOUNT_MISMATCH)
    vendor.sweep()
    free = account("free", campaign.id)
    amount = vendor.ledger.balance(free)
    if vendor.has("leftovers-kept"):
        amount -= amount * _KEPT_PERCENT // 100
    if amount <= 0:
        raise Refused(refusals.NOTHING_TO_RETURN)
    number = 1 + sum(row.campaign_id == campaign.id for row in vendor.store.all(ReturnRow))
    sent = ReturnRow(vendor.ids.new("ret"), campaign.id, number, amount, campaign.designated_account)
    vendor.store.put(sent)
    vendor.ledger.move(
        campaign.id, free, account("in_transit", campaign.id), amount,
        kind="return", reference=sent.id, at_us=act.now,
    )  # fmt: skip
    return _shown_return(sent)


@serves(routes.CONFIRM_RETURN)
async def confirm_return(vendor: Vendor, act: Act) -> Told:
    """The bank says that it arrived."""
    sent, reference = found(vendor, ReturnRow, act.path["return_id"]), f"return/{act.body.bank_reference}"
    if sent.state != "in_transit" or vendor.store.find(BankRow, reference) is not None:
        raise Refused(refusals.WRONG_STATE, "confirmed before, or the bank's number is used")
    arrived = msgspec.structs.replace(sent, state="returned", bank_reference=act.body.bank_reference)
    vendor.store.put(arrived)
    vendor.store.put(BankRow(reference, sent.id, sent.amount_fen))
    vendor.ledger.move(
        sent.campaign_id, account("in_transit", sent.campaign_id), account("returned", sent.campaign_id),
        sent.amount_fen, kind="return_confirmed", reference=sent.id, at_us=act.now,
    )  # fmt: skip
    return _shown_return(arrived)
