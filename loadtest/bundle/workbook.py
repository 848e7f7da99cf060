"""The matrix as a workbook: summary, clauses, cases, steps, what was not tested. Every cell is a text or a number;
nothing a vendor replied can become a formula or a link.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from loadtest.bundle.findings import Findings
from loadtest.bundle.levels import BASIS_SHORT_ZH
from loadtest.bundle.wording import DECIDED_BY_ZH, KIND_ZH, beijing, headline, latency_words, off_words, verdict_words
from loadtest.verdicts import VERDICT_ZH, Verdict

MAX_CELL = 32_000
_LINE_POINTS, _TALLEST_POINTS = 13.5, 400
FILL: dict[Verdict, str] = {
    Verdict.PASS: "#DDF3E4", Verdict.WARN: "#FFF3D1", Verdict.FAIL: "#FBD9D7", Verdict.INCONCLUSIVE: "#E6E8EC",
    Verdict.INVALID: "#EADCF5", Verdict.NOT_RUN: "#F4F5F7", Verdict.NOT_APPLICABLE: "#F4F5F7",
}  # fmt: skip
Row = Sequence[Any]
# Heading and width in characters of every column.
_CLAUSE_HEADINGS = "条款 9|公告要求 44|自动测试结论 14|证据级别 10|依据 12|还需 14|用例数 8|未选测 8|说明 52"
_CASE_HEADINGS = "用例 26|名称 36|条款 14|类别 12|必须 7|依据 10|级别 7|结论 14|应当 40|实际 48|原因 44|耗时（秒） 10"
_STEP_HEADINGS = (
    "步骤 18|场景 18|有效 10|计划速率（次/秒） 16|计划请求 12|未发出 10|发送滞后p99（毫秒） 16|时延对象 14|次数 12"
    "|无应答 10|p50（毫秒） 12|p90（毫秒） 12|p99（毫秒） 12|p99.9（毫秒） 12"
)


class Sheets:
    """A workbook under construction. A verdict in a cell gets its words and its colour."""

    def __init__(self, made_at: datetime) -> None:
        self._bytes = BytesIO()
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
        self._book = xlsxwriter.Workbook(self._bytes, safe)
        # The run's own time: the same record gives the same bytes.
        self._book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None), "author": "voucherlab"})
        base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D0D5DD", "font_size": 10}
        self._plain = self._book.add_format(base)
        self._head = self._book.add_format({**base, "bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF"})
        marked = {verdict: {**base, "bold": True, "bg_color": fill} for verdict, fill in FILL.items()}
        self._verdicts = {verdict: self._book.add_format(style) for verdict, style in marked.items()}

    def add(self, name: str, headings: Sequence[tuple[str, int]], rows: Iterable[Row]) -> None:
        """A sheet with a frozen heading and a filter; it prints one page wide, the heading on every page."""
        sheet = self._book.add_worksheet(name)
        for column, (heading, width) in enumerate(headings):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, self._head)
        last = 0
        for last, row in enumerate(rows, 1):
            widths = [width for _, width in headings]
            sheet.set_row(last, _height(row, widths))
            for column, value in enumerate(row):
                self._cell(sheet, last, column, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(last, 1), len(headings) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, Verdict):
            sheet.write_string(row, column, VERDICT_ZH[value], self._verdicts[value])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, column, value, self._plain)
        else:
            sheet.write_string(row, column, "" if value is None else str(value)[:MAX_CELL], self._plain)

    def content(self) -> bytes:
        """Close the workbook; its bytes."""
        self._book.close()
        return self._bytes.getvalue()


def _height(row: Row, widths: Sequence[int]) -> float:
    """Points for the tallest cell: not every program heightens wrapped rows by itself. A Chinese letter is two wide."""
    lines = 1
    for value, width in zip(row, widths, strict=True):
        text = "" if value is None or isinstance(value, Verdict) else str(value)
        wide = (sum(2 if ord(letter) > 0x2E7F else 1 for letter in line) for line in text.split("\n"))
        lines = max(lines, sum(-(-count // max(1, width - 1)) or 1 for count in wide))
    return min(_LINE_POINTS * lines + 3, _TALLEST_POINTS)


def headings(written: str) -> list[tuple[str, int]]:
    """``NAME WIDTH|NAME WIDTH`` as pairs."""
    pairs = (column.rsplit(" ", 1) for column in written.split("|"))
    return [(name, int(width)) for name, width in pairs]


def matrix_workbook(findings: Findings, signed_by: str | None) -> bytes:
    """The workbook of one run."""
    sheets = Sheets(findings.record.ended_at)
    sheets.add("概要", headings("项目 24|内容 90"), _summary(findings, signed_by))
    sheets.add("条款矩阵", headings(_CLAUSE_HEADINGS), _clauses(findings))
    sheets.add("用例", headings(_CASE_HEADINGS), _cases(findings))
    if findings.record.steps:
        sheets.add("负载步骤", headings(_STEP_HEADINGS), _steps(findings))
    untested = ((one.what_zh, one.why_zh) for one in findings.record.not_tested)
    sheets.add("未测试", headings("内容 44|原因 80"), untested)
    return sheets.content()


def _summary(findings: Findings, signed_by: str | None) -> Iterable[Row]:
    record = findings.record
    yield "结论", findings.overall
    yield "结论说明", headline(findings).text
    yield "是否初步结论", "是，异议期满并答复后方为最终结论" if findings.preliminary else "否，异议已处理"
    yield "被测平台", record.target.name
    yield "地址", record.target.base_url
    yield "平台风控", "开启" if record.target.guard == "on" else "关闭"
    yield "平台自报已关闭的保护", off_words(record)
    yield "显著性水平 α", record.alpha
    yield "测试时间", f"{beijing(record.started_at)} 至 {beijing(record.ended_at)}（北京时间）"
    yield "签署", f"公钥指纹 {signed_by}" if signed_by else "未签署"
    yield "计划摘要 SHA-256", record.plan_digest
    yield "用例库摘要 SHA-256", record.registry_digest
    yield "证据摘要 SHA-256", findings.evidence_digest


def _clauses(findings: Findings) -> Iterable[Row]:
    for row in findings.rows:
        yield (
            row.clause.id, row.clause.zh, row.verdict or verdict_words(row), "、".join(row.levels),
            "、".join(BASIS_SHORT_ZH[one] for one in row.bases), "、".join(DECIDED_BY_ZH[one] for one in row.needs),
            len(row.weighed), row.left_out, row.why.zh if row.why else "",
        )  # fmt: skip


def _cases(findings: Findings) -> Iterable[Row]:
    for one in findings.weighed:
        case, result = one.case, one.result
        yield (
            case.id, case.title_zh, "、".join(case.clauses), KIND_ZH[case.kind], "必须" if case.must else "应当",
            BASIS_SHORT_ZH[case.basis], one.level, one.counts_as, result.expected_zh, result.actual_zh,
            result.reason_zh, result.seconds,
        )  # fmt: skip


def _steps(findings: Findings) -> Iterable[Row]:
    for step in findings.record.steps:
        sender = step.generator
        sent = (sender.offered, sender.not_sent, sender.lag_p99_ms) if sender else ("", "", "")
        status = {"valid": "有效", "invalid": "无效", "not_run": "未运行"}[step.status]
        for one in step.latencies or (None,):
            times = (one.p50_ms, one.p90_ms, one.p99_ms, one.p999_ms) if one else ()
            yield (
                step.name, step.scenario, status, step.rate_per_s, *sent,
                *((latency_words(one.population), one.count, one.unanswered) if one else ()), *times,
            )  # fmt: skip
