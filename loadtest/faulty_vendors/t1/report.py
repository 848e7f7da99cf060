"""The report of one business day: counted figures, those that follow from them, and nothing where nothing exists."""

from datetime import date, timedelta
from typing import Any

from loadtest.faulty_vendors.books.clock import DAY_US, day_start, rfc3339
from loadtest.faulty_vendors.books.rows import RoundRow
from loadtest.faulty_vendors.t1.counting import Place, Span, Tally, count, published_batches
from loadtest.faulty_vendors.t1.figures import FIGURES
from loadtest.faulty_vendors.vendor import Vendor
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES

Number = int | float | None
_EIGHT_HOURS_US = DAY_US // 3
_SINCE_EVER = ""


def make_report(vendor: Vendor, campaign_id: str, day: date, now_us: int) -> dict[str, Any]:
    """The wire's ``T1Report``."""
    starts, ends = day_start(day), day_start(day + timedelta(days=1))
    # A vendor that cuts days at midnight UTC is eight hours late.
    late = _EIGHT_HOURS_US if vendor.has("t1-wrong-day") else 0
    tallies = {
        "day": count(vendor, campaign_id, Span(starts + late, ends + late, str(day), str(day), now_us)),
        "cumulative": count(vendor, campaign_id, Span(0, ends + late, _SINCE_EVER, str(day), now_us)),
    }
    return {
        "campaign_id": campaign_id, "day": str(day), "starts_at": rfc3339(starts), "ends_at": rfc3339(ends),
        "generated_at": rfc3339(now_us), "complete": now_us >= ends, "definitions": _definitions(),
        "rows": [
            {
                "dimension": place[0], "key": place[1], "label_zh": label, "period": period,
                "values": _values(vendor, tally, place, period),
            }
            for place, label in _lines(vendor, campaign_id, ends).items() for period, tally in tallies.items()
        ],
    }  # fmt: skip


def _definitions() -> list[dict[str, str]]:
    return [
        {
            "indicator": figure.name, "title_zh": figure.zh, "title_en": figure.en, "unit": figure.unit,
            "formula_zh": figure.formula_zh, "formula_en": figure.formula_en,
        }
        for figure in FIGURES
    ]  # fmt: skip


def _lines(vendor: Vendor, campaign_id: str, ends_us: int) -> dict[Place, str]:
    """Every line with its name; industries, districts and sizes without a figure stand there, too."""
    lines: dict[Place, str] = {("total", "total"): "合计"}
    for dimension, names in (("industry", CATEGORY_NAMES), ("district", DISTRICTS), ("size_class", SIZE_CLASS_NAMES)):
        lines |= {(dimension, key): label for key, label in names.items()}
    for batch in published_batches(vendor, campaign_id, ends_us):
        lines["batch", batch.id] = batch.terms["name"]
        lines["round", batch.round_id] = vendor.store.row(RoundRow, batch.round_id).name
    return lines


def _values(vendor: Vendor, tally: Tally, place: Place, period: str) -> dict[str, Number]:
    values: dict[str, Number] = {
        figure.name: None if figure.less or figure.over else tally.value(place, figure.name) for figure in FIGURES
    }
    if vendor.has("t1-issued-counts-tries"):
        values["issued_vouchers"] = values["claim_attempts"]
    for figure in FIGURES:
        if figure.less:
            first, *others = (_whole(values[name]) for name in figure.less)
            values[figure.name] = first - sum(others)
        elif figure.over:
            first, second = (_whole(values[name]) for name in figure.over)
            values[figure.name] = quotient(first, second, places=0 if figure.unit == "fen" else 4)
    for figure in FIGURES:
        if place[0] not in figure.where or (figure.cumulative_only and period == "day"):
            values[figure.name] = None
    return values


def _whole(value: Number) -> int:
    assert isinstance(value, int), "what is divided or subtracted was counted"
    return value


def quotient(first: int, second: int, *, places: int) -> Number:
    """Rounded half up, away from zero, without binary fractions; None unless the second is positive."""
    if second <= 0:
        return None
    scale: int = 10**places
    scaled = (2 * abs(first) * scale + second) // (2 * second)
    signed = scaled if first >= 0 else -scaled
    return signed / scale if places else signed
