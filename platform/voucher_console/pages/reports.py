"""报表: the T+1 report of a day and the report of a round, to look at and to hand on."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.figures import count, moment, today, yuan
from voucher_console.line import Problem, Refused
from voucher_console.page import OVERSIGHT, Page
from voucher_console.parts.pickers import picked_campaign
from voucher_console.parts.states import say, show_empty, show_lacking, show_loading, show_problem
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Round
from voucher_contract.models.reports import IndicatorDefinition, T1Report
from voucher_contract.routes import CSV, XLSX

_FILES = (("xlsx", XLSX), ("csv", CSV))
_ROUND_FILES = (("pdf", "application/pdf"), ("html", "text/html"), ("json", "application/json"))


async def build(view: View) -> None:
    """Both kinds for one campaign."""
    campaign = await picked_campaign(view)
    if campaign is None:
        return
    _show_t1(view, campaign.id)
    await _show_rounds(view, campaign.id)


def _show_t1(view: View, campaign_id: str) -> None:
    w = view.w
    yesterday = today() - timedelta(days=1)
    with ui.element("section"):
        say(w("T+1 数据报表", "T+1 report"), "h2")
        filters = ui.element("div").classes("filters")
        shown = ui.element("div")
        with filters:
            day = ui.input(w("业务日期", "Business day"), value=yesterday.isoformat()).classes("field")
            day.props("type=date outlined dense stack-label")
            for name, kind in _FILES:
                text = w(f"下载 {name}", f"Download {name}")
                ui.button(text, on_click=partial(_download_t1, view, campaign_id, day, name, kind, shown))
            look = ui.button(w("查看", "Show"), on_click=partial(_look_at_t1, view, campaign_id, day, shown))
            look.props("outline")


def _day(text: str) -> str:
    """The day as the contract takes it. Raises Refused with what is wrong, so that it is shown like any other no."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(Problem("invalid_request", "请选择日期", "Choose a day", 422)) from None


async def _download_t1(  # noqa: PLR0917 - bound to a button, which passes nothing
    view: View, campaign_id: str, day: ui.input, name: str, kind: str, shown: ui.element
) -> None:
    shown.clear()
    try:
        asked = _day(str(day.value))
        content = await view.console.line.content(
            routes.GET_T1_REPORT, view.session, query={"day": asked, "format": name}, accept=kind,
            campaign_id=campaign_id,
        )  # fmt: skip
    except Refused as refused:
        _tell(view, shown, refused)
        return
    with view.body:
        ui.download.content(content, f"T1-{asked}.{name}", kind)


async def _look_at_t1(view: View, campaign_id: str, day: ui.input, shown: ui.element) -> None:
    w = view.w
    shown.clear()
    with shown:
        show_loading(w)
    try:
        report: T1Report = await view.get(
            routes.GET_T1_REPORT, query={"day": _day(str(day.value))}, campaign_id=campaign_id
        )
    except Refused as refused:
        shown.clear()
        _tell(view, shown, refused)
        return
    shown.clear()
    totals = {row.period: row.values for row in report.rows if row.dimension == "total"}
    columns = [
        Column(w("指标", "Indicator")), Column(w("当日", "Day"), numeric=True),
        Column(w("累计", "To date"), numeric=True),
        Column(w("公式", "Formula")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [w(one.title_zh, one.title_en), _value(one, totals.get("day", {})), _value(one, totals.get("cumulative", {})),
         w(one.formula_zh, one.formula_en)]
        for one in report.definitions
    ]  # fmt: skip
    with shown:
        whole = w("全天数据", "the whole day") if report.complete else w("当日尚未结束", "the day is still running")
        say(f"{report.day} · {whole} · {w('生成于', 'made')} {moment(report.generated_at)}", classes="as-of")
        show_table(
            w("合计（分行业、区域等见文件）", "Totals (industries, districts and more are in the file)"), columns, rows
        )


def _value(definition: IndicatorDefinition, values: dict[str, Any]) -> str:
    value = values.get(definition.indicator)
    if value is None:
        return "—"
    if definition.unit == "fen":
        return yuan(int(value))
    return f"{value:.4f}" if definition.unit == "ratio" else count(int(value))


async def _show_rounds(view: View, campaign_id: str) -> None:
    w = view.w
    with ui.element("section"):
        say(w("轮次报告", "Round report"), "h2")
        if not (await view.console.target()).can("round_report"):
            show_lacking(w, "round_report")
            return
        batches: list[Batch] = await view.every(routes.LIST_BATCHES)
        ids = dict.fromkeys(one.round_id for one in batches if one.campaign_id == campaign_id and one.state != "draft")
        if not ids:
            show_empty(w("还没有发布的轮次。", "No round is published yet."))
            return
        trouble = ui.element("div")
        rounds: list[Round] = [await view.get(routes.GET_ROUND, round_id=one) for one in ids]
        columns = [Column(w("轮次", "Round")), Column(w("发布时间", "Published")), Column(w("报告", "Report"))]
        rows: list[list[Cell]] = [
            [one.name, moment(one.published_at), partial(_round_buttons, view, one, trouble)] for one in rounds
        ]
        show_table(w("已发布的轮次", "Published rounds"), columns, rows)


def _round_buttons(view: View, round_: Round, trouble: ui.element) -> None:
    with ui.element("div").classes("buttons tight"):
        for name, kind in _ROUND_FILES:
            ui.button(name, on_click=lambda n=name, k=kind: _download_round(view, round_, n, k, trouble)).props(
                "dense outline"
            )


async def _download_round(view: View, round_: Round, name: str, kind: str, trouble: ui.element) -> None:
    trouble.clear()
    try:
        content = await view.console.line.content(
            routes.GET_ROUND_REPORT, view.session, accept=kind, round_id=round_.id
        )
    except Refused as refused:
        _tell(view, trouble, refused)
        return
    with view.body:
        ui.download.content(content, f"{round_.name}.{name}", kind)


def _tell(view: View, place: ui.element, refused: Refused) -> None:
    if refused.signed_out:
        view.to_sign_in()
        return
    with place:
        show_problem(view.w, refused.problem)


PAGE = Page(
    path="/reports", title=Text("报表", "Reports"), menu=Text("报表", "Reports"), roles=OVERSIGHT, build=build,
    help=Text(
        "选日期即可下载 T+1 数据报表；每个数字旁都有公式。轮次结束后下载轮次报告。",
        "Choose a day and download its T+1 report with a formula beside each figure; after a round, its report.",
    ),
)  # fmt: skip
