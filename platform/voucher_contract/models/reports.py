"""The T+1 report of N4.2.6b: every number with its formula, by every dimension the notice names."""

from datetime import date
from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Id, Wire

Dimension = Literal["total", "industry", "district", "size_class", "batch", "round"]


class IndicatorDefinition(Wire):
    """What one column means. ``formula_*`` names rows and columns of the raw data, so anyone can recompute it."""

    indicator: str
    title_zh: str
    title_en: str
    unit: Literal["vouchers", "people", "redemptions", "fen", "ratio", "merchants", "refunds", "attempts"]
    formula_zh: str
    formula_en: str


class ReportRow(Wire):
    """One line. ``period`` is the business day or everything up to its end. ``values`` maps indicator → number.

    ``None`` means the indicator does not exist in this dimension (an unredeemed voucher has no district).
    """

    dimension: Dimension
    key: str
    label_zh: str
    period: Literal["day", "cumulative"]
    values: dict[str, int | float | None]


class T1Report(Wire):
    """Figures of business day ``day`` (Beijing time, from ``starts_at`` up to but excluding ``ends_at``).

    ``unsafe_settings`` names every protection that was switched off when it was made, as ``get_meta`` does.
    """

    campaign_id: Id
    day: date
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    generated_at: AwareDatetime
    complete: bool
    definitions: list[IndicatorDefinition]
    rows: list[ReportRow]
    unsafe_settings: list[str] = Field(default_factory=list)
