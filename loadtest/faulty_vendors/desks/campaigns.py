"""Campaigns and the money that comes in for them."""

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import BankRow, CampaignRow
from loadtest.faulty_vendors.desks.serving import Told, found, open_campaign, page, rows_after, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused, invalid
from voucher_contract import refusals, routes
from voucher_contract.models.common import MAX_FEN


def shown_campaign(campaign: CampaignRow) -> Told:
    """As the wire shows it."""
    return {
        "id": campaign.id, "name": campaign.name, "paying_account": campaign.paying_account,
        "designated_account": campaign.designated_account, "state": campaign.state,
        "created_at": rfc3339(campaign.created_us),
    }  # fmt: skip


@serves(routes.CREATE_CAMPAIGN)
async def create_campaign(vendor: Vendor, act: Act) -> Told:
    """A programme with an empty pot."""
    spec = act.body
    campaign = CampaignRow(
        vendor.ids.new("cam"), spec.name, spec.paying_account, spec.designated_account, "open", act.now
    )
    vendor.store.put(campaign)
    act.object_id = campaign.id
    return shown_campaign(campaign)


@serves(routes.LIST_CAMPAIGNS)
async def list_campaigns(vendor: Vendor, act: Act) -> Told:
    """All of them."""
    return page(vendor, act, rows_after(vendor, act, CampaignRow), shown_campaign)


@serves(routes.GET_CAMPAIGN)
async def get_campaign(vendor: Vendor, act: Act) -> Told:
    """One of them."""
    return shown_campaign(found(vendor, CampaignRow, act.path["campaign_id"]))


@serves(routes.DEPOSIT)
async def deposit(vendor: Vendor, act: Act) -> Told:
    """Fiscal money in, once for each number of the bank."""
    campaign = open_campaign(vendor, act.path["campaign_id"])
    spec, reference = act.body, f"deposit/{act.body.bank_reference}"
    if vendor.store.find(BankRow, reference) is not None and not vendor.has("deposit-booked-twice"):
        raise Refused(refusals.WRONG_STATE, "this number of the bank is booked")
    if spec.amount_fen - vendor.ledger.balance(account("source", campaign.id)) > MAX_FEN:
        raise invalid("body.amount_fen", "the pot would be too large")
    deposit_id = vendor.ids.new("dep")
    vendor.store.put(BankRow(reference, deposit_id, spec.amount_fen))
    vendor.ledger.move(
        campaign.id, account("source", campaign.id), account("free", campaign.id), spec.amount_fen,
        kind="deposit", reference=deposit_id, at_us=act.now,
    )  # fmt: skip
    return {
        "id": deposit_id, "campaign_id": campaign.id, "amount_fen": spec.amount_fen,
        "bank_reference": spec.bank_reference, "booked_at": rfc3339(act.now),
    }  # fmt: skip
