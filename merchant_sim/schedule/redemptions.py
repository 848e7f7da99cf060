"""Redemption days: for each voucher held, who brings it to which till, when, with what order.

A plan depends on the seed, the city and the holding alone, never on who else won a voucher: the race at the
opening second is real and its winners differ from run to run, but what a given winner does next does not.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from merchant_sim.city import City
from merchant_sim.merchants import Merchant
from merchant_sim.people import Person
from merchant_sim.schedule.mistakes import TILL_MISTAKES, Mistake
from merchant_sim.schedule.offers import Offer
from merchant_sim.schedule.orders import (
    Order,
    honest_order,
    order_below_after_promotion,
    order_below_threshold,
    order_of_excluded_goods,
)
from merchant_sim.schedule.shops import ShopChoice, Suspension
from merchant_sim.streams import stream

_OPENS_S, _CLOSES_S = 9 * 3600, 21 * 3600
_BEFORE_OPENING_DAY_S = 13 * 3600  # On day 0 people hold vouchers only after the rush of the morning.


@dataclass(frozen=True, slots=True)
class Holding:
    """One voucher somebody holds. `nth` counts a person's vouchers of one batch from 1."""

    person_no: int
    account_no: int
    batch: str
    nth: int


@dataclass(frozen=True, slots=True)
class TillVisit:
    """One order at a till with one voucher.

    `day` is a business day (0 is the opening day), `second_of_day` counts from midnight. `merchant_uscc` is
    the shop where it happens, `terminal` the till that sends it. `payer_person_no` pays; it differs from the
    holder only for WRONG_HOLDER. `mistake` None means the platform must accept, given that all earlier
    visits of the holding went as planned.
    """

    day: int
    second_of_day: int
    holding: Holding
    order_no: str
    merchant_uscc: str
    terminal: str
    order: Order
    online: bool
    payer_person_no: int
    mistake: Mistake | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of holders. The rest of the vouchers are never used and expire."""

    redeem_share: float = 0.82
    mistake_share: float = 0.06
    second_scan_share: float = 0.015
    late_share: float = 0.15  # of those who would not redeem in time


DEFAULT_HABITS = Habits()


def redemption_plan(
    city: City,
    offers: tuple[Offer, ...],
    holdings: Iterable[Holding],
    *,
    seed: int,
    suspensions: tuple[Suspension, ...] = (),
    habits: Habits = DEFAULT_HABITS,
    run: str = "sim",
) -> tuple[TillVisit, ...]:
    """Return every till visit in order of time. Raises ValueError when an offer has no open shop."""
    by_batch = {offer.batch: offer for offer in offers}
    shops = {offer.batch: ShopChoice(city, offer, suspensions) for offer in offers}
    if empty := [batch for batch, choice in shops.items() if not choice.open_shops]:
        raise ValueError(f"no shop in this city takes vouchers of {', '.join(empty)}")
    visits: list[TillVisit] = []
    for holding in holdings:
        rng = stream(seed, f"redeem:{holding.person_no}:{holding.batch}:{holding.nth}")
        holder = _Holder(
            rng,
            city,
            offer=by_batch[holding.batch],
            shops=shops[holding.batch],
            holding=holding,
            run=run,
        )
        visits.extend(holder.visits(habits))
    visits.sort(key=lambda visit: (visit.day, visit.second_of_day, visit.order_no))
    return tuple(visits)


class _Holder:
    """One holding on its way through the days."""

    def __init__(
        self, rng: random.Random, city: City, *, offer: Offer, shops: ShopChoice, holding: Holding, run: str
    ) -> None:
        self._rng, self._city, self._offer, self._shops = rng, city, offer, shops
        self._holding, self._run = holding, run
        self._person: Person = city.people[holding.person_no]
        self._orders = 0

    def visits(self, habits: Habits) -> list[TillVisit]:
        """Return this holding's visits in order: mistakes first, then the honest one, then a second scan."""
        rng, offer = self._rng, self._offer
        if rng.random() >= habits.redeem_share:
            return [self._too_late()] if rng.random() < habits.late_share else []
        day, second = self._favourite_day(), rng.randrange(_OPENS_S, _CLOSES_S)
        found: list[TillVisit] = []
        if rng.random() < habits.mistake_share:
            found.extend(self._mistake(day, second))
        # Ten minutes later the mistake is put right: another shop, the right goods, the right code.
        shop = self._shops.pick(rng, self._person)
        order = honest_order(rng, offer.threshold_fen)
        honest = self._visit(day, second + 600, shop, order)
        found.append(honest)
        if rng.random() < habits.second_scan_share:
            again = honest_order(rng, offer.threshold_fen)
            found.append(self._visit(day, second + 1_200, shop, again, Mistake.SECOND_SCAN))
        return found

    def _favourite_day(self) -> int:
        """Early days are busier: the smaller of two draws."""
        first, last = self._offer.first_valid_day, self._offer.last_valid_day
        return min(self._rng.randint(first, last), self._rng.randint(first, last))

    def _too_late(self) -> TillVisit:
        day = self._offer.last_valid_day + self._rng.randint(1, 3)
        shop = self._shops.pick(self._rng, self._person)
        order = honest_order(self._rng, self._offer.threshold_fen)
        return self._visit(day, self._rng.randrange(_OPENS_S, _CLOSES_S), shop, order, Mistake.AFTER_EXPIRY)

    def _mistake(self, day: int, second: int) -> list[TillVisit]:
        """Make one mistake that is possible here; none when the drawn one is not."""
        mistake = self._rng.choices(list(TILL_MISTAKES), list(TILL_MISTAKES.values()))[0]
        if mistake is Mistake.BEFORE_VALID:
            return self._too_early()
        shop = self._mistaken_shop(mistake, day)
        if shop is None:
            return []
        order = self._mistaken_order(mistake)
        return [self._visit(day, second, shop, order, mistake)]

    def _too_early(self) -> list[TillVisit]:
        if self._offer.first_valid_day < 1:
            return []
        day = self._offer.first_valid_day - 1
        second = self._rng.randrange(_BEFORE_OPENING_DAY_S, _CLOSES_S)
        shop = self._shops.pick(self._rng, self._person)
        order = honest_order(self._rng, self._offer.threshold_fen)
        return [self._visit(day, second, shop, order, Mistake.BEFORE_VALID)]

    def _mistaken_shop(self, mistake: Mistake, day: int) -> Merchant | None:
        shops: dict[Mistake, list[Merchant]] = {
            Mistake.SUSPENDED_MERCHANT: [
                shop for shop in self._shops.suspended if self._shops.suspended_from[shop.uscc] <= day
            ],
            Mistake.MERCHANT_NOT_ADMITTED: self._shops.not_admitted,
            Mistake.WRONG_CATEGORY: self._shops.other_category,
            Mistake.WRONG_DISTRICT: self._shops.other_district,
        }
        if mistake not in shops:
            return self._shops.pick(self._rng, self._person)
        return self._rng.choice(shops[mistake]) if shops[mistake] else None

    def _mistaken_order(self, mistake: Mistake) -> Order:
        threshold_fen = self._offer.threshold_fen
        if mistake is Mistake.BELOW_THRESHOLD:
            return order_below_threshold(self._rng, threshold_fen)
        if mistake is Mistake.BELOW_AFTER_PROMOTION:
            return order_below_after_promotion(self._rng, threshold_fen)
        if mistake is Mistake.EXCLUDED_GOODS:
            return order_of_excluded_goods(self._rng, threshold_fen)
        return honest_order(self._rng, threshold_fen)

    def _visit(self, day: int, second: int, shop: Merchant, order: Order, mistake: Mistake | None = None) -> TillVisit:
        self._orders += 1
        holding = self._holding
        order_no = f"{self._run}-{holding.batch}-{holding.person_no:07d}-{holding.nth}-{self._orders}"
        return TillVisit(
            day=day,
            second_of_day=second,
            holding=holding,
            order_no=order_no,
            merchant_uscc=shop.uscc,
            terminal=self._terminal(shop, mistake),
            order=order,
            online=mistake is Mistake.ONLINE_ORDER,
            payer_person_no=self._payer(mistake),
            mistake=mistake,
            idempotency_key=f"redeem-{order_no}",
        )

    def _terminal(self, shop: Merchant, mistake: Mistake | None) -> str:
        """Return a till of the shop; by mistake, one of another shop that could take the voucher itself."""
        if mistake is Mistake.FOREIGN_TILL:
            others = [other for other in self._shops.open_shops if other is not shop] or [
                other for other in self._city.merchants if other is not shop
            ]
            shop = self._rng.choice(others)
        return self._rng.choice(shop.tills).terminal

    def _payer(self, mistake: Mistake | None) -> int:
        """The holder pays; by mistake, somebody else of the city who came along."""
        if mistake is not Mistake.WRONG_HOLDER or len(self._city.people) < 2:
            return self._person.person_no
        other = self._rng.randrange(len(self._city.people) - 1)
        return other if other < self._person.person_no else other + 1
