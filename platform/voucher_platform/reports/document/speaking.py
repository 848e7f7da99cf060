"""One language of the document: picks the words, prints moments and numbers. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from voucher_contract.models.reports import IndicatorDefinition
from voucher_platform.core.amounts import yuan_of
from voucher_platform.reports.analysis.figures import shares_in_percent
from voucher_platform.reports.analysis.showing import percent_of

Language = Literal["zh", "en"]
ABSENT = "—"
_UNITS = {
    "vouchers": ("张", "vouchers"), "people": ("人", "people"), "redemptions": ("笔", "redemptions"),
    "fen": ("元", "yuan"), "merchants": ("家", "merchants"), "refunds": ("笔", "refunds"),
    "attempts": ("次", "attempts"),
}  # fmt: skip


@dataclass(frozen=True)
class Speaking:
    """A language and the city's timezone."""

    language: Language
    zone: tzinfo | None

    def __call__(self, zh: str, en: str) -> str:
        """The words in this language."""
        return zh if self.language == "zh" else en

    def moment(self, at: datetime | None) -> str:
        """A time in the city, to the minute."""
        return ABSENT if at is None else at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def value(self, definition: IndicatorDefinition, value: float | None, *, decimals: int = 2) -> str:
        """An indicator's number without its unit: money in yuan, shares in percent, multiples as in the sentences."""
        if value is None:
            return ABSENT
        if definition.unit == "fen":
            return yuan_of(int(value))
        if definition.unit == "ratio":
            return f"{percent_of(value)}%" if shares_in_percent(definition.indicator) else f"{value:,.{decimals}f}"
        return f"{value:,}"

    def unit(self, definition: IndicatorDefinition) -> str:
        """What an indicator is counted in."""
        if definition.unit == "ratio":
            return self("占比", "share") if shares_in_percent(definition.indicator) else self("比值", "ratio")
        return self(*_UNITS[definition.unit])
