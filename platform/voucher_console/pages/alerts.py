"""风险预警: what the in-time rules saw, with evidence; a person releases or confirms."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from voucher_console.figures import count, moment, yuan
from voucher_console.line import Refused
from voucher_console.page import STAFF, Page
from voucher_console.pages.merchant_names import merchant_names
from voucher_console.pages.paging import part_asked, show_pager
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_facts, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.alerts import Alert, AlertPage, RiskRules
from voucher_contract.models.campaigns import Reason
from voucher_contract.models.redemptions import Redemption
from voucher_contract.routes import Route

_MASKED = re.compile(r"\*{5,}")
_ORDERS, _ORDER_FRESH_S = "newest_redemptions", 60.0
_STATES = ("open", "released", "confirmed")
_KINDS = {"open": "warn", "released": "none", "confirmed": "bad"}


async def build(view: View) -> None:
    """Open alerts first; the rules and their figures below."""
    w = view.w
    if not view.console_can(await view.console.target(), "risk_alerts"):
        return
    state = view.query.get("state", "open")
    with ui.element("div").classes("buttons"):
        for one in _STATES:
            link = view.link(_state_name(view, one), f"/alerts?state={one}")
            if one == state:
                link.props("aria-current=true")
    query = {"state": state, **part_asked(view)}
    page: AlertPage = await view.get(routes.LIST_ALERTS, query=query)
    if not page.items:
        show_empty(w("没有这一状态的预警。", "No alert in this state."))
    rules: RiskRules = await view.get(routes.LIST_RISK_RULES)
    titles = {one.name: w(one.title_zh, one.title_en) for one in rules.items}
    merchants = await merchant_names(view) if any(one.merchant_id for one in page.items) else {}
    orders = await _orders(view, page.items)
    for alert in page.items:
        _show(view, alert, titles.get(alert.rule, alert.rule), merchants.get(alert.merchant_id or "", ""), orders)
    show_pager(view, page.next_cursor)
    _show_rules(view, rules)


def _state_name(view: View, state: str) -> str:
    return view.w("待处理", "Waiting") if state == "open" else view.named(state)


def _show(view: View, alert: Alert, rule: str, merchant: str, orders: Mapping[str, Redemption]) -> None:
    w = view.w
    about: list[tuple[str, Cell]] = [(view.named(alert.subject.kind), alert.subject.id)]
    if merchant:
        address = "/merchants?" + urlencode({"text": merchant})
        about.append((w("商户名称", "Merchant's name"), lambda: view.link(merchant, address)))
    with ui.element("article").classes("alert"):
        say(w(alert.reason_zh, alert.reason_en), "h2")
        with ui.element("div").classes("buttons tight"):
            show_state(_state_name(view, alert.state), _KINDS[alert.state])
            show_state(view.named(alert.action), "bad" if alert.action == "block" else "warn")
            show_state(view.named(alert.moment), "none")
        show_facts([
            *about, (w("次数", "Times"), count(alert.count)),
            (w("首次", "First"), moment(alert.raised_at)), (w("最近", "Latest"), moment(alert.last_seen_at)),
            (w("规则", "Rule"), rule), (w("编号", "Number"), alert.id),
        ])  # fmt: skip
        say(w("证据", "Evidence"), "h3")
        _show_evidence(view, alert, orders)
        if alert.state != "open":
            say(f"{alert.decided_by or ''} · {moment(alert.decided_at)} · {alert.decision_reason or ''}")
        with ui.element("div").classes("buttons"):
            _show_acts(view, alert)


async def _orders(view: View, alerts: Sequence[Alert]) -> dict[str, Redemption]:
    """The redemptions that alerts name, by their ids; one that cannot be had is shown by its id. Raises Refused."""
    found: dict[str, Redemption] = {}
    for number in dict.fromkeys(str(one) for alert in alerts for one in alert.evidence.get(_ORDERS) or ()):
        try:
            seen = await view.console.feeds.look(
                routes.GET_REDEMPTION, view.session, max_age_s=_ORDER_FRESH_S, redemption_id=number
            )
        except Refused as refused:
            if refused.signed_out:
                raise
            continue
        if seen.value is not None:
            found[number] = seen.value
    return found


def _show_evidence(view: View, alert: Alert, orders: Mapping[str, Redemption]) -> None:
    w = view.w
    named = [str(one) for one in alert.evidence.get(_ORDERS) or ()]
    rest = {**alert.evidence, _ORDERS: [one for one in named if one not in orders]}
    show_facts([(view.named(name), _plain(view, value)) for name, value in rest.items() if name != _ORDERS or value])
    rows: list[list[Cell]] = [
        [moment(one.redeemed_at), one.order_no, yuan(one.order_total_fen), yuan(one.voucher_fen), one.till_number,
         partial(view.link, w("查看这张券", "Show the voucher"), f"/vouchers?id={one.voucher_id}")]
        for number in named if (one := orders.get(number))
    ]  # fmt: skip
    if rows:
        columns = [
            Column(w("时间", "Time")), Column(w("订单号", "Order")), Column(w("订单总额", "Order total"), numeric=True),
            Column(w("券额", "Voucher"), numeric=True), Column(w("终端", "Till")), Column(w("消费券", "Voucher held")),
        ]  # fmt: skip
        show_table(view.named(_ORDERS), columns, rows)


def _show_acts(view: View, alert: Alert) -> None:
    """A confirmation can still be taken back; a release is final (S-78)."""
    w, freezes = view.w, alert.action == "block"
    if alert.state != "released":
        explains = (
            w("解除冻结，对象可以继续领取或核销。", "The subject can claim or redeem again.")
            if freezes
            else w(
                "此规则只标记，对象没有被冻结；放行表示不是违规。",
                "This rule only flags; releasing says it was no violation.",
            )
        )
        _button(view, alert, routes.RELEASE_ALERT, w("放行", "Release"), explains)
    if alert.state == "open":
        explains = (
            w("确认违规，继续冻结。", "It was a violation; the subject stays frozen.")
            if freezes
            else w("此规则只标记，确认后也不会冻结；需要时另行暂停商户或冻结消费券。",
                   "This rule only flags: nothing is frozen. Suspend the merchant or freeze vouchers where needed.")
        )  # fmt: skip
        _button(view, alert, routes.CONFIRM_ALERT, w("确认违规", "Confirm"), explains, danger=True)


def _plain(view: View, value: Any) -> str:
    """Whatever a rule keeps as evidence, as one line."""
    if isinstance(value, list):
        return ", ".join(_plain(view, one) for one in value[:20]) + (f" … ({len(value)})" if len(value) > 20 else "")
    if isinstance(value, dict):
        colon = view.w("：", ": ")
        return view.w("；", "; ").join(f"{view.named(name)}{colon}{_plain(view, one)}" for name, one in value.items())
    if isinstance(value, bool):
        return view.w("是", "Yes") if value else view.w("否", "No")
    return f"{value:,}" if isinstance(value, int) else _MASKED.sub("****", str(value))


def _button(view: View, alert: Alert, route: Route, name: str, explains: str, *, danger: bool = False) -> None:
    if not view.may(route):
        return

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(route, key=key, body=Reason(**values), alert_id=alert.id)

    ui.button(name, color="negative" if danger else "primary", on_click=lambda: ask_and_act(
        view, title=name, explains=explains, confirm=name, send=send, done=view.w("已处理", "Decided"),
        fields=[reason_field(view)], danger=danger,
    ))  # fmt: skip


def _show_rules(view: View, rules: RiskRules) -> None:
    w = view.w
    columns = [
        Column(w("规则", "Rule")), Column(w("环节", "Moment")), Column(w("动作", "Action")),
        Column(w("参数", "Figures")),
    ]  # fmt: skip
    rows = [
        [w(one.title_zh, one.title_en), view.named(one.moment), view.named(one.action),
         _plain(view, one.figures)]
        for one in rules.items
    ]  # fmt: skip
    show_table(w("现行规则与参数", "Rules and their figures"), columns, rows)


PAGE = Page(
    path="/alerts", title=Text("风险预警", "Risk alerts"), menu=Text("风险预警", "Risk alerts"),
    roles=STAFF, build=build,
    help=Text(
        "系统实时拦截或标记的可疑行为及其证据；由人决定放行还是确认违规。",
        "Suspicious acts that rules blocked or flagged as they happened, with evidence; a person decides.",
    ),
)  # fmt: skip
