"""The book of figures of one report: what sentences may cite, each with its value and its formula. Pure."""

from dataclasses import dataclass, field

from voucher_contract.indicators import INDICATORS
from voucher_contract.models.round_report import FigureUnit, RoundReport, RoundRow
from voucher_platform.reports.analysis.showing import Exact, shown
from voucher_platform.reports.names import Name
from voucher_platform.reports.rules import rounded_quotient

_SHARES = ("claim_rate", "seeker_success_rate", "redeemer_rate", "refund_rate_amount", "redemption_rate")


@dataclass(frozen=True)
class Figure:
    """A number with all that explains it. ``value`` is never missing: a figure that does not exist is not made."""

    id: str
    title: Name
    unit: FigureUnit
    value: Exact
    formula: Name

    @property
    def number(self) -> int | float:
        """The value of a figure that is a number. Raises TypeError for a date."""
        if isinstance(self.value, str):
            raise TypeError(f"{self.id} is no number")
        return self.value

    @property
    def shown(self) -> Name:
        """How it is printed."""
        return shown(self.unit, self.value)


@dataclass
class Book:
    """Makes figures from a report and knows each by its id, so that two sentences cite the same one."""

    report: RoundReport
    _rows: dict[tuple[str, str], RoundRow] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {(row.dimension, row.key): row for row in self.report.rows}

    def rows(self, dimension: str) -> list[RoundRow]:
        """The lines of a dimension in their order."""
        return [row for row in self.report.rows if row.dimension == dimension]

    def indicator(self, name: str, dimension: str = "total", key: str = "total") -> Figure | None:
        """An indicator of one line; none where it does not exist there."""
        row = self._rows.get((dimension, key))
        value = row.values.get(name) if row else None
        if row is None or value is None:
            return None
        at = () if dimension == "total" else (row.label_zh, row.label_en)
        return _indicator(name, value, f"{dimension}.{key}.{name}" if at else name, at)

    def earlier(self, name: str) -> Figure | None:
        """An indicator of the round before, over all of it so far."""
        earlier = self.report.earlier
        value = earlier.values.get(name) if earlier else None
        if earlier is None or value is None:
            return None
        return _indicator(name, value, f"earlier.{name}", (earlier.name, earlier.name))

    def counted(
        self, figure_id: str, title: Name, unit: FigureUnit, value: Exact | None, formula: Name
    ) -> Figure | None:  # fmt: skip
        """A figure that is no indicator; none for None."""
        return None if value is None else Figure(figure_id, title, unit, value, formula)

    def share(self, figure_id: str, title: Name, part: Figure | None, whole: Figure | None) -> Figure | None:
        """``part`` ÷ ``whole`` to four decimals; none unless the whole is positive."""
        return self._quotient(figure_id, title, "percent", part, whole)

    def ratio(self, figure_id: str, title: Name, part: Figure | None, whole: Figure | None) -> Figure | None:
        """As ``share``, printed as a multiple."""
        return self._quotient(figure_id, title, "ratio", part, whole)

    def _quotient(
        self, figure_id: str, title: Name, unit: FigureUnit, part: Figure | None, whole: Figure | None
    ) -> Figure | None:  # fmt: skip
        if part is None or whole is None:
            return None
        value = rounded_quotient(int(part.number), int(whole.number), decimals=4)
        rounding = ("四舍五入保留四位小数", "rounded half up to four decimals")
        formula = (f"{part.id} ÷ {whole.id}，{rounding[0]}", f"{part.id} ÷ {whole.id}, {rounding[1]}")
        return None if value is None else Figure(figure_id, title, unit, value, formula)

    def difference(self, figure_id: str, title: Name, first: Figure | None, second: Figure | None) -> Figure | None:
        """``first`` − ``second``, in the first's unit; money and counts only."""
        if first is None or second is None:
            return None
        value = first.number - second.number
        if isinstance(value, float):
            value = round(value, 4)
        formula = f"{first.id} − {second.id}"
        return Figure(figure_id, title, first.unit, value, (formula, formula))


def shares_in_percent(indicator: str) -> bool:
    """Whether a ratio is a share of a whole, which people read in percent, and not a multiple."""
    return indicator.startswith(_SHARES)


def _indicator(name: str, value: float, figure_id: str, at: tuple[str, ...]) -> Figure:
    definition = INDICATORS[name].definition
    unit: FigureUnit = definition.unit
    if definition.unit == "ratio" and shares_in_percent(name):
        unit = "percent"
    title = (definition.title_zh, definition.title_en)
    if at:
        title = (f"{at[0]}：{title[0]}", f"{at[1]}: {title[1]}")
    return Figure(figure_id, title, unit, value, (definition.formula_zh, definition.formula_en))
