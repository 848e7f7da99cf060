"""What an indicator is: counted from raw rows, a difference of others, or a quotient of two others."""

from dataclasses import dataclass
from typing import Literal, get_args

from voucher_contract.models.reports import Dimension, IndicatorDefinition

Period = Literal["day", "cumulative"]
Unit = Literal["vouchers", "people", "redemptions", "fen", "ratio", "merchants", "refunds", "attempts"]

EVERYWHERE: tuple[Dimension, ...] = get_args(Dimension)
WHERE_ISSUED: tuple[Dimension, ...] = ("total", "industry", "batch", "round")
"""A voucher that was not redeemed has no merchant, so issuing has no district and no size class."""
WHERE_REGISTERED: tuple[Dimension, ...] = ("total", "industry", "district", "size_class")
"""A merchant takes part in the activity, not in one batch."""


@dataclass(frozen=True)
class Indicator:
    """One column of the report.

    Exactly one of three kinds. *Counted*: ``parts`` and ``quotient`` are empty. *Difference*: ``parts`` are the names
    to add, each with its sign. *Quotient*: ``quotient`` names numerator and denominator; in fen it is rounded half up
    to whole fen, as a ratio half up to four decimals, and it is ``None`` unless the denominator is positive.
    ``additive``: the figures of days sum to the cumulative figure.
    """

    definition: IndicatorDefinition
    dimensions: tuple[Dimension, ...] = EVERYWHERE
    additive: bool = True
    periods: tuple[Period, ...] = ("day", "cumulative")
    parts: tuple[tuple[int, str], ...] = ()
    quotient: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The indicator's key in a report's values."""
        return self.definition.indicator

    def exists(self, dimension: Dimension, period: Period) -> bool:
        """Whether the indicator means anything there; elsewhere its value is ``None``."""
        return dimension in self.dimensions and period in self.periods


def counted(
    name: str, unit: Unit, title: tuple[str, str], formula: tuple[str, str], *,
    dimensions: tuple[Dimension, ...] = EVERYWHERE, additive: bool = True,
    periods: tuple[Period, ...] = ("day", "cumulative"),
) -> Indicator:  # fmt: skip
    """An indicator that is counted from raw rows. ``title`` and ``formula`` are (Chinese, English)."""
    return Indicator(_define(name, unit, title, formula), dimensions, additive, periods)


def difference(
    name: str, unit: Unit, title: tuple[str, str], *, plus: str, minus: tuple[str, ...],
    note: tuple[str, str] = ("", ""),
) -> Indicator:  # fmt: skip
    """``plus`` less every one of ``minus``, of the same line and period."""
    formula = " − ".join((plus, *minus))
    parts = ((1, plus), *((-1, part) for part in minus))
    return Indicator(_define(name, unit, title, (formula + note[0], formula + note[1])), parts=parts)


def quotient(
    name: str, unit: Unit, title: tuple[str, str], *, over: tuple[str, str],
    dimensions: tuple[Dimension, ...] = EVERYWHERE, note: tuple[str, str] = ("", ""),
) -> Indicator:  # fmt: skip
    """The first of ``over`` divided by the second, of the same line and period."""
    rounding = ("四舍五入到整数分", "rounded half up to whole fen") if unit == "fen" else (
        "四舍五入保留四位小数", "rounded half up to four decimals"
    )  # fmt: skip
    formula = (
        f"{over[0]} ÷ {over[1]}，{rounding[0]}；分母不大于 0 时为空{note[0]}",
        f"{over[0]} ÷ {over[1]}, {rounding[1]}; empty unless the denominator is positive{note[1]}",
    )
    return Indicator(_define(name, unit, title, formula), dimensions, additive=False, quotient=over)


def _define(name: str, unit: Unit, title: tuple[str, str], formula: tuple[str, str]) -> IndicatorDefinition:
    return IndicatorDefinition(
        indicator=name, title_zh=title[0], title_en=title[1], unit=unit, formula_zh=formula[0], formula_en=formula[1]
    )
