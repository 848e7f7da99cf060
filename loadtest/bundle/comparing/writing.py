"""One table of several vendors: a page and a workbook. It lays evidence side by side; people judge and score."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from loadtest.bundle.comparing.overlays import common_steps, overlaid
from loadtest.bundle.comparing.vendors import NotComparable, Vendor, read_vendors
from loadtest.bundle.report import environment
from loadtest.bundle.wording import DECIDED_BY_ZH, beijing, latency_words, off_words
from loadtest.bundle.workbook import Row, Sheets
from loadtest.verdicts import Verdict
from voucher_contract.notice import Notice

__all__ = ["COMPARISON", "TABLE", "NotComparable", "compare"]
COMPARISON, TABLE = "comparison.html", "comparison.xlsx"


def compare(folders: Sequence[Path], out: Path) -> Path:
    """Write page and workbook of the bundles into ``out``; the page's path. Raises NotComparable."""
    notice, vendors = read_vendors(folders)
    out.mkdir(parents=True, exist_ok=True)
    (out / TABLE).write_bytes(comparison_workbook(notice, vendors))
    page = out / COMPARISON
    page.write_text(comparison_html(notice, vendors), encoding="utf-8")
    return page


def comparison_html(notice: Notice, vendors: Sequence[Vendor]) -> str:
    """The page."""
    steps = [(name, members, overlaid(members)) for name, members in common_steps(vendors)]
    digests = {one.record.registry_digest for one in vendors}
    return environment().get_template("comparison.html").render(
        notice=notice, vendors=vendors, steps=steps, plan=vendors[0].record, one_registry=len(digests) == 1,
        few=len(vendors) <= notice.selection.no_comparison_at_or_below,
    )  # fmt: skip


def comparison_workbook(notice: Notice, vendors: Sequence[Vendor]) -> bytes:
    """The workbook."""
    sheets = Sheets(max(one.record.ended_at for one in vendors))
    names = [(one.name, 24) for one in vendors]
    sheets.add("测试情况", [("项目", 22), *names], _facts(vendors))
    sheets.add("条款对照", [("条款", 9), ("公告要求", 44), *names], _clauses(notice, vendors))
    sheets.add("用例对照", [("用例", 28), *names], _cases(vendors))
    latency = [("步骤", 18), ("平台", 24), ("有效", 10), ("时延对象", 16), ("次数", 12), ("无应答", 10)]
    sheets.add("时延", [*latency, ("p50（毫秒）", 12), ("p99（毫秒）", 12)], _latencies(vendors))
    return sheets.content()


def _facts(vendors: Sequence[Vendor]) -> Iterable[Row]:
    yield "整体结论", *(one.overall for one in vendors)
    yield "证据级别", *(one.record.level for one in vendors)
    yield "平台风控", *("开启" if one.record.target.guard == "on" else "关闭" for one in vendors)
    yield "平台自报已关闭的保护", *(off_words(one.record) for one in vendors)
    yield "测试时间（北京时间）", *(beijing(one.record.started_at) for one in vendors)
    yield "签署", *(one.signature_zh for one in vendors)
    yield "用例与版本摘要", *(one.record.registry_digest for one in vendors)


def _clauses(notice: Notice, vendors: Sequence[Vendor]) -> Iterable[Row]:
    for clause in notice.clauses:
        yield clause.id, clause.zh, *(_clause_cell(one, clause.id) for one in vendors)


def _clause_cell(vendor: Vendor, clause_id: str) -> Verdict | str:
    verdict, _, needs = vendor.clause(clause_id)
    return verdict or "须" + "、".join(DECIDED_BY_ZH[way] for way in needs)


def _cases(vendors: Sequence[Vendor]) -> Iterable[Row]:
    for case_id in dict.fromkeys(case_id for one in vendors for case_id in one.cases):
        results = (one.cases.get(case_id) for one in vendors)
        yield case_id, *(Verdict(result["counts_as"]) if result else "" for result in results)


def _latencies(vendors: Sequence[Vendor]) -> Iterable[Row]:
    for name, members in common_steps(vendors):
        for one, step in members:
            status = "有效" if step.status == "valid" else "无效"
            for row in step.latencies:
                yield (
                    name, one.name, status, latency_words(row.population), row.count, row.unanswered, row.p50_ms,
                    row.p99_ms,
                )  # fmt: skip
