"""Redeeming: an order at a till, judged in the contract's order, uses a voucher once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.holdings import ALIVE
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import BatchRow, MerchantRow, RedemptionRow, VoucherRow
from loadtest.faulty_vendors.desks.serving import STAFF, Told, found, page, rows_after, serves
from loadtest.faulty_vendors.desks.vouchers import scanned
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused, invalid
from voucher_contract import refusals, routes
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_contract.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Order:
    """All that an order is judged by."""

    vendor: Vendor
    now: int
    spec: RedemptionSpec
    voucher: VoucherRow
    batch: BatchRow
    shop: MerchantRow
    code_in_time: bool

    @property
    def payable_fen(self) -> int:
        """What is left after the merchant's own promotion."""
        return self.spec.order_total_fen - self.spec.merchant_discount_fen

    @property
    def tested_fen(self) -> int:
        """The amount that has to reach the threshold."""
        return self.spec.order_total_fen if self.vendor.has("threshold-before-promotion") else self.payable_fen

    @property
    def below_threshold(self) -> bool:
        """Short of it by a fen or more."""
        if self.vendor.has("threshold-off-by-one"):
            return self.tested_fen <= self.batch.threshold_fen
        return self.tested_fen < self.batch.threshold_fen


def _elsewhere(order: Order) -> bool:
    places = order.batch.terms["districts"]
    return bool(places) and order.shop.district not in places


_Judgement = tuple[Refusal, str, Callable[[Order], Any]]
_OF_THE_VOUCHER: tuple[_Judgement, ...] = (
    (refusals.WRONG_HOLDER, "wrong-holder-accepted",
     lambda o: o.spec.payer_account is not None and o.spec.payer_account != o.voucher.account),
    (refusals.FROZEN, "frozen-redeemable", lambda o: o.voucher.state == "frozen"),
    (refusals.VOIDED, "", lambda o: o.voucher.state == "void"),
    (refusals.NOT_YET_VALID, "not-yet-valid-accepted", lambda o: o.now < o.voucher.valid_from_us),
    (refusals.EXPIRED, "expired-accepted",
     lambda o: o.voucher.state == "expired" or o.now >= o.voucher.valid_until_us),
    (refusals.ALREADY_REDEEMED, "", lambda o: o.voucher.state in {"redeemed", "used_up"}),
)  # fmt: skip
_OF_THE_SHOP: tuple[_Judgement, ...] = (
    (refusals.MERCHANT_SUSPENDED, "suspended-merchant-redeems", lambda o: o.shop.suspended),
    (refusals.NOT_ADMITTED, "not-admitted-merchant-redeems", lambda o: not o.shop.admitted),
    (refusals.CATEGORY_NOT_COVERED, "category-ignored", lambda o: o.shop.category not in o.batch.terms["categories"]),
    (refusals.DISTRICT_NOT_COVERED, "district-ignored", _elsewhere),
    (refusals.TILL_NOT_OF_MERCHANT, "foreign-till-accepted", lambda o: o.spec.till_number not in o.shop.tills),
)
_OF_THE_ORDER: tuple[_Judgement, ...] = (
    (refusals.NOT_IN_STORE, "online-accepted", lambda o: o.spec.channel != "in_store"),
    (refusals.BELOW_THRESHOLD, "", lambda o: o.below_threshold),
    (refusals.EXCLUDED_GOODS, "excluded-goods-counted",
     lambda o: o.tested_fen - o.spec.excluded_goods_fen < o.batch.threshold_fen),
    (refusals.CODE_STALE, "stale-code-accepted", lambda o: not o.code_in_time),
    (refusals.ORDER_ALREADY_USED, "order-uses-two-vouchers",
     lambda o: o.vendor.orders.used(o.shop.id, o.spec.order_no)),
)  # fmt: skip
_JUDGEMENTS = (*_OF_THE_VOUCHER, *_OF_THE_SHOP, *_OF_THE_ORDER)
"""Each reason, the defect that skips it, and when it holds; in the order of the contract."""


