"""What an indicator is: counted from raw rows, a difference of others, or a quotient of two others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    periods: tuple[Period, ...] = ("day", "cumulative"), source: str,
) -> Indicator:  # fmt: skip
    """An indicator that is counted from raw rows. ``title`` and ``formula`` are (Chinese, English).

    ``formula`` is words for whoever reads the report; ``source`` the columns it is counted from, for auditors.
    """
    return Indicator(_define(name, unit, title, _sourced(formula, source)), dimensions, additive, periods)


def difference(
    name: str, unit: Unit, title: tuple[str, str], *, plus: str, minus: tuple[str, ...],
    note: tuple[str, str] = ("", ""),
) -> Indicator:  # fmt: skip
    """``plus`` less every one of ``minus``, of the same line and period."""
    names = (plus, *minus)
    words = " − ".join(f"{{{one}}}" for one in names)
    formula = _sourced((words + note[0], words + note[1]), " − ".join(names))
    parts = ((1, plus), *((-1, part) for part in minus))
    return Indicator(_define(name, unit, title, formula), parts=parts)


def quotient(
    name: str, unit: Unit, title: tuple[str, str], *, over: tuple[str, str],
    dimensions: tuple[Dimension, ...] = EVERYWHERE, note: tuple[str, str] = ("", ""),
) -> Indicator:  # fmt: skip
    """The first of ``over`` divided by the second, of the same line and period."""
    rounding = ("四舍五入到整数分", "rounded half up to whole fen") if unit == "fen" else (
        "四舍五入保留四位小数", "rounded half up to four decimals"
    )  # fmt: skip
    words = f"{{{over[0]}}} ÷ {{{over[1]}}}"
    formula = (
        f"{words}，{rounding[0]}；分母不大于 0 时为空{note[0]}",
        f"{words}, {rounding[1]}; empty unless the denominator is positive{note[1]}",
    )
    told = _define(name, unit, title, _sourced(formula, " ÷ ".join(over)))
    return Indicator(told, dimensions, additive=False, quotient=over)


def in_words(indicator: Indicator, titles: Mapping[str, tuple[str, str]]) -> Indicator:
    """The same indicator, whose formula calls the others it is made of, ``{name}``, by their (Chinese, English)."""
    definition = indicator.definition
    used = [*(name for _, name in indicator.parts), *(indicator.quotient or ())]
    zh, en = ({name: titles[name][language] for name in used} for language in (0, 1))
    told = {"formula_zh": definition.formula_zh.format(**zh), "formula_en": definition.formula_en.format(**en)}
    return replace(indicator, definition=definition.model_copy(update=told))


def _sourced(formula: tuple[str, str], source: str) -> tuple[str, str]:
    return f"{formula[0]}（数据来源：{source}）", f"{formula[1]} (data: {source})"


def _define(name: str, unit: Unit, title: tuple[str, str], formula: tuple[str, str]) -> IndicatorDefinition:
    return IndicatorDefinition(
        indicator=name, title_zh=title[0], title_en=title[1], unit=unit, formula_zh=formula[0], formula_en=formula[1]
    )
