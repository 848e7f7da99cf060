"""A vendor's report as lines: one number of one indicator, in millionths of the unit it was printed in."""

from dataclasses import dataclass

from loadtest.vendor_files.cells.codes import CODES
from loadtest.vendor_files.cells.decimals import MILLIONTHS
from loadtest.vendor_files.cells.money import DECIMALS
from loadtest.vendor_files.cells.numbers import MISSING
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.t1.keys import Keys
from voucher_contract.indicators import INDICATORS
from voucher_contract.indicators.kinds import Period
from voucher_contract.models.reports import Dimension


@dataclass(frozen=True)
class Line:
    """``value`` and ``step`` are millionths: of a fen for money, of the plain number else. ``row``: in table t1."""

    row: int
    day: int
    dimension: Dimension
    key: int
    period: Period
    indicator: str
    value: int
    step: int

    def agrees(self, numerator: int, denominator: int = 1) -> bool:
        """Whether the figure rounds to what is printed: it is at most half a step of the last digit away."""
        return 2 * abs(self.value * denominator - numerator * MILLIONTHS) <= self.step * denominator


def report_lines(e: Evidence, keys: Keys) -> list[Line]:
    """Every line that names an indicator and holds a number. Raises ConfigurationError for an unknown key."""
    table = e.table("t1")
    source = e.mapping.t1
    assert source is not None, "table t1 is read only where the mapping names it"
    decimals = DECIMALS[source.money or e.mapping.money]
    lines = []
    for row in range(len(table)):
        indicator, day, value = (int(table[name][row]) for name in ("indicator", "day", "value"))
        if MISSING in (indicator, day, value):
            continue
        name = CODES["indicator"][indicator]
        dimension = _dimension(table["dimension"][row] if "dimension" in table else 0)
        period = _period(table["period"][row] if "period" in table else 0)
        if dimension is None or period is None or not INDICATORS[name].exists(dimension, period):
            continue
        word = table["key"][row] if "key" in table else MISSING
        key = keys.number(dimension, "" if word == MISSING else e.loaded.word("t1_key", int(word)))
        if key == MISSING:
            continue
        scale = 10**decimals if INDICATORS[name].definition.unit == "fen" else 1
        step = max(int(table["value_step"][row]), 1)
        lines.append(Line(row, day, dimension, key, period, name, value * scale, step * scale))
    return lines


def _dimension(number: int) -> Dimension | None:
    return None if number == MISSING else CODES["dimension"][number]  # type: ignore[return-value]


def _period(number: int) -> Period | None:
    return None if number == MISSING else CODES["period"][number]  # type: ignore[return-value]