@serves(routes.REDEEM)
async def redeem(vendor: Vendor, act: Act) -> Told:
    """Use the voucher for the order, or say the first reason against it."""
    order = _order(vendor, act)
    for refusal, defect, holds in _JUDGEMENTS:
        if holds(order) and not vendor.has(defect):
            raise Refused(refusal)
    if _left_to_pay(order) < 1:
        raise invalid("body.platform_discount_fen", "the user pays at least 1 fen")
    if vendor.has("double-redemption"):
        await vendor.slow_database()
    return _take(vendor, act, order)


def _order(vendor: Vendor, act: Act) -> Order:
    spec: RedemptionSpec = act.body
    if spec.merchant_discount_fen >= spec.order_total_fen:
        raise invalid("body.merchant_discount_fen", "nothing is left to pay")
    voucher, in_time = scanned(vendor, spec.code)
    if voucher is None:
        raise Refused(refusals.UNKNOWN_VOUCHER)
    batch, shop = vendor.store.row(BatchRow, voucher.batch_id), vendor.store.row(MerchantRow, act.by)
    return Order(vendor, act.now, spec, voucher, batch, shop, in_time)


def _left_to_pay(order: Order) -> int:
    return order.payable_fen - order.batch.face_fen - order.spec.platform_discount_fen


def _take(vendor: Vendor, act: Act, order: Order) -> Told:
    spec, batch = order.spec, order.batch
    made = RedemptionRow(
        vendor.ids.new("red"), order.voucher.id, batch.id, batch.campaign_id, order.shop.id, spec.till_number,
        spec.order_no, spec.order_total_fen, spec.merchant_discount_fen, spec.platform_discount_fen,
        order.payable_fen, batch.face_fen, _left_to_pay(order), act.now,
    )  # fmt: skip
    now_held = vendor.store.row(VoucherRow, order.voucher.id)
    # A voucher that is not held any more has its money elsewhere: what is taken twice comes from the pot.
    pays = account("held", batch.id) if now_held.state in ALIVE else account("free", batch.campaign_id)
    vendor.store.put(made)
    vendor.set_state(now_held, "redeemed")
    vendor.ledger.move(
        batch.campaign_id, pays, account("redeemed", batch.id), batch.face_fen,
        kind="redeem", reference=made.id, at_us=act.now,
    )  # fmt: skip
    return shown_redemption(made)


def shown_redemption(row: RedemptionRow) -> Told:
    """As the wire shows it."""
    names = (
        "id", "voucher_id", "batch_id", "merchant_id", "till_number", "order_no", "order_total_fen",
        "merchant_discount_fen", "platform_discount_fen", "payable_fen", "voucher_fen", "paid_fen", "refunded_fen",
        "refund_count",
    )  # fmt: skip
    told = {name: getattr(row, name) for name in names}
    return {**told, "redeemed_at": rfc3339(row.redeemed_us), "settled": row.settlement_id is not None}


def own_redemption(vendor: Vendor, act: Act) -> RedemptionRow:
    """The redemption of the address: staff see all, a merchant its own. Refuses ``not_found``."""
    row = found(vendor, RedemptionRow, act.path["redemption_id"])
    if act.principal.role not in STAFF and row.merchant_id != act.by:
        raise Refused(refusals.NOT_FOUND)
    return row


@serves(routes.LIST_REDEMPTIONS)
async def list_redemptions(vendor: Vendor, act: Act) -> Told:
    """A merchant's own, or for staff all."""
    owner = {} if act.principal.role in STAFF else {"merchant_id": act.by}
    return page(vendor, act, rows_after(vendor, act, RedemptionRow, **owner), shown_redemption)


@serves(routes.GET_REDEMPTION)
async def get_redemption(vendor: Vendor, act: Act) -> Told:
    """One redemption."""
    return shown_redemption(own_redemption(vendor, act))
