"""May this order use this voucher? Pure: every reason in the contract's order, and the first that holds is said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from voucher_contract import refusals
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_contract.refusals import Refusal


@dataclass(frozen=True)
class Facts:
    """What is known when a till submits an order. Amounts in fen, times on the business clock.

    ``state`` is ``None`` when no voucher has the code; the other facts of the voucher then mean nothing.
    ``till_owner`` is the merchant the submitted till belongs to, ``None`` for an unknown till.
    """

    state: str | None
    payer_is_holder: bool
    valid_from: datetime
    valid_until: datetime
    now: datetime
    categories: tuple[str, ...]
    districts: tuple[str, ...]
    threshold_fen: int
    code_is_fresh: bool
    merchant_id: str
    suspended: bool
    admitted: bool
    category: str
    district: str
    till_owner: str | None
    in_store: bool
    payable_fen: int
    excluded_goods_fen: int
    order_used: bool


JUDGEMENTS: tuple[tuple[Refusal, Callable[[Facts], bool]], ...] = (
    (refusals.UNKNOWN_VOUCHER, lambda f: f.state is None),
    (refusals.WRONG_HOLDER, lambda f: not f.payer_is_holder),
    (refusals.FROZEN, lambda f: f.state == "frozen"),
    (refusals.VOIDED, lambda f: f.state == "void"),
    (refusals.NOT_YET_VALID, lambda f: f.now < f.valid_from),
    # At once, even before the sweep has marked it.
    (refusals.EXPIRED, lambda f: f.state == "expired" or f.now >= f.valid_until),
    (refusals.ALREADY_REDEEMED, lambda f: f.state in {"redeemed", "used_up"}),
    (refusals.MERCHANT_SUSPENDED, lambda f: f.suspended),
    (refusals.NOT_ADMITTED, lambda f: not f.admitted),
    (refusals.CATEGORY_NOT_COVERED, lambda f: f.category not in f.categories),
    (refusals.DISTRICT_NOT_COVERED, lambda f: bool(f.districts) and f.district not in f.districts),
    (refusals.TILL_NOT_OF_MERCHANT, lambda f: f.till_owner != f.merchant_id),
    (refusals.NOT_IN_STORE, lambda f: not f.in_store),
    (refusals.BELOW_THRESHOLD, lambda f: f.payable_fen < f.threshold_fen),
    (refusals.EXCLUDED_GOODS, lambda f: f.payable_fen - f.excluded_goods_fen < f.threshold_fen),
    (refusals.CODE_STALE, lambda f: not f.code_is_fresh),
    (refusals.ORDER_ALREADY_USED, lambda f: f.order_used),
)
"""Each reason with the test for it. The order is the contract's (``routes.REDEEM``); a test holds them equal."""


def judge(facts: Facts) -> Refusal | None:
    """The first reason against this redemption, or ``None`` when there is none."""
    return next((refusal for refusal, holds in JUDGEMENTS if holds(facts)), None)


def fault_of_request(spec: RedemptionSpec) -> str | None:
    """The field that leaves the order without a payable total: no order at all, so it is said before any reason."""
    return "merchant_discount_fen" if spec.merchant_discount_fen >= spec.order_total_fen else None


def fault_of_payment(spec: RedemptionSpec, face_fen: int) -> str | None:
    """The field that leaves the user less than 1 fen to pay. It needs a voucher that may be used, so it comes last."""
    paid_fen = spec.order_total_fen - spec.merchant_discount_fen - face_fen - spec.platform_discount_fen
    return "platform_discount_fen" if paid_fen < 1 else None
