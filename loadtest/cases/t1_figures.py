"""The indicators of the T+1 report recomputed from rows, by the formulas the contract prints beside each.

The names are the contract's; the arithmetic is the bench's own, so that it can contradict a platform.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from loadtest.cases.t1_rows import Redemption, Refund, Rows

Figures = dict[str, int | float | None]
NO_ISSUING = frozenset({"district", "size_class"})
"""Dimensions in which vouchers that were not redeemed have no place."""

ISSUING = (
    "released_vouchers", "released_fen", "issued_vouchers", "issued_fen", "voided_vouchers", "expired_vouchers",
    "expired_fen", "claim_attempts", "seekers", "claimants",
)  # fmt: skip
_SIZES = ("above_quota", "above_scale_service", "below_quota_sample", "below_quota_other")
_TYPES = ("daily_goods", "appliances", "catering", "lodging", "cars", "fuel", "culture_sport")


@dataclass(frozen=True)
class Period:
    """From ``starts`` (None: from the beginning) up to but without ``ends``. ``made_at``: when the report was made."""

    starts: datetime | None
    ends: datetime
    made_at: datetime

    def has(self, at: datetime) -> bool:
        """Whether ``at`` lies in it."""
        return (self.starts is None or self.starts <= at) and at < self.ends


def figures(rows: Rows, period: Period, *, issuing: bool = True) -> Figures:
    """All figures of ``rows`` in a period. ``issuing`` False: those of issuing do not exist there and are None.

    What needs attempts is left out when ``rows`` has none.
    """
    found: Figures = {**_redeemed(rows, period), **_refunded(rows, period), **_merchants(rows, period)}
    issued = _issued(rows, period)
    found |= issued if issuing else dict.fromkeys(issued)
    found |= _differences(found)
    return {**found, **_quotients(found, issuing=issuing)}


def _issued(rows: Rows, period: Period) -> Figures:
    face = {one.id: one.face_fen for one in rows.batches}
    released = [one for one in rows.releases if period.has(one.at)]
    claims = [one for one in rows.claims if period.has(one.at)]
    gone = [one for one in rows.claims if one.expired and period.has(one.valid_until)]
    found: Figures = {
        "released_vouchers": sum(one.vouchers for one in released),
        "released_fen": sum(one.vouchers * face[one.batch_id] for one in released),
        "issued_vouchers": len(claims),
        "issued_fen": sum(face[one.batch_id] for one in claims),
        "voided_vouchers": sum(one.void for one in claims),
        "expired_vouchers": len(gone),
        "expired_fen": sum(face[one.batch_id] for one in gone),
        "claimants": len({one.person for one in claims}),
    }
    if rows.attempts is not None:
        tried = [one for one in rows.attempts if period.has(one.at)]
        found |= {"claim_attempts": len(tried), "seekers": len({one.person for one in tried})}
    return found


def redeemed_in(rows: Rows, period: Period) -> list[Redemption]:
    """The redemptions made in the period."""
    return [one for one in rows.redemptions if period.has(one.at)]


def refunded_in(rows: Rows, period: Period) -> list[Refund]:
    """The refunds made in the period, whenever their redemption was."""
    return [one for one in rows.refunds if period.has(one.at)]


def wholly_refunded_in(rows: Rows, period: Period) -> list[Redemption]:
    """Redemptions whose refunds came to the whole payable total with one made in the period."""
    whole = []
    for redemption in rows.redemptions:
        refunds = sorted((one for one in rows.refunds if one.redemption_id == redemption.id), key=lambda one: one.at)
        if sum(one.amount_fen for one in refunds) == redemption.payable_fen and period.has(refunds[-1].at):
            whole.append(redemption)
    return whole


def _redeemed(rows: Rows, period: Period) -> Figures:
    made = redeemed_in(rows, period)
    return {
        "redeemers": len({one.person for one in made}),
        "redemptions": len(made),
        "redeemed_fen": sum(one.voucher_fen for one in made),
        "platform_discount_fen": sum(one.platform_discount_fen for one in made),
        "merchant_discount_fen": sum(one.merchant_discount_fen for one in made),
        "order_total_fen": sum(one.order_total_fen for one in made),
        "paid_fen": sum(one.paid_fen for one in made),
    }


def _refunded(rows: Rows, period: Period) -> Figures:
    made, whole = refunded_in(rows, period), wholly_refunded_in(rows, period)
    return {
        "whole_refunds": len(whole),
        "withdrawn_discount_fen": sum(one.merchant_discount_fen for one in whole),
        "refund_count": len(made),
        "refund_order_fen": sum(one.amount_fen for one in made),
        "refund_voucher_fen": sum(one.voucher_fen for one in made),
        "refund_user_fen": sum(one.user_fen for one in made),
        "refund_platform_fen": sum(one.platform_fen for one in made),
        "refund_fund_fen": sum(one.fund_fen for one in made),
        "vouchers_returned": sum(one.voucher_returned for one in made),
    }


def _merchants(rows: Rows, period: Period) -> Figures:
    ids = {one.merchant_id for one in redeemed_in(rows, period)}
    there = [one for one in rows.merchants if one.id in ids]
    return {
        "merchants": len(ids),
        **{f"merchants_size_{size}": sum(one.size_class == size for one in there) for size in _SIZES},
        **{f"merchants_type_{kind}": sum(one.category == kind for one in there) for kind in _TYPES},
    }


def _differences(found: Figures) -> Figures:
    def less(plus: str, *minus: str) -> int:
        return _whole(found[plus]) - sum(_whole(found[name]) for name in minus)

    return {
        "redemptions_net": less("redemptions", "whole_refunds"),
        "redeemed_net_fen": less("redeemed_fen", "refund_voucher_fen"),
        "public_spent_fen": less("redeemed_fen", "refund_fund_fen"),
        "order_net_fen": less("order_total_fen", "refund_order_fen", "withdrawn_discount_fen"),
    }


def _rate_names() -> Iterable[tuple[str, str, str]]:
    counted = {"gross": "redemptions", "net": "redemptions_net"}
    money = {"gross": "redeemed_fen", "net": "redeemed_net_fen"}
    for over, side in product(("issued", "released"), ("gross", "net")):
        yield f"redemption_rate_count_{over}_{side}", counted[side], f"{over}_vouchers"
        yield f"redemption_rate_amount_{over}_{side}", money[side], f"{over}_fen"


ISSUING_QUOTIENTS = (
    ("claim_rate", "issued_vouchers", "released_vouchers"),
    ("seeker_success_rate", "claimants", "seekers"),
    ("vouchers_per_claimant", "issued_vouchers", "claimants"),
    ("redeemer_rate", "redeemers", "claimants"),
    *_rate_names(),
)
QUOTIENTS = (
    ("leverage_gross", "order_total_fen", "redeemed_fen"),
    ("leverage_net", "order_net_fen", "redeemed_net_fen"),
    ("own_money_ratio", "paid_fen", "redeemed_fen"),
    ("average_order_fen", "order_total_fen", "redemptions"),
    ("redemptions_per_merchant", "redemptions", "merchants"),
    ("refund_rate_amount", "refund_voucher_fen", "redeemed_fen"),
)
"""(indicator, numerator, denominator); those of issuing exist where issuing does."""


def _quotients(found: Figures, *, issuing: bool) -> Figures:
    made: Figures = {}
    for name, over, under in (*ISSUING_QUOTIENTS, *QUOTIENTS):
        if over not in found or under not in found:
            continue
        exists = issuing or (name, over, under) in QUOTIENTS
        decimals = 0 if name.endswith("_fen") else 4
        made[name] = quotient(_whole(found[over]), _whole(found[under]), decimals=decimals) if exists else None
    return made


def quotient(numerator: int, denominator: int, *, decimals: int) -> int | float | None:
    """Rounded half away from zero in whole numbers; None unless the denominator is positive."""
    if denominator <= 0:
        return None
    scale: int = 10**decimals
    size = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    signed = size if numerator >= 0 else -size
    return signed if decimals == 0 else signed / scale


def _whole(value: int | float | None) -> int:  # noqa: PYI041 - a figure that is None or a ratio is no count
    assert isinstance(value, int), "only counted figures are added up and divided"
    return value
