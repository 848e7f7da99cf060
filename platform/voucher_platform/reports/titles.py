"""The words and the long form that the files share."""

from collections.abc import Iterator
from dataclasses import dataclass

from voucher_contract.indicators.kinds import Period
from voucher_contract.models.reports import Dimension, IndicatorDefinition, ReportRow, T1Report

DIMENSIONS: dict[Dimension, str] = {
    "total": "总体",
    "industry": "分行业",
    "district": "分区域",
    "size_class": "分规模类型",
    "batch": "分券种",
    "round": "分批次",
}
PERIODS: dict[Period, str] = {"day": "当日", "cumulative": "累计"}
UNITS = {
    "vouchers": "张", "people": "人", "redemptions": "笔", "fen": "分", "ratio": "比值", "merchants": "家",
    "refunds": "笔", "attempts": "次",
}  # fmt: skip
LONG_HEADER = ("维度", "编码", "名称", "期间", "指标编码", "指标", "数值", "单位", "计算公式", "Formula")


@dataclass(frozen=True)
class LongRow:
    """One number with all that explains it."""

    row: ReportRow
    definition: IndicatorDefinition
    value: int | float | None

    @property
    def words_before(self) -> tuple[str, ...]:
        """The columns before the number."""
        return (
            DIMENSIONS[self.row.dimension], self.row.key, self.row.label_zh, PERIODS[self.row.period],
            self.definition.indicator, self.definition.title_zh,
        )  # fmt: skip

    @property
    def words_after(self) -> tuple[str, ...]:
        """The columns after the number."""
        return UNITS[self.definition.unit], self.definition.formula_zh, self.definition.formula_en


def long_form(report: T1Report) -> Iterator[LongRow]:
    """Every number of the report, one a line; those that do not exist in a dimension are left out."""
    for row in report.rows:
        for definition in report.definitions:
            value = row.values[definition.indicator]
            if value is not None:
                yield LongRow(row, definition, value)


def status_zh(report: T1Report) -> str:
    """Whether the day is over, in words."""
    return "完整（业务日已结束）" if report.complete else "不完整（业务日尚未结束，数据截至生成时刻）"


def safety_zh(report: T1Report) -> str:
    """Which protections were switched off, in words."""
    found = report.unsafe_settings
    return f"不安全的设置：{'、'.join(found)}（已确认的领取可能丢失）" if found else "各项保护均已开启"
