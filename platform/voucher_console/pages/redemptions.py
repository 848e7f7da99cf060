"""核销与退款: what was redeemed, and each order's refunds."""

from functools import partial

from nicegui import ui

from voucher_console.figures import moment, yuan
from voucher_console.line import Problem, Refused
from voucher_console.page import STAFF, Page
from voucher_console.pages.paging import show_pager
from voucher_console.parts.dialogs import dialog_over
from voucher_console.parts.states import say, show_empty, show_problem
from voucher_console.parts.tables import Cell, Column, show_lines, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.redemptions import Redemption, RedemptionPage, Refund

_NAMES_FRESH_S = 60.0


async def build(view: View) -> None:
    """A page of redemptions; the refunds of one open in a dialog."""
    w = view.w
    query = {"limit": "50", **({"cursor": view.query["cursor"]} if "cursor" in view.query else {})}
    page: RedemptionPage = await view.get(routes.LIST_REDEMPTIONS, query=query)
    if not page.items:
        show_empty(
            w(
                "还没有核销。居民在收银终端用券后会出现在这里。",
                "Nothing was redeemed yet. What tills redeem shows up here.",
            )
        )
        return
    names = await merchant_names(view)
    columns = [
        Column(w("时间", "Time")), Column(w("商户与终端", "Merchant and till")),
        Column(w("订单号与核销编号", "Order and redemption"), breaks=True),
        Column(w("订单总额", "Order total"), numeric=True),
        Column(w("券额", "Voucher"), numeric=True), Column(w("用户实付", "Paid"), numeric=True),
        Column(w("已退款", "Refunded"), numeric=True), Column(w("结算", "Settled")), Column(w("退款", "Refunds")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            moment(one.redeemed_at),
            partial(show_lines, names.get(one.merchant_id, one.merchant_id), one.till_number),
            partial(show_lines, one.order_no, one.id), yuan(one.order_total_fen), yuan(one.voucher_fen),
            yuan(one.paid_fen), yuan(one.refunded_fen),
            partial(show_state, w("已结算", "Settled") if one.settled else w("未结算", "Not yet"),
                                       "good" if one.settled else "none"),
            partial(_refund_button, view, one),
        ]
        for one in page.items
    ]  # fmt: skip
    show_table(w("核销记录", "Redemptions"), columns, rows)
    show_pager(view, page.next_cursor)


async def merchant_names(view: View) -> dict[str, str]:
    """What merchants are called, read once a minute for all who look."""

    async def fetch() -> dict[str, str]:
        return {one.id: one.name for one in await view.every(routes.LIST_MERCHANTS)}

    seen = await view.console.feeds.share(("merchant_names",), fetch, max_age_s=_NAMES_FRESH_S)
    return dict(seen.value or {})


def _refund_button(view: View, redemption: Redemption) -> None:
    if redemption.refund_count:
        text = view.w(f"{redemption.refund_count} 笔", f"{redemption.refund_count}")
        ui.button(text, on_click=lambda: _show_refunds(view, redemption)).props("dense outline")
    else:
        say("—", "span")


async def _show_refunds(view: View, redemption: Redemption) -> None:
    w = view.w
    with dialog_over(view, w("退款", "Refunds"), wide=True) as dialog:
        content = ui.element("div")
    refunds: list[Refund] = []
    problem: Problem | None = None
    try:
        refunds = await view.every(routes.LIST_REFUNDS, redemption_id=redemption.id)
    except Refused as refused:
        problem = refused.problem
    if content.is_deleted:  # closed before the answer came
        return
    if problem is not None:
        with content:
            show_problem(w, problem)
        return
    columns = [
        Column(w("次序", "No.")), Column(w("时间", "Time")), Column(w("退款", "Amount"), numeric=True),
        Column(w("退用户", "To the user"), numeric=True), Column(w("券额部分", "Of the voucher"), numeric=True),
        Column(w("回到财政", "To the fund"), numeric=True), Column(w("券是否退回", "Voucher given back")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [str(one.number), moment(one.refunded_at), yuan(one.amount_fen), yuan(one.user_fen), yuan(one.voucher_fen),
         yuan(one.fund_fen), w("是", "Yes") if one.voucher_returned else w("否", "No")]
        for one in refunds
    ]  # fmt: skip
    with content:
        show_table(w(f"订单 {redemption.order_no} 的退款", f"Refunds of order {redemption.order_no}"), columns, rows)
        ui.button(w("关闭", "Close"), on_click=dialog.close)


PAGE = Page(
    path="/redemptions", title=Text("核销与退款", "Redemptions and refunds"), menu=Text("核销与退款", "Redemptions"),
    roles=STAFF, build=build,
    help=Text(
        "每一笔核销：在哪家、哪台终端、订单多少、券抵多少；退款去了哪里。",
        "Every redemption: where, at which till, how much the order was and the voucher paid, and where refunds went.",
    ),
)  # fmt: skip
