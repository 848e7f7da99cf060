"""The vendor's T+1 figures against each other: totals and parts, days and their sum, rates and what they divide."""

from collections import defaultdict
from collections.abc import Mapping

from loadtest.vendor_files.cells.times import US_PER_S, day_of, day_starts
from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, Found, Row, file_check
from loadtest.vendor_files.t1.keys import Keys
from loadtest.vendor_files.t1.lines import Line, report_lines
from voucher_contract.indicators import INDICATORS
from voucher_contract.indicators.kinds import WHERE_ISSUED
from voucher_contract.models.reports import Dimension

_NEEDS: Mapping[TableName, tuple[str, ...]] = {"t1": ("day", "indicator", "value")}
_PARTED = ("industry", "district", "size_class", "batch", "round")


@file_check(
    "t1-parts-add-up", clauses=("N3.3", "N4.2.6b"), needs=_NEEDS,
    zh="T+1 报表各维度之和等于总体", en="T+1 lines add up to their total",
)  # fmt: skip
def t1_parts_add_up(e: Evidence) -> Findings:
    """C16, for figures that add up. Where keys are left out, their lines may hold the rest, but never less than 0."""
    keys = Keys(e.mapping)
    totals: dict[tuple[str, str, int], Line] = {}
    parts: dict[tuple[tuple[str, str, int], Dimension], dict[int, Line]] = defaultdict(dict)
    for line in report_lines(e, keys):
        about = (line.indicator, line.period, line.day)
        if line.dimension == "total":
            totals[about] = line
        elif _adds_up(line):
            parts[about, line.dimension][line.key] = line
    found, judged = [], 0
    for (of, dimension), lines in parts.items():
        total = totals.get(of)
        everything = len(lines) == keys.count(dimension)
        if total is None or not (everything or _too_much(total, lines)):
            continue
        judged += 1
        found += _differs(total, list(lines.values()), f"{day_of(total.day)} 各项之和")
    if not judged:
        raise CannotJudge("报表没有同时给出总体与某一维度的全部各项")
    return Findings(len(found), tuple(found), judged)


def _too_much(total: Line, lines: dict[int, Line]) -> bool:
    counted = not INDICATORS[total.indicator].parts
    return counted and sum(line.value for line in lines.values()) > total.value


def _adds_up(line: Line) -> bool:
    indicator = INDICATORS[line.indicator]
    overlapping = line.dimension == "industry" and indicator.dimensions == WHERE_ISSUED
    return indicator.additive and not indicator.quotient and not overlapping and line.dimension in _PARTED


@file_check(
    "t1-days-add-up", clauses=("N3.3", "N4.2.6b"), needs=_NEEDS,
    zh="T+1 报表累计数逐日衔接", en="T+1 cumulative figures follow from day to day",
)  # fmt: skip
def t1_days_add_up(e: Evidence) -> Findings:
    """Cumulative of a day = cumulative of the day before + the day, for figures that add up over days."""
    lines = {
        (line.indicator, line.dimension, line.key, line.period, line.day): line
        for line in report_lines(e, Keys(e.mapping))
        if INDICATORS[line.indicator].additive
    }
    found, judged = [], 0
    for (indicator, dimension, key, period, day), line in lines.items():
        before = lines.get((indicator, dimension, key, "cumulative", day - 1))
        today = lines.get((indicator, dimension, key, "day", day))
        if period != "cumulative" or before is None or today is None:
            continue
        judged += 1
        found += _differs(line, [before, today], f"{day_of(day)} 前一日累计与当日之和")
    if not judged:
        raise CannotJudge("报表没有相邻两日的累计数与当日数")
    return Findings(len(found), tuple(found), judged)


def _differs(whole: Line, parts: list[Line], title: str) -> list[Found]:
    """Each printed number may be half a step of its last digit from the true one."""
    total = sum(line.value for line in parts)
    if 2 * abs(whole.value - total) <= whole.step + sum(line.step for line in parts if line.step > _EXACT):
        return []
    name = INDICATORS[whole.indicator].definition.title_zh
    rows = _rows(whole, *parts)
    statement = f"{name}：{title}为 {total / 1_000_000:g}，报表所列为 {whole.value / 1_000_000:g}"
    return [Found(statement, rows, {"indicator": whole.indicator})]


def _rows(*lines: Line) -> tuple[Row, ...]:
    return tuple(("t1", line.row) for line in lines)


_EXACT = 1_000_000
"""A step of one whole fen, voucher or person, or less: such figures are printed exactly, not rounded."""


@file_check(
    "t1-rates-divide", clauses=("N3.3", "N4.2.6b"), needs=_NEEDS,
    zh="T+1 报表的比率等于其分子除以分母", en="T+1 rates are the quotient of their own figures",
)  # fmt: skip
def t1_rates_divide(e: Evidence) -> Findings:
    """A rate against the numerator and denominator printed beside it."""
    lines = {
        ((line.dimension, line.key, line.period, line.day), line.indicator): line
        for line in report_lines(e, Keys(e.mapping))
    }
    found, judged = [], 0
    for (place, name), line in lines.items():
        over = INDICATORS[name].quotient
        above, below = (lines.get((place, part)) for part in over) if over else (None, None)
        if above is None or below is None or below.value <= 0 or max(above.step, below.step) > _EXACT:
            continue
        judged += 1
        if not line.agrees(above.value, below.value):
            title = INDICATORS[name].definition.title_zh
            said, real = line.value / 1_000_000, above.value / below.value
            statement = f"{day_of(line.day)} {title}：报表 {said:g}，按报表自己的分子分母为 {real:.6f}"
            found.append(Found(statement, _rows(line, above, below)))
    if not judged:
        raise CannotJudge("报表没有比率与其分子、分母并列")
    return Findings(len(found), tuple(found), judged)


@file_check(
    "t1-on-time", clauses=("N3.3", "N4.2.6b"), needs={"t1": ("day", "delivered_at")}, basis="terms",
    zh="T+1 报表在约定时刻前报送", en="T+1 reports came in time",
)  # fmt: skip
def t1_on_time(e: Evidence) -> Findings:
    """By the agreed hour of the next calendar day. Working days need the year's table of holidays."""
    terms = e.mapping.agreed.terms
    if terms is None:
        raise CannotJudge("没有约定报送时刻（agreed.terms.t1_by）")
    if terms.t1_days == "working":
        raise CannotJudge("按工作日报送需要当年的节假日表，文件中没有")
    table = e.table("t1")
    known = table.known("day", "delivered_at")
    hour, minute = (int(part) for part in terms.t1_by.split(":"))
    due = day_starts(table["day"] + 1, e.mapping.zone) + (hour * 3_600 + minute * 60) * US_PER_S
    late = known & (table["delivered_at"] > due + e.tolerance_us)
    first: dict[int, int] = {}
    for row in late.nonzero()[0].tolist():
        first.setdefault(int(table["day"][row]), row)
    found = tuple(
        Found(f"{day_of(day)} 的报表晚于次日 {terms.t1_by} 报送", (("t1", row),), {"due_us": int(due[row])})
        for day, row in first.items()
    )  # fmt: skip
    return Findings(len(found), found, int(known.sum()))
