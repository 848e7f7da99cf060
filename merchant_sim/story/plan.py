"""What a round is to be: its days, its batches as the contract wants them, and the city that takes part. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from merchant_sim.city import City, build_city
from merchant_sim.schedule.offers import DEMO_DEPOSIT_FEN, DEMO_RESIDENTS, Offer, demo_offers, scaled
from merchant_sim.schedule.opening import DEFAULT_SHAPE, RushShape
from merchant_sim.schedule.shops import Suspension, plan_suspensions
from voucher_contract.models.campaigns import BatchSpec, RateLimit, RateLimits

BEIJING = timezone(timedelta(hours=8))
CAMPAIGN_NAME = "广汉2026迎春消费券"
ROUND_NAME = "第一轮"
OPENS_AT = time(10, 0)
MERCHANTS = 240
SETTLE_EVERY_DAYS = 5
_DAILY_REPORTS = 4
# The appliance vouchers' last day is 30; an order of that day may come back up to a week later.
LAST_DAY = 37
_REGIMES = {"appliances": "A_PRIME"}


@dataclass(frozen=True)
class RoundPlan:
    """All a round follows from. ``first_day`` is business day 0, the day of the opening.

    ``own_addresses``: the platform reads X-Forwarded-For, so each household has an address and is limited by it.
    """

    seed: int
    scale: float
    run: str
    first_day: date
    own_addresses: bool

    @property
    def residents(self) -> int:
        """How many people live in the city."""
        return scaled(DEMO_RESIDENTS, self.scale)

    @property
    def deposit_fen(self) -> int:
        """What the bureau pays in."""
        return scaled(DEMO_DEPOSIT_FEN, self.scale)

    @property
    def opening(self) -> datetime:
        """The opening second, in Beijing time."""
        return self.moment(0, OPENS_AT)

    def rush_shape(self) -> RushShape:
        """Twenty seconds of rush at full size, two in a small city: as many taps a second for fewer seconds."""
        part = min(1.0, max(0.1, self.scale))
        return replace(DEFAULT_SHAPE, spike_mean_ms=int(1_500 * part), tail_ms=int(20_000 * part))

    def moment(self, day: int, at: time = time(0)) -> datetime:
        """A time of business day ``day``."""
        return datetime.combine(self.first_day + timedelta(days=day), at, BEIJING)

    def offers(self) -> tuple[Offer, ...]:
        """The three batches at this scale."""
        return demo_offers(self.scale)

    def city(self) -> City:
        """The city that takes part."""
        return city_of(self.seed, self.scale)

    def suspensions(self, city: City) -> tuple[Suspension, ...]:
        """The shops that are suspended on day 5."""
        return plan_suspensions(city, self.offers(), seed=self.seed)

    def batch_spec(self, offer: Offer) -> BatchSpec:
        """An offer as the contract describes a batch: window of three days, validity by whole days."""
        return BatchSpec(
            name=offer.name, face_fen=offer.face_fen, threshold_fen=offer.threshold_fen, quota=offer.quota,
            categories=list(offer.industries), districts=list(offer.districts),
            claim_opens_at=self.opening, claim_closes_at=self.moment(3),
            valid_from=self.moment(offer.first_valid_day), valid_until=self.moment(offer.last_valid_day + 1),
            per_person_limit=offer.per_person_limit, rate_limits=self._rate_limits(),
            refund_regime=regime_of(offer.batch), refund_days=90,
        )  # fmt: skip

    def batch_over_budget(self) -> BatchSpec:
        """A fourth batch that asks for more than is left of the deposit."""
        offer = self.offers()[0]
        left_fen = self.deposit_fen - sum(one.face_fen * one.quota for one in self.offers())
        fourth = replace(offer, name="超预算券种", quota=max(1, left_fen // offer.face_fen) + 1)
        return self.batch_spec(fourth)

    def _rate_limits(self) -> RateLimits:
        """Room for an impatient person and for a household behind one address, none for a machine."""
        person, device = RateLimit(permits=8, window_ms=10_000), RateLimit(permits=16, window_ms=10_000)
        address = RateLimit(permits=60, window_ms=10_000) if self.own_addresses else None
        return RateLimits(person=person, device=device, address=address)


@lru_cache(maxsize=1)
def city_of(seed: int, scale: float) -> City:
    """The city of a seed, the same in every process that builds it; a process builds it once, which takes a while."""
    return build_city(seed, scaled(DEMO_RESIDENTS, scale), MERCHANTS)


def regime_of(batch: str) -> str:
    """The refund regime of an offer: by default money goes back and the voucher stays used (B)."""
    return _REGIMES.get(batch, "B")


def settles_on(day: int) -> bool:
    """Whether the redemptions up to the day before are settled at the start of ``day``."""
    return day > 0 and day % SETTLE_EVERY_DAYS == 0


def reports_on(day: int) -> bool:
    """Whether the T+1 report of the day before is fetched and kept: the busy first days, then with each settlement.

    A report counts the whole round up to its day, which at full size takes a platform a second or so.
    """
    return 0 < day <= _DAILY_REPORTS or settles_on(day)
