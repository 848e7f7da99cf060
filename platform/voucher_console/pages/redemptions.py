"""核销与退款: what was redeemed, and each order's refunds."""

from functools import partial
from urllib.parse import urlencode

from nicegui import ui

from voucher_console.figures import moment, yuan
from voucher_console.line import Problem, Refused
from voucher_console.page import STAFF, Page
from voucher_console.pages.merchant_names import merchant_names
from voucher_console.pages.paging import LOOK_UP, newest_first, order_told, part_asked, show_pager
from voucher_console.parts.dialogs import dialog_over
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import say, show_empty, show_problem
from voucher_console.parts.tables import Cell, Column, show_lines, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.redemptions import Redemption, RedemptionPage, Refund


async def build(view: View) -> None:
    """A page of redemptions, or those with a number; the refunds of one open in a dialog."""
    w, target = view.w, await view.console.target()
    number = view.query.get("find", "")
    if target.can(LOOK_UP):
        _show_search(view, number)
    query = {**part_asked(view), **newest_first(target), **({"find": number} if number else {})}
    page: RedemptionPage = await view.get(routes.LIST_REDEMPTIONS, query=query)
    if page.items:
        every = w(f"核销记录，{order_told(w, target)}", f"Redemptions, {order_told(w, target)}")
        await _show(view, page, w("查到的核销", "What was found") if number else every)
    elif number:
        show_empty(
            w(
                "没有这个编号的核销。请核对后再查：要填完整的订单号、核销编号或券号。",
                "Nothing was redeemed under this number. It must be whole: an order's, a redemption's or a voucher's.",
            )
        )
    else:
        show_empty(w("还没有核销。居民在收银终端用券后会出现在这里。",
                     "Nothing was redeemed yet. What tills redeem shows up here."))  # fmt: skip


def _show_search(view: View, number: str) -> None:
    w = view.w
    with ui.element("div").classes("filters"):
        label = w("订单号、核销编号或券号", "Order, redemption or voucher number")
        form = Form(w, [Field("find", label, "reference", number, optional=True)])

        async def search() -> None:
            try:
                sought = form.values()["find"]
            except NotFilledIn:  # what the field holds is no number, and it says so
                return
            view.to("/redemptions" + (f"?{urlencode({'find': sought})}" if sought else ""))

        form.on_enter(search)
        ui.button(w("查询", "Search"), on_click=search)
        if number:
            view.link(w("全部核销", "All redemptions"), "/redemptions")


async def _show(view: View, page: RedemptionPage, caption: str) -> None:
    w = view.w
    names = await merchant_names(view)
    columns = [
        Column(w("时间", "Time")), Column(w("商户与终端", "Merchant and till")),
        Column(w("订单号、核销编号与券号", "Order, redemption and voucher"), breaks=True),
        Column(w("订单总额", "Order total"), numeric=True),
        Column(w("券额", "Voucher"), numeric=True), Column(w("用户实付", "Paid"), numeric=True),
        Column(w("已退款", "Refunded"), numeric=True), Column(w("结算", "Settled")), Column(w("退款", "Refunds")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            moment(one.redeemed_at),
            partial(show_lines, names.get(one.merchant_id, one.merchant_id), one.till_number),
            partial(_show_numbers, view, one), yuan(one.order_total_fen), yuan(one.voucher_fen),
            yuan(one.paid_fen), yuan(one.refunded_fen),
            partial(show_state, w("已结算", "Settled") if one.settled else w("未结算", "Not yet"),
                                       "good" if one.settled else "none"),
            partial(_refund_button, view, one),
        ]
        for one in page.items
    ]  # fmt: skip
    show_table(caption, columns, rows)
    show_pager(view, page.next_cursor)


def _show_numbers(view: View, redemption: Redemption) -> None:
    show_lines(redemption.order_no, redemption.id)
    number = redemption.voucher_id
    view.link(view.w(f"券 {number}", number), f"/vouchers?{urlencode({'id': number})}").classes("line under")


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
