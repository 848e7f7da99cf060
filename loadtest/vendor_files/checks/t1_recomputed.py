"""The vendor's T+1 figures against the vendor's own rows, number by number."""

from collections.abc import Mapping
from dataclasses import dataclass

from loadtest.vendor_files.cells.times import day_of
from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, Found, file_check
from loadtest.vendor_files.t1.cubes import Days
from loadtest.vendor_files.t1.explaining import DISPUTABLE, Explainer
from loadtest.vendor_files.t1.figures import Figures, Fraction
from loadtest.vendor_files.t1.happenings import business_days
from loadtest.vendor_files.t1.keys import Keys
from loadtest.vendor_files.t1.lines import Line, report_lines
from voucher_contract.indicators import INDICATORS

_MOST_EXPLAINED = 20
_INSTANTS: dict[TableName, str] = {
    "claims": "claimed_at", "redemptions": "redeemed_at", "refunds": "refunded_at",
}  # fmt: skip
_NEEDS: Mapping[TableName, tuple[str, ...]] = {"t1": ("day", "indicator", "value")}


@dataclass(frozen=True)
class Comparison:
    """Lines that differ, with what the rows give, and the lines that no rows decide, with why."""

    differing: list[tuple[Line, Fraction]]
    judged: int
    undecided: dict[str, str]


@file_check(
    "t1-agrees-with-rows", clauses=("N3.3", "N4.2.6b"), needs=_NEEDS,
    zh="T+1 报表的每个数与明细重算一致", en="Every T+1 figure follows from the rows",
)  # fmt: skip
def t1_agrees_with_rows(e: Evidence) -> Findings:
    """C16. A number that another definition makes true is a contradiction only where the terms fixed the definition."""
    compared = compare(e)
    if not compared.judged:
        why = "；".join(
            f"{INDICATORS[name].definition.title_zh}：{reason}" for name, reason in compared.undecided.items()
        )
        raise CannotJudge(f"没有可以由明细重算的数（{why}）" if why else "T+1 报表没有可核对的数")
    explainer = Explainer(e)
    found: list[Found] = []
    excused = 0
    for number, (line, right) in enumerate(compared.differing):
        fitting = explainer.explain(line) if number < _MOST_EXPLAINED else []
        if e.mapping.agreed.terms is None and any(one.id in DISPUTABLE for one in fitting):
            excused += 1
            continue
        found.append(_found(line, right, [one.zh for one in fitting]))
    return Findings(len(found), tuple(found), compared.judged, _notes(compared, excused))


def _notes(compared: Comparison, excused: int) -> tuple[str, ...]:
    notes = [f"未能重算：{INDICATORS[name].definition.title_zh}（{why}）" for name, why in compared.undecided.items()]
    if excused:
        notes.insert(0, f"{excused} 个数与本标准口径不符，但按另一口径成立；口径未事先约定（agreed.terms），不作矛盾")
    return tuple(notes)


def compare(e: Evidence) -> Comparison:
    """Every line that rows can decide."""
    keys = Keys(e.mapping)
    lines = report_lines(e, keys)
    if not lines:
        return Comparison([], 0, {})
    figures = Figures(e, keys, _days(e, lines))
    differing, undecided, judged = [], {}, 0
    for line in lines:
        try:
            right = figures.value(line.indicator, line.dimension, line.key, line.period, line.day)
        except CannotJudge as reason:
            undecided[line.indicator] = str(reason)
            continue
        if right is None:
            continue
        judged += 1
        if not line.agrees(*right):
            differing.append((line, right))
    return Comparison(differing, judged, undecided)


def _days(e: Evidence, lines: list[Line]) -> Days:
    """From the first row or line to the last: figures up to a day count what came before the report's first."""
    days = [line.day for line in lines]
    for table, column in _INSTANTS.items():
        if e.has(table, column):
            at = e.table(table)[column]
            known = business_days(e, at[e.table(table).known(column)])
            days += [int(known.min()), int(known.max())] if len(known) else []
    if max(days) - min(days) > _MOST_DAYS:
        raise CannotJudge(f"明细与报表跨越 {max(days) - min(days)} 天，日期有误")
    return Days(min(days), max(days) - min(days) + 1)


_MOST_DAYS = 5_000


def _found(line: Line, right: Fraction, fitting: list[str]) -> Found:
    definition = INDICATORS[line.indicator].definition
    said, real = _number(line.value, 1_000_000), _number(*right)
    statement = f"{day_of(line.day)} {definition.title_zh}：报表 {said}，明细重算 {real}"
    if fitting:
        statement += f"；按“{'”或“'.join(fitting)}”则为报表所列"
    facts = {"indicator": line.indicator, "reported": said, "recomputed": real, "formula": definition.formula_zh,
             "fits": fitting}  # fmt: skip
    return Found(statement, (("t1", line.row),), facts)


def _number(numerator: int, denominator: int) -> str:
    value = numerator / denominator
    return str(numerator // denominator) if numerator % denominator == 0 else f"{value:.6f}".rstrip("0")
