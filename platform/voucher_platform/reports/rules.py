"""From counted figures to finished rows: differences, quotients, and what does not exist. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voucher_contract.indicators import INDICATORS, Indicator
from voucher_contract.indicators.kinds import Period
from voucher_contract.models.reports import Dimension, ReportRow

Value = int | float | None
PERIODS: tuple[Period, ...] = ("day", "cumulative")


@dataclass(frozen=True)
class Cell:
    """A counted number: where it stands and which indicator it is."""

    dimension: Dimension
    key: str
    period: Period
    indicator: str
    number: int


@dataclass(frozen=True)
class Line:
    """A line of the report before its numbers: one key of a dimension."""

    dimension: Dimension
    key: str
    label_zh: str


def rounded_quotient(numerator: int, denominator: int, *, decimals: int) -> Value:
    """``numerator`` ÷ ``denominator`` rounded half up (halves away from zero); ``None`` unless the denominator > 0.

    Integers until the last step, so no binary fraction decides a half.
    """
    if denominator <= 0:
        return None
    scale: int = 10**decimals
    size = (abs(numerator) * scale * 2 + denominator) // (2 * denominator)
    whole = size if numerator >= 0 else -size
    return whole if decimals == 0 else whole / scale


def finish(lines: Iterable[Line], cells: Iterable[Cell]) -> list[ReportRow]:
    """Every line in both periods with every indicator, in the contract's order."""
    counted: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for cell in cells:
        counted[cell.dimension, cell.key, cell.period][cell.indicator] = cell.number
    return [
        ReportRow(
            dimension=line.dimension, key=line.key, label_zh=line.label_zh, period=period,
            values=values_of(line.dimension, period, counted[line.dimension, line.key, period]),
        )
        for line in lines
        for period in PERIODS
    ]  # fmt: skip


def values_of(dimension: Dimension, period: Period, counted: Mapping[str, int]) -> dict[str, Value]:
    """Every indicator of one line in one period, from what was counted there; what was not counted is 0."""
    values: dict[str, Value] = {}
    for indicator in _in_order_of_need():
        here = indicator.exists(dimension, period)
        values[indicator.name] = _value(indicator, values, counted) if here else None
    return {name: values[name] for name in INDICATORS}


def _in_order_of_need() -> Iterable[Indicator]:
    """Counted first, then differences of those, then quotients of both."""
    return sorted(INDICATORS.values(), key=lambda x: 2 if x.quotient else 1 if x.parts else 0)


def _value(indicator: Indicator, values: Mapping[str, Value], counted: Mapping[str, int]) -> Value:
    if indicator.quotient:
        numerator, denominator = (_whole(values, name) for name in indicator.quotient)
        decimals = 0 if indicator.definition.unit == "fen" else 4
        return rounded_quotient(numerator, denominator, decimals=decimals)
    if indicator.parts:
        return sum(sign * _whole(values, name) for sign, name in indicator.parts)
    return counted.get(indicator.name, 0)


def _whole(values: Mapping[str, Value], name: str) -> int:
    number = values[name]
    assert isinstance(number, int), f"{name} must exist wherever a figure is computed from it"
    return number
