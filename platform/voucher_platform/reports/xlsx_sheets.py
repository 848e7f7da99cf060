"""The sheets of the workbook. Money is shown in yuan on the tables and kept in fen on the last sheet."""

from datetime import datetime

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from voucher_contract.models.reports import Dimension, IndicatorDefinition, ReportRow, T1Report
from voucher_platform.core.cell_sizes import row_height
from voucher_platform.reports.analysis.figures import shares_in_percent
from voucher_platform.reports.titles import DIMENSIONS, LONG_HEADER, PERIODS, UNITS, long_form, safety_zh, status_zh
from voucher_platform.reports.xlsx_formats import Formats

_CHARTED: tuple[Dimension, ...] = ("industry", "district", "size_class", "batch")
_CHARTED_INDICATOR = "redeemed_fen"
_ABSENT = "—"
_ABOUT_WIDTHS = (34, 38, 10, 70, 70)
_FORMULA_WIDTH = 90
_TOTAL_HEAD = 2


def write_about(sheet: Worksheet, formats: Formats, report: T1Report, campaign_name: str) -> None:
    """What the workbook is, and every indicator with its formula in both languages."""
    for column, width in enumerate(_ABOUT_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"{campaign_name} T+1 数据报表", formats.title)
    facts = (
        ("业务日", str(report.day)),
        ("统计时段", f"{_moment(report.starts_at)} 至 {_moment(report.ends_at)}（不含）"),
        ("生成时间", _moment(report.generated_at)),
        ("数据状态", status_zh(report)),
        ("安全设置", safety_zh(report)),
        ("数据来源", "平台数据库同一时刻的快照；各指标由原始记录逐行汇总，公式见下"),
        ("金额单位", "各表以元显示，保留两位小数；“明细数据”表以分保存，为准确值"),
        ("占比", "各表以百分数显示；“明细数据”表以小数保存，为准确值"),
        ("空值", f"{_ABSENT} 表示该维度下没有此指标，或分母不大于 0"),
        ("合计行", "取自总体口径；人数、商家数须去重，不等于各行之和"),
        ("活动编号", report.campaign_id),
    )
    for number, (name, fact) in enumerate(facts, 1):
        sheet.write_string(number, 0, name, formats.plain["text"])
        sheet.merge_range(number, 1, number, 3, "", formats.plain["text"])
        sheet.write_string(number, 1, fact, formats.plain["text"])
    top = len(facts) + 2
    for column, word in enumerate(("指标", "Indicator", "单位", "计算公式", "Formula")):
        sheet.write_string(top, column, word, formats.header)
    for number, x in enumerate(report.definitions, top + 1):
        words = (x.title_zh, x.title_en, _shown_unit(x), x.formula_zh, x.formula_en)
        sheet.set_row(number, row_height(words, _ABOUT_WIDTHS))
        for column, word in enumerate(words):
            sheet.write_string(number, column, word, formats.wrapped)
    _printable(sheet)


def write_total(sheet: Worksheet, formats: Formats, report: T1Report, campaign_name: str) -> None:
    """Of what and how far to be trusted; then one line an indicator: the day, everything so far, and the formula."""
    sheet.write_string(0, 0, f"{campaign_name} T+1 数据报表", formats.title)
    sheet.write_string(1, 0, f"业务日 {report.day}；{status_zh(report)}；{safety_zh(report)}", formats.note)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 3, 18)
    sheet.set_column(4, 4, _FORMULA_WIDTH)
    for column, word in enumerate(("指标", "单位", f"当日 {report.day}", "累计", "计算公式")):
        sheet.write_string(_TOTAL_HEAD, column, word, formats.header)
    sheet.freeze_panes(_TOTAL_HEAD + 1, 1)
    day, cumulative = (_rows(report, "total", period)[0] for period in PERIODS)
    for number, x in enumerate(report.definitions, _TOTAL_HEAD + 1):
        sheet.write_string(number, 0, x.title_zh, formats.plain["text"])
        sheet.write_string(number, 1, _shown_unit(x), formats.plain["text"])
        _write_number(sheet, (number, 2), x, day, formats.plain)
        _write_number(sheet, (number, 3), x, cumulative, formats.plain)
        sheet.set_row(number, row_height([x.formula_zh], [_FORMULA_WIDTH]))
        sheet.write_string(number, 4, x.formula_zh, formats.wrapped)
    _printable(sheet, head=_TOTAL_HEAD)


