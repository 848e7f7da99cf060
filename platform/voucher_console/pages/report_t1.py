"""The T+1 report of one campaign: which days have something to tell, its files, its totals on the page."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.figures import count, moment, yuan
from voucher_console.line import Problem, Refused
from voucher_console.parts.states import say, show_loading, show_problem
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.report_days import ReportDays, days_of, possible_days
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Campaign
from voucher_contract.models.reports import IndicatorDefinition, T1Report
from voucher_contract.routes import CSV, XLSX

_FILES = {
    "xlsx": (Text("下载 xlsx", "Download xlsx"), XLSX),
    "csv": (Text("下载 csv（供系统读取）", "Download csv (for systems)"), CSV),
}
_MOST_TRANSFERS = 4_000
_MOST_DAYS = 10


async def show_t1(view: View, campaign: Campaign, batches: list[Batch]) -> None:
    """Raises Refused."""
    w = view.w
    days = await _days(view, campaign, batches)
    with ui.element("section"):
        say(w(f"T+1 数据报表：{campaign.name}", f"T+1 report: {campaign.name}"), "h2", "data")
        filters = ui.element("div").classes("filters")
        hint = ui.element("div")
        _show_voided(view, batches)
        shown = ui.element("div")
        with filters:
            day = ui.input(w("业务日期", "Business day"), value=days.preset.isoformat()).classes("field")
            day.props("type=date outlined dense stack-label")
            ask = _Asking(view, campaign.id, day, shown)
            for name, (label, kind) in _FILES.items():
                ui.button(w.of(label), on_click=partial(ask.download, name, kind))
            ui.button(w("查看", "Show"), on_click=ask.look).props("outline")

        def chosen() -> None:
            shown.clear()
            hint.clear()
            with hint:
                _show_days(view, days, day)

        day.on_value_change(chosen)
        chosen()


async def _days(view: View, campaign: Campaign, batches: list[Batch]) -> ReportDays:
    """Never asked of the report itself, for each look at one is an entry in the audit log."""
    now = await view.business_now()
    transfers = await view.every(routes.LIST_TRANSFERS, campaign_id=campaign.id, most=_MOST_TRANSFERS)
    if len(transfers) == _MOST_TRANSFERS:
        return possible_days(batches, now=now)
    return days_of(transfers, now=now)


def _show_days(view: View, days: ReportDays, day: ui.input) -> None:
    """What the chosen day has, and the days that have something, each a click away."""
    w = view.w
    if str(day.value) == days.today.isoformat():
        say(w("本日尚未结束，报表只到生成时为止。", "This day is still running: the report ends with its making."),
            classes="warning")  # fmt: skip
    elif str(day.value) not in {one.isoformat() for one in days.busy}:
        say(w("本日没有发放或核销，报表中的当日数字为零。",
              "Nothing was issued or redeemed on this day: its figures of the day are zero."),
            classes="warning").props("role=status")  # fmt: skip
    if not days.busy:
        return
    with ui.element("div").classes("buttons tight"):
        say(w("有数据的日期：", "Days with data:") if days.seen else
            w("可能有数据的日期：", "Days that may have data:"), "span")  # fmt: skip
        for one in days.busy[-_MOST_DAYS:]:
            name = one.isoformat() + (w("（未结束）", " (running)") if one == days.today else "")
            ui.button(name, on_click=partial(day.set_value, one.isoformat())).props("dense outline")


def _show_voided(view: View, batches: list[Batch]) -> None:
    """Why more may have been issued than was planned."""
    voided = [one for one in batches if one.voided]
    if not voided:
        return
    number = count(sum(one.voided for one in voided))
    say(view.w(
        f"发放张数含其后作废的 {number} 张：作废的名额退回后可再次发放，因此发放可以多于计划，多出的不超过作废数。",
        f"Vouchers issued include {number} voided since: a voided one may be issued anew, so issued may exceed the "
        "plan, by no more than were voided.",
    ))  # fmt: skip


def _day(text: str) -> str:
    """The day as the contract takes it. Raises Refused with what is wrong, so that it is shown like any other no."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(Problem("invalid_request", "请选择日期", "Choose a day", 422)) from None


@dataclass(frozen=True)
class _Asking:
    """Which report is asked for, and where it is shown."""

    view: View
    campaign_id: str
    day: ui.input
    shown: ui.element

    async def download(self, name: str, kind: str) -> None:
        """The file of the day, kept by the browser."""
        self.shown.clear()
        try:
            asked = _day(str(self.day.value))
            content = await self.view.console.line.content(
                routes.GET_T1_REPORT, self.view.session, query={"day": asked, "format": name}, accept=kind,
                campaign_id=self.campaign_id,
            )  # fmt: skip
        except Refused as refused:
            tell_refused(self.view, self.shown, refused)
            return
        with self.view.body:
            ui.download.content(content, f"T+1-{asked}.{name}", kind)

    async def look(self) -> None:
        """The day's totals on the page."""
        self.shown.clear()
        with self.shown:
            show_loading(self.view.w)
        try:
            query = {"day": _day(str(self.day.value))}
            report: T1Report = await self.view.get(routes.GET_T1_REPORT, query=query, campaign_id=self.campaign_id)
        except Refused as refused:
            self.shown.clear()
            tell_refused(self.view, self.shown, refused)
            return
        self.shown.clear()
        with self.shown:
            _show_totals(self.view, report)


def _formula(view: View, definition: IndicatorDefinition) -> None:
    """Folded up: it names tables and columns, which auditors look up and officers need not read."""
    with ui.element("details"):
        say(view.w("展开", "Show"), "summary")
        say(view.w(definition.formula_zh, definition.formula_en))


def _show_totals(view: View, report: T1Report) -> None:
    w = view.w
    totals = {row.period: row.values for row in report.rows if row.dimension == "total"}
    columns = [
        Column(w("指标", "Indicator")), Column(w("当日", "Day"), numeric=True),
        Column(w("累计", "To date"), numeric=True),
        Column(w("公式（供审计核对）", "Formula (for auditors)")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [w(one.title_zh, one.title_en), _value(one, totals.get("day", {})), _value(one, totals.get("cumulative", {})),
         partial(_formula, view, one)]
        for one in report.definitions
    ]  # fmt: skip
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


def tell_refused(view: View, place: ui.element, refused: Refused) -> None:
    """The target's no where it was asked; a lost sign-in leads to signing in again."""
    if refused.signed_out:
        view.to_sign_in()
        return
    with place:
        show_problem(view.w, refused.problem)
