"""What the city knows about the batches on offer, in days counted from the opening day (day 0)."""

from dataclasses import dataclass

DEMO_DEPOSIT_FEN = 90_000_000
DEMO_RESIDENTS = 40_000


@dataclass(frozen=True, slots=True)
class Offer:
    """One batch. `batch` is any stable name of letters, digits, - and _.

    Vouchers are valid on days first_valid_day..last_valid_day, both included. `industries` are
    `Industry.key`s. `districts` empty means the whole city. `popularity` is a weight.
    """

    batch: str
    name: str
    face_fen: int
    threshold_fen: int
    quota: int
    industries: tuple[str, ...]
    districts: tuple[str, ...]
    per_person_limit: int
    first_valid_day: int
    last_valid_day: int
    popularity: int


def scaled(count: int, scale: float) -> int:
    """Return `count` times `scale`, rounded, at least 1. Raises ValueError unless 0 < scale <= 10."""
    if not 0 < scale <= 10:
        raise ValueError(f"scale must be above 0 and at most 10, not {scale}")
    return max(1, round(count * scale))


def demo_offers(scale: float = 1.0) -> tuple[Offer, ...]:
    """Return the three batches of the demo campaign: 860,000 yuan at scale 1.

    The appliance batch is for the three street offices of the town and three nearby towns only, so that the
    district rule has something to do.
    """
    nearby = ("510681001", "510681002", "510681003", "510681105", "510681106", "510681117")
    return (
        Offer("catering", "餐饮满100减30", 3_000, 10_000, scaled(10_000, scale),
              ("catering",), (), 1, 1, 20, 45),
        Offer("daily", "百货满60减20", 2_000, 6_000, scaled(13_000, scale),
              ("daily_goods",), (), 1, 1, 20, 42),
        Offer("appliances", "家电满1000减100", 10_000, 100_000, scaled(3_000, scale),
              ("appliances",), nearby, 1, 1, 30, 20),
    )  # fmt: skip
