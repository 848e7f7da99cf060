"""How a refund splits, and what it does to the voucher and to public money. Pure; amounts in fen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from voucher_contract import refusals
from voucher_contract.models.common import RefundRegime
from voucher_contract.refusals import Refusal

MAX_REFUNDS = 50


@dataclass(frozen=True)
class Parts:
    """An amount in its parts: to the user, of the voucher, of the platform's matching discount."""

    user_fen: int
    voucher_fen: int
    platform_fen: int


def split_total(cumulative_fen: int, order: Parts) -> Parts:
    """How the first ``cumulative_fen`` taken back of an order split, however many refunds they came in.

    The user gets cumulative × paid ÷ total, half up, as payment networks do; of the rest the platform's discount
    gets its share rounded down and the voucher what is left. Every part grows by whole fen with the total and ends
    at the order's own parts, so differences of it are never negative and the last refund takes the residue.
    """
    total = order.user_fen + order.voucher_fen + order.platform_fen
    user = (2 * cumulative_fen * order.user_fen + total) // (2 * total)
    rest = cumulative_fen - user
    platform = rest * order.platform_fen // (order.voucher_fen + order.platform_fen)
    return Parts(user, rest - platform, platform)


def split_refund(refunded_fen: int, amount_fen: int, order: Parts) -> Parts:
    """The parts of a refund of ``amount_fen`` after ``refunded_fen``: by the running total, not by itself.

    Each refund rounded by itself would give fifty refunds of 1 fen on an order of 100.00 with 70.00 paid 0.50 to
    the user instead of 0.35.
    """
    before, after = split_total(refunded_fen, order), split_total(refunded_fen + amount_fen, order)
    return Parts(
        after.user_fen - before.user_fen,
        after.voucher_fen - before.voucher_fen,
        after.platform_fen - before.platform_fen,
    )


@dataclass(frozen=True)
class Asked:
    """A refund asked for, and how far its redemption has been refunded. ``refund_days`` is 0 for never."""

    amount_fen: int
    payable_fen: int
    refunded_fen: int
    refund_count: int
    redeemed_at: datetime
    refund_days: int
    now: datetime

    @property
    def is_whole(self) -> bool:
        """The whole order in a single refund: the only kind that can give a voucher back."""
        return self.amount_fen == self.payable_fen


def judge(asked: Asked) -> Refusal | None:
    """The first reason against the refund, in the contract's order."""
    if asked.now >= asked.redeemed_at + timedelta(days=asked.refund_days):
        return refusals.CLOSED
    if asked.amount_fen > asked.payable_fen - asked.refunded_fen:
        return refusals.REFUND_TOO_LARGE
    if asked.refund_count >= MAX_REFUNDS:
        return refusals.TOO_MANY_REFUNDS
    return None


@dataclass(frozen=True)
class Ending:
    """What becomes of the voucher and of its money.

    ``fund_fen`` is public money again: held for the voucher where that is ``issued`` once more, else free.
    ``used_up``: the order was refunded at least in part and the voucher stays spent.
    """

    state: Literal["issued", "expired", "used_up"]
    fund_fen: int
    valid_from: datetime

    @property
    def reverses(self) -> bool:
        """Whether the redemption counts as never made: another order, or this one, may use a voucher again."""
        return self.state != "used_up"


@dataclass(frozen=True)
class Term:
    """When the voucher may be used, and what bears on a return: the next business day, a closed campaign."""

    valid_from: datetime
    valid_until: datetime
    now: datetime
    next_day: datetime
    campaign_open: bool


def end(regime: RefundRegime, *, whole: bool, voucher_part_fen: int, term: Term) -> Ending:
    """A, A_PRIME and C give the voucher back for a whole refund (C from the next business day); B never does.

    A voucher whose time would be over, or whose campaign has closed, expires instead and its money goes to the fund.
    Otherwise it is used up, and its part of the refund goes back to the fund, under A only by a whole refund.
    """
    if whole and regime != "B":
        valid_from = max(term.valid_from, term.next_day) if regime == "C" else term.valid_from
        usable = term.campaign_open and max(valid_from, term.now) < term.valid_until
        return Ending("issued" if usable else "expired", voucher_part_fen, valid_from if usable else term.valid_from)
    return Ending("used_up", 0 if regime == "A" else voucher_part_fen, term.valid_from)
