"""Every figure of the contract's T+1 report that rows can give, made again from them."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from loadtest.vendor_files.cells.codes import CODES
from loadtest.vendor_files.cells.numbers import Ints, present
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge
from loadtest.vendor_files.joining import taken
from loadtest.vendor_files.t1 import happenings
from loadtest.vendor_files.t1.cubes import Cube, Days, Events, distinct, summed
from loadtest.vendor_files.t1.keys import Keys
from voucher_contract.indicators import INDICATORS
from voucher_contract.indicators.kinds import Period
from voucher_contract.models.reports import Dimension

Fraction = tuple[int, int]
"""A figure as numerator and denominator; whole numbers have denominator 1."""


class Figures:
    """Figures of ``days``, each computed once, when first asked for. Raises CannotJudge where rows do not give it."""

    def __init__(self, evidence: Evidence, keys: Keys, days: Days) -> None:
        self.evidence, self._keys, self._days = evidence, keys, days
        self._cubes: dict[tuple[str, Dimension], Cube] = {}

    def value(self, name: str, dimension: Dimension, key: int, period: Period, day: int) -> Fraction | None:
        """One figure; None where it does not exist (a quotient by nothing). Raises CannotJudge."""
        indicator = INDICATORS.get(name)
        if indicator is not None and indicator.quotient:
            over = [self.value(part, dimension, key, period, day) for part in indicator.quotient]
            if over[0] is None or over[1] is None or over[1][0] <= 0:
                return None
            return over[0][0], over[1][0]
        if indicator is not None and indicator.parts:
            parts = [(sign, self.value(part, dimension, key, period, day)) for sign, part in indicator.parts]
            return sum(sign * part[0] for sign, part in parts if part is not None), 1
        cube = self._cube(name, dimension)
        figures = cube.of_day if period == "day" else cube.cumulative
        return int(figures[key, day - self._days.first]), 1

    def _cube(self, name: str, dimension: Dimension) -> Cube:
        if (name, dimension) not in self._cubes:
            if name not in _COUNTED:
                raise CannotJudge("明细不含算出该指标所需的记录")
            self._cubes[name, dimension] = _COUNTED[name](self, dimension)
        return self._cubes[name, dimension]

    @cached_property
    def claims(self) -> Events:
        """The claims as events."""
        return happenings.claims(self.evidence, self._keys)

    @cached_property
    def redemptions(self) -> Events:
        """The redemptions as events."""
        return happenings.redemptions(self.evidence, self._keys)

    @cached_property
    def refunds(self) -> Events:
        """The refunds as events."""
        return happenings.refunds(self.evidence, self.redemptions)

    @cached_property
    def whole(self) -> tuple[Events, Ints]:
        """Redemptions taken back whole, as events, and which they are."""
        return happenings.whole_refunds(self.evidence, self.redemptions)

    def sum(self, events: Events, weight: Ints | None, dimension: Dimension) -> Cube:
        """Σ weight, or a count of the events."""
        self._must_place(events, dimension)
        ones = np.ones(len(events.days), dtype=np.int64) if weight is None else weight
        return summed(events, ones, dimension, self._keys.count(dimension), self._days)

    def different(self, events: Events, entity: Ints, dimension: Dimension) -> Cube:
        """Different entities."""
        self._must_place(events, dimension)
        if not present(entity).all():
            raise CannotJudge("有记录不知道是谁")
        return distinct(events, entity, dimension, self._keys.count(dimension), self._days)

    def _must_place(self, events: Events, dimension: Dimension) -> None:
        if dimension not in events.places:
            raise CannotJudge("有记录不知道属于该维度的哪一项")
        days = events.days
        if len(days) and not (self._days.holds(int(days.min())) and self._days.holds(int(days.max()))):
            raise CannotJudge("记录的日期超出可核对的范围")


Count = Callable[[Figures, Dimension], Cube]


def _of_claims(weight: str | None = None) -> Count:
    def count(f: Figures, dimension: Dimension) -> Cube:
        e = f.evidence
        amount = None if weight is None else e.rule(happenings.column(e, "claims", "batch"), weight)
        return f.sum(f.claims, amount, dimension)

    return count


def _kept_claims(f: Figures, dimension: Dimension) -> Cube:
    return f.sum(f.claims, (~present(f.evidence.voided)).astype(np.int64), dimension)


def _claimants(f: Figures, dimension: Dimension) -> Cube:
    people = f.evidence.claim_people
    if people is None:
        raise CannotJudge("领取明细没有区分自然人的列")
    return f.different(f.claims, people, dimension)


def _redeemers(f: Figures, dimension: Dimension) -> Cube:
    """Holders as the claims know them, since the contract counts voucher.person_id."""
    people = f.evidence.claim_people if f.evidence.has("claims", "voucher") else None
    if people is None:
        raise CannotJudge("领取明细没有区分自然人的列")
    return f.different(f.redemptions, taken(people, f.evidence.redemption_claims), dimension)


def _of_redemptions(name: str | None = None) -> Count:
    def count(f: Figures, dimension: Dimension) -> Cube:
        amount = None if name is None else happenings.column(f.evidence, "redemptions", name)
        return f.sum(f.redemptions, amount, dimension)

    return count


def _merchants(column: str = "", code: str = "") -> Count:
    def count(f: Figures, dimension: Dimension) -> Cube:
        e = f.evidence
        merchant = happenings.column(e, "redemptions", "merchant")
        if not column:
            return f.different(f.redemptions, merchant, dimension)
        here = taken(happenings.column(e, "merchants", column), e.redemption_merchants)
        if not present(here).all():
            raise CannotJudge("有核销商户不在名单内")
        only = here == CODES[column].index(code)
        return f.different(_picked(f.redemptions, only), merchant, dimension)

    return count


def _picked(events: Events, only: np.ndarray) -> Events:
    places = {name: (rows[only[rows]], key[only[rows]]) for name, (rows, key) in events.places.items()}
    return Events(events.days, places)


def _of_refunds(name: str | None = None) -> Count:
    def count(f: Figures, dimension: Dimension) -> Cube:
        amount = None if name is None else happenings.column(f.evidence, "refunds", name)
        return f.sum(f.refunds, amount, dimension)

    return count


def _returned(f: Figures, dimension: Dimension) -> Cube:
    yes = happenings.column(f.evidence, "refunds", "voucher_returned") == CODES["yes_no"].index("yes")
    return f.sum(f.refunds, yes.astype(np.int64), dimension)


def _of_whole(name: str | None = None) -> Count:
    def count(f: Figures, dimension: Dimension) -> Cube:
        events, rows = f.whole
        amount = None if name is None else happenings.column(f.evidence, "redemptions", name)[rows]
        return f.sum(events, amount, dimension)

    return count


_COUNTED: dict[str, Count] = {
    "issued_vouchers": _of_claims(), "issued_fen": _of_claims("face_fen"), "claimants": _claimants,
    "issued_not_voided": _kept_claims,
    "redeemers": _redeemers, "redemptions": _of_redemptions(), "redeemed_fen": _of_redemptions("voucher_amount"),
    "platform_discount_fen": _of_redemptions("platform_discount"),
    "merchant_discount_fen": _of_redemptions("merchant_discount"),
    "order_total_fen": _of_redemptions("order_total"), "paid_fen": _of_redemptions("paid"),
    "whole_refunds": _of_whole(), "withdrawn_discount_fen": _of_whole("merchant_discount"),
    "refund_count": _of_refunds(), "refund_order_fen": _of_refunds("amount"),
    "refund_voucher_fen": _of_refunds("voucher_part"), "refund_user_fen": _of_refunds("user_part"),
    "refund_platform_fen": _of_refunds("platform_part"), "refund_fund_fen": _of_refunds("fund_part"),
    "vouchers_returned": _returned, "merchants": _merchants(),
    **{f"merchants_size_{code}": _merchants("size_class", code) for code in CODES["size_class"]},
    **{f"merchants_type_{code}": _merchants("category", code) for code in CODES["category"]},
}  # fmt: skip
