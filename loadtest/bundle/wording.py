"""The Chinese words of a report: headline, labels, explanations. One place, so that page and workbook agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from loadtest.bundle.clauses import ClauseRow
from loadtest.bundle.findings import Findings
from loadtest.bundle.record import RunRecord
from loadtest.cases.model import Kind
from loadtest.verdicts import VERDICT_ZH, Verdict
from voucher_contract.notice import DecidedBy

_BEIJING = timezone(timedelta(hours=8))  # China has one timezone and no summer time
DECIDED_BY_ZH: dict[DecidedBy, str] = {
    "bench": "接口测试",
    "files": "文件核对",
    "person": "人工评审",
    "ref": "参考平台演示",
}
KIND_ZH: dict[Kind, str] = {"functional": "功能用例", "step": "负载下的正确性", "figure": "速率与时延"}
SCENARIO_ZH = {
    "opening_rush": "开抢瞬间",
    "steady_peak": "持续高峰",
    "sold_out_storm": "抢光后的请求潮",
    "retry_storm": "同键重试潮",
    "one_person_many_sockets": "一人多连接",
    "many_accounts_of_one_person": "一人多账号",
    "bots_from_few_devices": "少数设备批量抢券",
    "redemption_rush": "集中核销",
    "refunds_under_load": "负载下退款",
    "mixed_day": "混合一天",
    "soak": "长时间运行",
}
_MEANING = {
    Verdict.PASS: "已测各项均符合。结论只及于所测内容、所测时间和所测环境。",
    Verdict.WARN: "必须项均符合；另有提示项，供参考，不作为不通过的依据。",
    Verdict.FAIL: "有必须项不符合。每一项都附原始请求、原始应答和复现命令，平台方可逐项复核并提出异议。",
    Verdict.INCONCLUSIVE: "有必须项无法判定：既不能说符合，也不能说不符合。原因逐项列出，可补测。",
    Verdict.INVALID: "测试方自身出现问题，相关结果不作数，不能归责于平台，须重测。",
    Verdict.NOT_RUN: "有必须项本次没有测试，不能给出整体结论。",
    Verdict.NOT_APPLICABLE: "没有适用的测试项。",
}
_LATENCY = {"all": "全部请求", "ok": "成功", "refused": "按规则拒绝"}
_CURVE = {
    "offered": "计划到达",
    "sent": "实际发出",
    "not_sent": "未发出（测试方）",
    "ok": "成功",
    "pending": "受理中",
    "shed": "过载拒绝",
    "guarded": "风控拦截",
    "error": "错误",
    "unanswered": "无应答",
}
_OUTCOME = {
    "OK": "成功",
    "REFUSED": "按规则拒绝",
    "NOT_EXECUTED": "过载拒绝（未执行）",
    "GUARDED": "风控拦截",
    "NO_EFFECT": "请求无效（无影响）",
    "UNKNOWN": "结果不明",
    "OPEN": "无应答（可能已生效）",
    "OK_UNREADABLE": "已生效、内容无法解析",
    "PENDING": "受理中",
    "NOT_SENT": "未发出（测试方）",
}


@dataclass(frozen=True)
class Headline:
    """The first thing an officer reads: ``title`` is the verdict, ``text`` what it means, ``counts`` how many cases."""

    title: str
    text: str
    counts: tuple[tuple[Verdict, int], ...]


def headline(findings: Findings) -> Headline:
    """The verdict in words."""
    counts = findings.counts()
    shown = tuple((verdict, counts[verdict]) for verdict in Verdict if counts[verdict])
    stage = "初步结论" if findings.preliminary else "最终结论"
    return Headline(f"{stage}：{VERDICT_ZH[findings.overall]}", _MEANING[findings.overall], shown)


def verdict_words(row: ClauseRow) -> str:
    """A clause's verdict; where no automatic case looks at it, what does."""
    if row.verdict is not None:
        return VERDICT_ZH[row.verdict]
    return "须" + "、".join(DECIDED_BY_ZH[way] for way in row.needs)


def off_words(record: RunRecord) -> str:
    """Which protections the platform itself said are switched off."""
    return "、".join(record.unsafe_settings) or "无"


def latency_words(population: str) -> str:
    """Whose latencies a row of percentiles holds."""
    if population in _LATENCY:
        return _LATENCY[population]
    when, _, seconds = population.partition("_")
    return f"开抢后{'前' if when == 'first' else ''} {seconds.removesuffix('s')} 秒{'以后' if when == 'after' else ''}"


def curve_words(name: str, refusals: Mapping[str, str]) -> str:
    """What a curve counts; ``refusals`` are the contract's Chinese titles by code."""
    kind, _, code = name.partition(":")
    return f"拒绝：{refusals.get(code, code)}" if kind == "refused" else _CURVE.get(kind, name)


def outcome_words(name: str) -> str:
    """An outcome of the history in Chinese."""
    return _OUTCOME.get(name, name)


def fact_words(name: str) -> str:
    """A step's fact in Chinese; an unknown one by its own name."""
    return {"p99_limit_ms": "p99 限值（毫秒）", "least_rate_per_s": "最低速率（次/秒）"}.get(name, name)


def beijing(instant: datetime, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """An instant as a clock in the city shows it."""
    return instant.astimezone(_BEIJING).strftime(pattern)
