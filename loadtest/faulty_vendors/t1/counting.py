"""Counting rows of one campaign in one period, by place: a dimension and a key in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from loadtest.faulty_vendors.books.rows import (
    BatchRow,
    MerchantRow,
    RedemptionRow,
    RefundRow,
    RoundRow,
    TriedRow,
    VoucherRow,
)
from loadtest.faulty_vendors.vendor import Vendor

Place = tuple[str, str]


@dataclass(frozen=True)
class Span:
    """From ``first_us`` up to ``end_us``; ``days`` of the attempts; ``now_us`` is when the report is made."""

    first_us: int
    end_us: int
    first_day: str
    last_day: str
    now_us: int

    def holds(self, us: int) -> bool:
        """Whether an instant lies in it."""
        return self.first_us <= us < self.end_us


@dataclass
class Tally:
    """Numbers, and sets of what is counted distinct, by place and figure."""

    numbers: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    distinct: defaultdict[tuple[Place, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, places: Iterable[Place], **figures: int) -> None:
        """Add to figures in every one of ``places``."""
        for place in places:
            self.numbers[place].update(figures)

    def meet(self, places: Iterable[Place], figure: str, who: str) -> None:
        """Somebody takes part; counted once a place."""
        for place in places:
            self.distinct[place, figure].add(who)

    def value(self, place: Place, figure: str) -> int:
        """What was counted; 0 where nothing was."""
        seen = self.distinct.get((place, figure))
        return self.numbers[place][figure] if seen is None else len(seen)


def published_batches(vendor: Vendor, campaign_id: str, end_us: int) -> list[BatchRow]:
    """Batches whose round was published before ``end_us``."""
    return [
        batch for batch in vendor.store.of(BatchRow, campaign_id=campaign_id)
        if (us := vendor.store.row(RoundRow, batch.round_id).published_us) is not None and us < end_us
    ]  # fmt: skip


def count(vendor: Vendor, campaign_id: str, span: Span) -> Tally:
    """Everything that is counted from rows."""
    tally = Tally()
    batches = {batch.id: batch for batch in published_batches(vendor, campaign_id, span.end_us)}
    _released(vendor, tally, batches, campaign_id, span)
    for batch in batches.values():
        _vouchers(vendor, tally, batch, span)
    _attempts(vendor, tally, batches, span)
    _redemptions(vendor, tally, campaign_id, span)
    _registered(vendor, tally)
    return tally


def _issuing(batch: BatchRow) -> list[Place]:
    industries = [("industry", category) for category in dict.fromkeys(batch.terms["categories"])]
    return [("total", "total"), ("batch", batch.id), ("round", batch.round_id), *industries]


def _person(vendor: Vendor, account: str) -> str:
    return account if vendor.has("t1-people-counted-by-account") else vendor.people.person_of(account)


def _released(vendor: Vendor, tally: Tally, batches: dict[str, BatchRow], campaign_id: str, span: Span) -> None:
    for row in vendor.ledger.transfers(campaign_id):
        batch = batches.get(row.reference) if row.kind == "reserve" else None
        if batch is not None and span.holds(row.business_us):
            vouchers = row.amount_fen // batch.face_fen
            tally.add(_issuing(batch), released_vouchers=vouchers, released_fen=row.amount_fen)


def _vouchers(vendor: Vendor, tally: Tally, batch: BatchRow, span: Span) -> None:
    places = _issuing(batch)
    for row in vendor.store.of(VoucherRow, batch_id=batch.id):
        if span.holds(row.claimed_us):
            tally.add(places, issued_vouchers=1, issued_fen=batch.face_fen, voided_vouchers=int(row.state == "void"))
            tally.meet(places, "claimants", _person(vendor, row.account))
        unused = row.state in {"issued", "frozen", "expired"}
        if unused and span.holds(row.valid_until_us) and row.valid_until_us <= span.now_us:
            tally.add(places, expired_vouchers=1, expired_fen=batch.face_fen)


def _attempts(vendor: Vendor, tally: Tally, batches: dict[str, BatchRow], span: Span) -> None:
    for row in vendor.store.all(TriedRow):
        batch = batches.get(row.batch_id)
        if batch is not None and span.first_day <= row.day <= span.last_day:
            tally.add(_issuing(batch), claim_attempts=row.attempts)
            tally.meet(_issuing(batch), "seekers", _person(vendor, row.account))


def _redemptions(vendor: Vendor, tally: Tally, campaign_id: str, span: Span) -> None:
    rows = list(vendor.store.of(RedemptionRow, campaign_id=campaign_id))
    for row in rows:
        shop = vendor.store.row(MerchantRow, row.merchant_id)
        places = _of_shop(vendor, row, shop)
        if vendor.has("t1-lines-do-not-add-up") and row is rows[-1]:
            places.remove(("industry", shop.category))
        if span.holds(row.redeemed_us):
            _redeemed(vendor, tally, row, shop, places)
        if not vendor.has("t1-omits-refunds"):
            for refund in vendor.store.of(RefundRow, redemption_id=row.id):
                if span.holds(refund.refunded_us):
                    _refunded(tally, row, refund, places)


def _of_shop(vendor: Vendor, row: RedemptionRow, shop: MerchantRow) -> list[Place]:
    round_id = vendor.store.row(BatchRow, row.batch_id).round_id
    return [
        ("total", "total"), ("industry", shop.category), ("district", shop.district),
        ("size_class", shop.size_class), ("batch", row.batch_id), ("round", round_id),
    ]  # fmt: skip


def _redeemed(vendor: Vendor, tally: Tally, row: RedemptionRow, shop: MerchantRow, places: list[Place]) -> None:
    tally.add(
        places, redemptions=1, redeemed_fen=row.voucher_fen, platform_discount_fen=row.platform_discount_fen,
        merchant_discount_fen=row.merchant_discount_fen, order_total_fen=row.order_total_fen, paid_fen=row.paid_fen,
    )  # fmt: skip
    tally.meet(places, "redeemers", _person(vendor, vendor.store.row(VoucherRow, row.voucher_id).account))
    for figure in ("merchants", f"merchants_size_{shop.size_class}", f"merchants_type_{shop.category}"):
        tally.meet(places, figure, shop.id)


def _refunded(tally: Tally, row: RedemptionRow, refund: RefundRow, places: list[Place]) -> None:
    tally.add(
        places, refund_count=1, refund_order_fen=refund.amount_fen, refund_voucher_fen=refund.voucher_fen,
        refund_user_fen=refund.user_fen, refund_platform_fen=refund.platform_fen, refund_fund_fen=refund.fund_fen,
        vouchers_returned=int(refund.voucher_returned), whole_refunds=int(refund.ends_order),
        withdrawn_discount_fen=row.merchant_discount_fen if refund.ends_order else 0,
    )  # fmt: skip


def _registered(vendor: Vendor, tally: Tally) -> None:
    for shop in vendor.store.all(MerchantRow):
        if shop.status == "admitted":
            places = [("total", "total"), ("industry", shop.category), ("district", shop.district)]
            tally.add([*places, ("size_class", shop.size_class)], admitted_merchants=1)