def write_dimension(book: Workbook, sheet: Worksheet, formats: Formats, report: T1Report, dimension: Dimension) -> None:
    """Lines are the dimension's keys in both periods, columns the indicators that exist in it; totals below each."""
    shown = [x for x in report.definitions if _exists(report, dimension, x)]
    header = (DIMENSIONS[dimension].removeprefix("分"), "期间", *(f"{x.title_zh}\n（{_shown_unit(x)}）" for x in shown))
    for column, word in enumerate(header):
        sheet.write_string(0, column, word, formats.header)
    sheet.set_row(0, 62)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 7)
    sheet.set_column(2, len(header) - 1, 15)
    sheet.freeze_panes(1, 2)
    line, first = 1, 1
    for period in PERIODS:
        rows = _rows(report, dimension, period)
        first = line
        for row in (*rows, *_rows(report, "total", period)):
            _write_line(sheet, line, row, shown, formats)
            line += 1
    if dimension in _CHARTED and line - first > 1:
        _chart(book, sheet, dimension, shown, span=(first, line - 2), below=line + 1)
    _printable(sheet)


def write_data(sheet: Worksheet, formats: Formats, report: T1Report) -> None:
    """Every number once, money in fen, ready for a filter or a pivot table."""
    for column, (word, width) in enumerate(zip(LONG_HEADER, (12, 34, 30, 8, 36, 38, 18, 8, 90, 90), strict=True)):
        sheet.write_string(0, column, word, formats.header)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, line in enumerate(long_form(report), 1):
        before, after = line.words_before, line.words_after
        for column, word in enumerate(before):
            sheet.write_string(last, column, word, formats.plain["text"])
        kind = formats.plain["ratio" if line.definition.unit == "ratio" else "whole"]
        sheet.write_number(last, len(before), line.value or 0, kind)
        for column, word in enumerate(after, len(before) + 1):
            sheet.write_string(last, column, word, formats.plain["text"])
    sheet.autofilter(0, 0, last, len(LONG_HEADER) - 1)


def _rows(report: T1Report, dimension: Dimension, period: str) -> list[ReportRow]:
    return [row for row in report.rows if row.dimension == dimension and row.period == period]


def _exists(report: T1Report, dimension: Dimension, x: IndicatorDefinition) -> bool:
    return any(row.values[x.indicator] is not None for row in report.rows if row.dimension == dimension)


def _is_share(x: IndicatorDefinition) -> bool:
    return x.unit == "ratio" and shares_in_percent(x.indicator)


def _shown_unit(x: IndicatorDefinition) -> str:
    if _is_share(x):
        return "占比"
    return "元" if x.unit == "fen" else UNITS[x.unit]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S %z")


def _write_line(
    sheet: Worksheet, line: int, row: ReportRow, shown: list[IndicatorDefinition], formats: Formats
) -> None:
    looks = formats.sums if row.dimension == "total" else formats.plain
    sheet.write_string(line, 0, row.label_zh, looks["text"])
    sheet.write_string(line, 1, PERIODS[row.period], looks["text"])
    for column, x in enumerate(shown, 2):
        _write_number(sheet, (line, column), x, row, looks)


def _write_number(
    sheet: Worksheet, at: tuple[int, int], x: IndicatorDefinition, row: ReportRow, looks: dict[str, Format]
) -> None:
    value = row.values[x.indicator]
    if value is None:
        sheet.write_string(*at, _ABSENT, looks["absent"])
        return
    look, divisor = _look(x)
    sheet.write_number(*at, value / divisor, looks[look])


def _look(x: IndicatorDefinition) -> tuple[str, int]:
    """The format of an indicator, and what to divide by to show it; a share keeps its value and is read in percent."""
    if _is_share(x):
        return "share", 1
    return {"fen": ("yuan", 100), "ratio": ("ratio", 1)}.get(x.unit, ("whole", 1))


def _chart(
    book: Workbook, sheet: Worksheet, dimension: Dimension, shown: list[IndicatorDefinition], *,
    span: tuple[int, int], below: int,
) -> None:  # fmt: skip
    """Cumulative redeemed money of each key, as a native chart that follows the cells."""
    column = 2 + [x.indicator for x in shown].index(_CHARTED_INDICATOR)
    name = DIMENSIONS[dimension]
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "累计核销金额（元）",
            "categories": [name, span[0], 0, span[1], 0],
            "values": [name, span[0], column, span[1], column],
            "fill": {"color": "#0958D9"},
            "gap": 60,
        }
    )
    chart.set_title({"name": f"{name}累计核销金额（元）", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    chart.set_size({"width": 860, "height": 320})
    sheet.insert_chart(below, 0, chart)


def _printable(sheet: Worksheet, *, head: int = 0) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
