"""Where every fen is, settling with merchants, and what they pay back."""

from collections import Counter, defaultdict

import msgspec

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.ledger import BUCKETS, account
from loadtest.faulty_vendors.books.rows import (
    BankRow,
    BatchRow,
    CampaignRow,
    DebtRow,
    MerchantRow,
    RedemptionRow,
    TransferRow,
)
from loadtest.faulty_vendors.desks.serving import Told, found, open_campaign, page, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals, routes

_NAMES = {
    "source": "received_fen", "free": "free_fen", "reserved": "reserved_fen", "held": "held_fen",
    "redeemed": "redeemed_unsettled_fen", "settled": "settled_fen", "owed": "owed_by_merchants_fen",
    "in_transit": "return_in_transit_fen", "returned": "returned_fen",
}  # fmt: skip
_OF_BATCH = ("reserved", "held", "redeemed", "settled", "owed")


@serves(routes.GET_MONEY)
async def get_money(vendor: Vendor, act: Act) -> Told:
    """The identity, added up from the single transfers."""
    campaign = found(vendor, CampaignRow, act.path["campaign_id"])
    vendor.sweep()
    totals = vendor.ledger.buckets(campaign.id)
    totals["settled"] += totals.pop("fee", 0)  # a vendor that takes a fee hides it among what it paid out
    if vendor.has("identity-made-up"):
        totals["free"] += totals["reserved"]
    faults = []
    present = sum(totals[kind] for kind in BUCKETS)
    if totals["source"] != present:
        faults.append(f"received {totals['source']} fen, the buckets hold {present} fen")
    faults += [f"{kind} is overdrawn" for kind in BUCKETS if totals[kind] < 0]
    batches = [
        {"batch_id": batch.id, **_named(vendor.ledger.buckets(campaign.id, batch.id), _OF_BATCH)}
        for batch in vendor.store.of(BatchRow, campaign_id=campaign.id)
    ]
    return {
        "campaign_id": campaign.id, "buckets": _named(totals, tuple(_NAMES)), "batches": batches,
        "identity_ok": not faults or vendor.has("identity-made-up"),
        "faults": [] if vendor.has("identity-made-up") else faults,
    }  # fmt: skip


def _named(totals: dict[str, int], kinds: tuple[str, ...]) -> dict[str, int]:
    return {_NAMES[kind]: totals[kind] for kind in kinds}


@serves(routes.LIST_TRANSFERS)
async def list_transfers(vendor: Vendor, act: Act) -> Told:
    """Every movement, in order."""
    campaign = found(vendor, CampaignRow, act.path["campaign_id"])
    vendor.sweep()
    after = act.number_cursor()
    return page(vendor, act, (row for row in vendor.ledger.transfers(campaign.id) if row.id > after), _shown_transfer)


def _shown_transfer(row: TransferRow) -> Told:
    return {
        "id": row.id, "debit": row.debit, "credit": row.credit, "amount_fen": row.amount_fen, "count": row.count,
        "kind": row.kind, "reference": row.reference, "business_at": rfc3339(row.business_us),
    }  # fmt: skip


@serves(routes.SETTLE)
async def settle(vendor: Vendor, act: Act) -> Told:
    """Pay every merchant what it redeemed since the last time, less what it owes."""
    campaign = open_campaign(vendor, act.path["campaign_id"])
    settlement_id = vendor.ids.new("set")
    by_merchant: Counter[str] = Counter()
    by_batch: defaultdict[str, list[int]] = defaultdict(list)
    for row in list(vendor.store.of(RedemptionRow, campaign_id=campaign.id)):
        if row.settlement_id is None:
            earned = 0 if row.reversed else row.voucher_fen - row.fund_refunded_fen
            by_merchant[row.merchant_id] += earned
            by_batch[row.batch_id].append(earned)
            vendor.store.put(msgspec.structs.replace(row, settlement_id=settlement_id))
    for batch_id, parts in sorted(by_batch.items()):
        vendor.ledger.move(
            campaign.id, account("redeemed", batch_id), account("settled", batch_id), sum(parts),
            kind="settle", reference=settlement_id, at_us=act.now, count=len(parts),
        )  # fmt: skip
    lines = [_line(vendor, act, campaign.id, merchant, gross) for merchant, gross in sorted(by_merchant.items())]
    sums = {name: sum(line[name] for line in lines) for name in ("gross_fen", "recovered_fen", "net_fen")}
    act.object_id = act.path["campaign_id"]
    return {
        "id": settlement_id, "campaign_id": campaign.id, "settled_at": rfc3339(act.now), "lines": lines, **sums
    }  # fmt: skip


def _line(vendor: Vendor, act: Act, campaign_id: str, merchant_id: str, gross: int) -> Told:
    kept = recover(vendor, act, campaign_id, merchant_id, gross, kind="recover")
    return {"merchant_id": merchant_id, "gross_fen": gross, "recovered_fen": kept, "net_fen": gross - kept}


def open_debts(vendor: Vendor, campaign_id: str, merchant_id: str) -> list[DebtRow]:
    """What a merchant still owes, oldest first."""
    return [
        debt for debt in vendor.store.all(DebtRow)
        if (debt.campaign_id, debt.merchant_id) == (campaign_id, merchant_id) and debt.open_fen > 0
    ]  # fmt: skip


def recover(vendor: Vendor, act: Act, campaign_id: str, merchant_id: str, available: int, *, kind: str) -> int:
    """Take up to ``available`` fen of a merchant's debts, owed → free; returns what was taken."""
    left = available
    for debt in open_debts(vendor, campaign_id, merchant_id):
        part = min(left, debt.open_fen)
        if part <= 0:
            break
        vendor.store.put(msgspec.structs.replace(debt, open_fen=debt.open_fen - part))
        vendor.ledger.move(
            campaign_id, account("owed", debt.batch_id), account("free", campaign_id), part,
            kind=kind, reference=debt.refund_id, at_us=act.now,
        )  # fmt: skip
        left -= part
    return available - left


@serves(routes.REPAY)
async def repay(vendor: Vendor, act: Act) -> Told:
    """A merchant pays back what it owes; also after closing."""
    campaign, spec = found(vendor, CampaignRow, act.path["campaign_id"]), act.body
    found(vendor, MerchantRow, spec.merchant_id)
    reference = f"repayment/{spec.bank_reference}"
    if vendor.store.find(BankRow, reference) is not None:
        raise Refused(refusals.WRONG_STATE, "this number of the bank is booked")
    owed = sum(debt.open_fen for debt in open_debts(vendor, campaign.id, spec.merchant_id))
    if spec.amount_fen > owed:
        raise Refused(refusals.REPAYMENT_TOO_LARGE, f"{owed} fen are owed")
    repayment_id = vendor.ids.new("rep")
    vendor.store.put(BankRow(reference, repayment_id, spec.amount_fen))
    recover(vendor, act, campaign.id, spec.merchant_id, spec.amount_fen, kind="repay")
    return {**spec.model_dump(), "id": repayment_id, "campaign_id": campaign.id}
