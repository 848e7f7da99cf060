"""Where people shop: near home more often than not, at shops that take their vouchers."""

import random
from dataclasses import dataclass

from merchant_sim.city import City
from merchant_sim.merchants import Merchant
from merchant_sim.people import Person
from merchant_sim.schedule.offers import Offer
from merchant_sim.streams import stream

_NEAR_HOME_SHARE = 0.65


@dataclass(frozen=True, slots=True)
class Suspension:
    """A shop that stops taking part at the start of a day. It stays suspended to the end."""

    uscc: str
    day: int


def plan_suspensions(city: City, offers: tuple[Offer, ...], *, seed: int, day: int = 5) -> tuple[Suspension, ...]:
    """Choose one admitted shop for each offer that has at least three, to be suspended on `day`."""
    rng = stream(seed, "suspensions")
    chosen: dict[str, Suspension] = {}
    for offer in offers:
        shops = _admitted(city, offer)
        if len(shops) >= 3:
            uscc = rng.choice(shops).uscc
            chosen[uscc] = Suspension(uscc, day)
    return tuple(chosen.values())


def _admitted(city: City, offer: Offer) -> list[Merchant]:
    shops = city.merchants_in(industries=offer.industries, districts=offer.districts)
    return [shop for shop in shops if shop.admitted]


class ShopChoice:
    """The shops of one offer, sorted once by how a holder would use them.

    A shop to be suspended is avoided from the first day on, so that an honest visit is honest on any day.
    """

    def __init__(self, city: City, offer: Offer, suspensions: tuple[Suspension, ...]) -> None:
        self.suspended_from = {suspension.uscc: suspension.day for suspension in suspensions}
        admitted = [shop for shop in city.merchants if shop.admitted and shop.uscc not in self.suspended_from]
        covered = [shop for shop in admitted if shop.industry in offer.industries]
        self.open_shops = [shop for shop in covered if not offer.districts or shop.district in offer.districts]
        self.other_district = [shop for shop in covered if offer.districts and shop.district not in offer.districts]
        self.other_category = [shop for shop in admitted if shop.industry not in offer.industries]
        self.suspended = [shop for shop in _admitted(city, offer) if shop.uscc in self.suspended_from]
        self.not_admitted = [
            shop
            for shop in city.merchants_in(industries=offer.industries, districts=offer.districts)
            if not shop.admitted and shop.uscc not in self.suspended_from
        ]

    def pick(self, rng: random.Random, person: Person) -> Merchant:
        """Pick an open shop, near home if there is one and the person feels like it."""
        near = [shop for shop in self.open_shops if shop.district == person.home_district]
        if near and rng.random() < _NEAR_HOME_SHARE:
            return rng.choice(near)
        return rng.choice(self.open_shops)
