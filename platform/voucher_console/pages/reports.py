"""报表: the T+1 report of a day and the report of a round, to look at and to hand on."""

from functools import partial

from nicegui import ui

from voucher_console.figures import moment
from voucher_console.line import Refused
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.report_t1 import show_t1, tell_refused
from voucher_console.parts.pickers import picked_campaign
from voucher_console.parts.states import say, show_empty, show_lacking
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Round

_ROUND_FILES = (
    ("pdf", Text("PDF", "PDF"), "application/pdf"), ("html", Text("网页", "Web page"), "text/html"),
    ("json", Text("数据 json", "Data (json)"), "application/json"),
)  # fmt: skip


async def build(view: View) -> None:
    """Both kinds for one campaign."""
    campaign = await picked_campaign(view)
    if campaign is None:
        return
    batches = [
        one for one in await view.every(routes.LIST_BATCHES)
        if one.campaign_id == campaign.id and one.state != "draft"
    ]  # fmt: skip
    await show_t1(view, campaign, batches)
    await _show_rounds(view, batches)


async def _show_rounds(view: View, batches: list[Batch]) -> None:
    w = view.w
    with ui.element("section"):
        say(w("轮次报告", "Round report"), "h2")
        if not (await view.console.target()).can("round_report"):
            show_lacking(w, "round_report")
            return
        ids = dict.fromkeys(one.round_id for one in batches)
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
        for name, called, kind in _ROUND_FILES:
            fetch = partial(_download_round, view, round_, name, kind, trouble)
            ui.button(view.w.of(called), on_click=fetch).props("dense outline")


async def _download_round(view: View, round_: Round, name: str, kind: str, trouble: ui.element) -> None:
    trouble.clear()
    try:
        content = await view.console.line.content(
            routes.GET_ROUND_REPORT, view.session, accept=kind, round_id=round_.id
        )
    except Refused as refused:
        tell_refused(view, trouble, refused)
        return
    with view.body:
        ui.download.content(content, f"{round_.name}.{name}", kind)


PAGE = Page(
    path="/reports", title=Text("报表", "Reports"), menu=Text("报表", "Reports"), roles=OVERSIGHT, build=build,
    help=Text(
        "选业务日期即可下载 T+1 数据报表：xlsx 供阅读，csv 供系统读取（金额以分计），每个数字都有公式。"
        "轮次结束后下载轮次报告。",
        "Choose a business day and download its T+1 report: xlsx to read, csv for systems (amounts in fen), a formula "
        "beside each figure; after a round, its report.",
    ),
)  # fmt: skip
