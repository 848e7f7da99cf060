"""From the statement's one row to the live figures. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.models.live import LiveBatch, LiveCategory, LiveDistrict, LiveFigures


@dataclass(frozen=True)
class Counted:
    """What SQL counted: published batches with their stock, redemptions by batch, category and district, the rest."""

    batches: list[dict[str, Any]]
    places: list[dict[str, Any]]
    attempts: dict[str, int]
    seekers: int
    refunds: int
    refunded_fund_fen: int


def live_figures(counted: Counted, *, campaign_id: str, server_time: datetime, real_time: datetime) -> LiveFigures:
    """Sums over everything, and every category and district, those without a redemption included."""
    redeemed = _sums(counted.places, "batch_id", "redeemed")
    batches = [
        LiveBatch(
            batch_id=one["id"], name=one["name"], face_fen=one["face_fen"], quota=one["quota"], issued=one["issued"],
            remaining=one["quota"] - one["issued"] + one["voided"], redeemed=redeemed[one["id"]], state=one["state"],
        )
        for one in counted.batches
    ]  # fmt: skip
    return LiveFigures(
        campaign_id=campaign_id, server_time=server_time, real_time=real_time,
        quota=sum(one.quota for one in batches), issued=sum(one.issued for one in batches),
        voided=sum(one["voided"] for one in counted.batches), remaining=sum(one.remaining for one in batches),
        redeemed=sum(one["redeemed"] for one in counted.places),
        redeemed_fen=sum(one["redeemed_fen"] for one in counted.places),
        refunds=counted.refunds, refunded_fund_fen=counted.refunded_fund_fen, seekers=counted.seekers,
        attempts=counted.attempts, batches=batches,
        by_category=[LiveCategory.model_validate(one) for one in _by(counted.places, "category", CATEGORY_NAMES)],
        by_district=[LiveDistrict.model_validate(one) for one in _by(counted.places, "district", DISTRICTS)],
    )  # fmt: skip


def _sums(places: Iterable[Mapping[str, Any]], by: str, what: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for one in places:
        sums[one[by]] += one[what]
    return sums


def _by(places: list[dict[str, Any]], by: str, known: Mapping[str, str]) -> list[dict[str, Any]]:
    counts, money = _sums(places, by, "redeemed"), _sums(places, by, "redeemed_fen")
    keys = (*known, *sorted(counts.keys() - known.keys()))
    return [{by: key, "redeemed": counts[key], "redeemed_fen": money[key]} for key in keys]
