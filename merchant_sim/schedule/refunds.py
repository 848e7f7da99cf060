"""Refunds: which of the accepted orders come back, when, and in how many parts."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from merchant_sim.schedule.mistakes import Mistake
from merchant_sim.schedule.offers import Offer
from merchant_sim.schedule.redemptions import TillVisit
from merchant_sim.streams import stream


class RefundKind(StrEnum):
    """How an order comes back. SEVERAL adds up to less than the order, SEVERAL_TO_ALL to all of it."""

    WHOLE = "whole"
    PARTIAL = "partial"
    SEVERAL = "several"
    SEVERAL_TO_ALL = "several_to_all"
    TOO_MUCH = "too_much"


_KIND_WEIGHTS = {
    RefundKind.WHOLE: 50,
    RefundKind.PARTIAL: 26,
    RefundKind.SEVERAL: 12,
    RefundKind.SEVERAL_TO_ALL: 9,
    RefundKind.TOO_MUCH: 3,
}


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """One request to take back `amount_fen` of an order's payable sum (total − merchant discount).

    `refusal` is the contract's code that the platform owes it, None when it must be accepted.
    """

    day: int
    second_of_day: int
    order_no: str
    amount_fen: int
    kind: RefundKind
    number: int
    refusal: str | None
    idempotency_key: str


def refund_plan(
    accepted: Iterable[TillVisit], *, seed: int, share: float = 0.05, within_days: int = 7
) -> tuple[RefundAsk, ...]:
    """Return the refunds asked for accepted orders, in order of time.

    `share` is the part of the orders that come back, from 1 to `within_days` days after the purchase; so
    some come back after the voucher has expired. Each order's refunds depend on the seed and the order alone.
    """
    asks = [ask for visit in accepted for ask in _asks_of(visit, seed, share, within_days)]
    asks.sort(key=lambda ask: (ask.day, ask.second_of_day, ask.idempotency_key))
    return tuple(asks)


def _asks_of(visit: TillVisit, seed: int, share: float, within_days: int) -> list[RefundAsk]:
    rng = stream(seed, f"refund:{visit.order_no}")
    if rng.random() >= share:
        return []
    kind = rng.choices(list(_KIND_WEIGHTS), list(_KIND_WEIGHTS.values()))[0]
    day = visit.day + rng.randint(1, within_days)
    second = rng.randrange(9 * 3600, 20 * 3600)
    amounts = _amounts(rng, kind, visit.order.payable_fen)
    return [
        RefundAsk(
            day=day,
            second_of_day=second + 300 * number,
            order_no=visit.order_no,
            amount_fen=amount_fen,
            kind=kind,
            number=number,
            refusal="refund_too_large" if kind is RefundKind.TOO_MUCH else None,
            idempotency_key=f"refund-{visit.order_no}-{number}",
        )
        for number, amount_fen in enumerate(amounts, start=1)
    ]


def _amounts(rng: random.Random, kind: RefundKind, payable_fen: int) -> list[int]:
    """Return the sums asked for, each at least 1 fen; every order of the city has at least 100 to pay."""
    if kind is RefundKind.WHOLE:
        return [payable_fen]
    if kind is RefundKind.TOO_MUCH:
        return [payable_fen + rng.randrange(1, payable_fen + 1)]
    if kind is RefundKind.PARTIAL:
        return [payable_fen * rng.randrange(10, 90) // 100]
    cuts = sorted(rng.sample(range(1, payable_fen), rng.randint(2, 4)))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, payable_fen], strict=True)]
    return parts if kind is RefundKind.SEVERAL_TO_ALL else parts[:-1]


def visits_after_refund(
    accepted: Iterable[TillVisit],
    asks: Iterable[RefundAsk],
    offers: tuple[Offer, ...],
    *,
    seed: int,
    share: float = 0.25,
) -> tuple[TillVisit, ...]:
    """Return second attempts to use a voucher whose order came back whole, within an hour of the refund.

    Under refund regime B the voucher is used up and the platform must refuse. Under the regimes that return
    it, do not add these visits. Refunds after the voucher's last day lead to none: it is past use anyway.
    """
    by_order = {visit.order_no: visit for visit in accepted}
    last_day = {offer.batch: offer.last_valid_day for offer in offers}
    again: list[TillVisit] = []
    for ask in asks:
        if ask.kind is not RefundKind.WHOLE:
            continue
        visit = by_order[ask.order_no]
        rng = stream(seed, f"after-refund:{ask.order_no}")
        if ask.day <= last_day[visit.holding.batch] and rng.random() < share:
            again.append(_same_basket(visit, ask, rng.randrange(600, 3_000)))
    again.sort(key=lambda visit: (visit.day, visit.second_of_day, visit.order_no))
    return tuple(again)


def _same_basket(visit: TillVisit, ask: RefundAsk, later_s: int) -> TillVisit:
    order_no = f"{visit.order_no}-again"
    return TillVisit(
        day=ask.day,
        second_of_day=ask.second_of_day + later_s,
        holding=visit.holding,
        order_no=order_no,
        merchant_uscc=visit.merchant_uscc,
        terminal=visit.terminal,
        order=visit.order,
        online=False,
        payer_person_no=visit.payer_person_no,
        mistake=Mistake.AFTER_REFUND,
        idempotency_key=f"redeem-{order_no}",
    )
