"""What the guided round is to be: small enough that a step takes seconds, and nothing is left out. Pure."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from merchant_sim.schedule.offers import Offer, demo_offers
from merchant_sim.schedule.opening import RushShape
from merchant_sim.story.plan import BEIJING
from voucher_contract.models.campaigns import BatchSpec, RateLimit, RateLimits
from voucherlab.guided.showing import Words

CAMPAIGN_NAME = "广汉2026迎春消费券（演示）"
ROUND_NAME = "第一轮"
RESIDENTS, MERCHANTS = 2_000, 240
DEPOSIT_FEN = 6_000_000
OPENS_AT = time(10, 0)
LAST_DAY = 31
RUSH = RushShape(early_share=0.01, early_ms=900, spike_share=0.75, spike_mean_ms=700, tail_ms=3_500)
# Room for an impatient person and for a household behind one address, none for a machine.
PERSON_LIMIT, DEVICE_LIMIT, ADDRESS_LIMIT = 8, 16, 60
_WINDOW_MS = 10_000
_SCALE = 0.05
_REGIMES = {"appliances": "A_PRIME"}

CULTURE = Offer("culture", "文体满50减10", 1_000, 5_000, 1_500, ("culture_sport",), (), 1, 1, 20, 20)
"""The fourth batch: it opens a day later, so that the steps with bots and with the kill find vouchers left."""

OFFER_NAMES = {
    "catering": Words("餐饮满100减30", "Catering 30 off 100"),
    "daily": Words("百货满60减20", "Daily goods 20 off 60"),
    "appliances": Words("家电满1000减100", "Appliances 100 off 1,000"),
    "culture": Words("文体满50减10", "Culture and sport 10 off 50"),
}
CATEGORY_NAMES_EN = {
    "daily_goods": "daily goods", "appliances": "appliances", "catering": "catering", "lodging": "lodging",
    "cars": "cars", "fuel": "fuel", "culture_sport": "culture and sport",
}  # fmt: skip


def opening_offers() -> tuple[Offer, ...]:
    """The three batches of the opening rush."""
    return demo_offers(_SCALE)


def all_offers() -> tuple[Offer, ...]:
    """They, and the one that opens a day later."""
    return (*opening_offers(), CULTURE)


def planned_fen() -> int:
    """What all batches together can cost."""
    return sum(offer.face_fen * offer.quota for offer in all_offers())


def moment(first_day: date, day: int, at: time = time(0)) -> datetime:
    """A time of business day ``day``; day 0 is that of the opening."""
    return datetime.combine(first_day + timedelta(days=day), at, BEIJING)


def batch_spec(offer: Offer, first_day: date) -> BatchSpec:
    """An offer as the contract describes a batch."""
    day = 1 if offer.batch == CULTURE.batch else 0
    return BatchSpec(
        name=offer.name, face_fen=offer.face_fen, threshold_fen=offer.threshold_fen, quota=offer.quota,
        categories=list(offer.industries), districts=list(offer.districts),
        claim_opens_at=moment(first_day, day, OPENS_AT), claim_closes_at=moment(first_day, day + 3),
        valid_from=moment(first_day, offer.first_valid_day), valid_until=moment(first_day, offer.last_valid_day + 1),
        per_person_limit=offer.per_person_limit, rate_limits=_rate_limits(),
        refund_regime=_REGIMES.get(offer.batch, "B"), refund_days=90,
        code_mode="dynamic" if offer.batch == "catering" else "static",
    )  # fmt: skip


def over_budget(first_day: date) -> BatchSpec:
    """A fifth batch that asks for one voucher more than the money that is left."""
    left_fen = DEPOSIT_FEN - planned_fen()
    return batch_spec(replace(CULTURE, name="超预算券种", quota=left_fen // CULTURE.face_fen + 1), first_day)


def _rate_limits() -> RateLimits:
    person, device, address = (
        RateLimit(permits=permits, window_ms=_WINDOW_MS) for permits in (PERSON_LIMIT, DEVICE_LIMIT, ADDRESS_LIMIT)
    )
    return RateLimits(person=person, device=device, address=address)
