"""The report as one HTML page: no script, no network, no font file; it prints, and reads on a phone."""

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from loadtest.bundle.charts.step_charts import REFUSAL_ZH, figures_of
from loadtest.bundle.clauses import Weighed
from loadtest.bundle.findings import Findings
from loadtest.bundle.levels import BASIS_SHORT_ZH, BASIS_ZH, LEVEL_ZH
from loadtest.bundle.record import RunRecord
from loadtest.bundle.reproducing import compared, measured_against, plain, request_ids, shown_exchanges
from loadtest.bundle.wording import (
    DECIDED_BY_ZH,
    KIND_ZH,
    SCENARIO_ZH,
    beijing,
    fact_words,
    headline,
    latency_words,
    off_words,
    outcome_words,
    verdict_words,
)
from loadtest.verdicts import VERDICT_ZH, Verdict

_NUMERALS = "一二三四五六七八九"


def environment() -> Environment:
    """Templates with everything escaped: a vendor's reply may hold markup."""
    made = Environment(
        loader=PackageLoader("loadtest.bundle"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {
        "plain": plain,
        "latency": latency_words,
        "outcome": outcome_words,
        "fact": fact_words,
        "beijing": beijing,
    }
    made.globals |= {
        "css": _css(), "VERDICT_ZH": VERDICT_ZH, "BASIS_ZH": BASIS_ZH, "BASIS_SHORT_ZH": BASIS_SHORT_ZH,
        "LEVEL_ZH": LEVEL_ZH, "DECIDED_BY_ZH": DECIDED_BY_ZH, "KIND_ZH": KIND_ZH, "SCENARIO_ZH": SCENARIO_ZH,
        "REFUSAL_ZH": REFUSAL_ZH, "verdict_words": verdict_words, "figures_of": figures_of,
        "shown_exchanges": shown_exchanges, "compared": compared, "measured_against": measured_against,
        "off_words": off_words,
    }  # fmt: skip
    return made


def report_html(findings: Findings, signed_by: str | None) -> str:
    """The page. ``signed_by`` is the fingerprint of the key that seals the bundle, None: 未签署."""
    template = environment().get_template("report.html")
    sections = _sections_of(findings.record)
    return template.render(
        findings=findings, record=findings.record, notice=findings.notice, headline=headline(findings),
        signed_by=signed_by, by_kind=_by_kind(findings), request_ids=_quoted_ids(findings),
        sections=sections, number={anchor: _NUMERALS[nth] for nth, (anchor, _) in enumerate(sections)},
    )  # fmt: skip


def _sections_of(record: RunRecord) -> list[tuple[str, str]]:
    """Anchor and title in the contents of every section that this run has, in the order of the page."""
    found = [("scope", "测了什么"), ("matrix", "条款矩阵"), ("cases", "逐项说明")]
    if record.steps:
        found.append(("steps", "负载曲线"))
    if record.claims or record.knee:
        found.append(("claims", "平台方的声明"))
    return [
        *found, ("not-tested", "没有测什么"), ("objection", "如何提出异议"), ("seal", "签署与摘要"),
        ("all", "全部用例"),
    ]  # fmt: skip


def _by_kind(findings: Findings) -> list[tuple[str, tuple[Weighed, ...]]]:
    """What the report tells at length, in order of weight; only what occurred."""
    invalid = tuple(one for one in findings.open_ones if one.counts_as is Verdict.INVALID)
    undecided = tuple(one for one in findings.open_ones if one.counts_as is Verdict.INCONCLUSIVE)
    groups = (
        ("不通过", findings.failed),
        ("测试无效（测试方原因）", invalid),
        ("无法判定", undecided),
        ("提示", findings.remarked),
    )
    return [(title, cases) for title, cases in groups if cases]


def _quoted_ids(findings: Findings) -> list[tuple[str, tuple[str, ...]]]:
    """Each failed case with the server's own request numbers, for the vendor's log."""
    found = [(one.case.id, request_ids(one.result.witnesses)) for one in (*findings.failed, *findings.remarked)]
    return [(case_id, ids) for case_id, ids in found if ids]


def _css() -> Markup:
    folder = resources.files("loadtest.bundle") / "templates"
    names = ("page.css", "parts.css", "print.css")
    return Markup("\n".join((folder / name).read_text(encoding="utf-8") for name in names))  # noqa: S704 - our own files
