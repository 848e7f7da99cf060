"""单张消费券: find one, freeze, release or void it by a person's decision."""

from typing import Any

from nicegui import ui

from voucher_console.figures import moment, yuan
from voucher_console.line import Refused
from voucher_console.page import STAFF, Page
from voucher_console.pages.paging import LOOK_UP
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import show_empty
from voucher_console.parts.tables import show_facts, show_state
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Reason
from voucher_contract.models.vouchers import Voucher
from voucher_contract.refusals import NOT_FOUND
from voucher_contract.routes import Route

_KINDS = {"issued": "good", "frozen": "bad", "void": "bad"}


async def build(view: View) -> None:
    """A field for the number; the voucher and what may be done with it below."""
    w = view.w
    with ui.element("div").classes("filters"):
        number = view.query.get("id", "")
        form = Form(w, [Field("id", w("消费券编号", "Voucher number"), "reference", number)])

        async def search() -> None:
            try:
                view.to(f"/vouchers?id={form.values()['id']}")
            except NotFilledIn:
                return

        form.on_enter(search)
        ui.button(w("查询", "Search"), on_click=search)
    if not number:
        show_empty(
            w("请输入消费券编号；编号见核销记录或预警。", "Give a voucher's number: redemptions and alerts name it.")
        )
        return
    try:
        voucher: Voucher = await view.get(routes.GET_VOUCHER, voucher_id=number)
    except Refused as refused:
        if refused.problem.code != NOT_FOUND.code:
            raise
        show_empty(w("没有这个编号的消费券。要填券号，不是订单号或核销编号；券号见核销记录和预警。",
                     "No voucher has this number. It is a voucher's, not an order's or a redemption's: redemptions and "
                     "alerts name it."))  # fmt: skip
        return
    batches: list[Batch] = await view.every(routes.LIST_BATCHES)
    show_facts([
        (w("编号", "Number"), voucher.id),
        (w("券种", "Batch"), next((one.name for one in batches if one.id == voucher.batch_id), voucher.batch_id)),
        (w("状态", "State"), lambda: show_state(view.named(voucher.state), _KINDS.get(voucher.state, "none"))),
        (w("面额", "Face"), yuan(voucher.face_fen)), (w("门槛", "Threshold"), yuan(voucher.threshold_fen)),
        (w("领取时间", "Claimed"), moment(voucher.claimed_at)),
        (w("可使用起", "Valid from"), moment(voucher.valid_from)),
        (w("可使用至", "Valid until"), moment(voucher.valid_until)),
    ])  # fmt: skip
    with ui.element("div").classes("buttons"):
        _show_acts(view, voucher)
    if (await view.console.target()).can(LOOK_UP):
        view.link(w("这张券的核销与退款", "Where it was redeemed, and refunds"), f"/redemptions?find={voucher.id}")


def _show_acts(view: View, voucher: Voucher) -> None:
    w = view.w
    if voucher.state == "issued" and view.may(routes.FREEZE_VOUCHER):
        _button(
            view,
            voucher,
            routes.FREEZE_VOUCHER,
            w("冻结", "Freeze"),
            w("冻结后不能使用，查清后可以解除。", "It cannot be used until a person releases it."),
        )
    if voucher.state == "frozen" and view.may(routes.RELEASE_VOUCHER):
        _button(
            view,
            voucher,
            routes.RELEASE_VOUCHER,
            w("解除冻结", "Release"),
            w("解除后可以照常使用。", "It can be used again."),
        )
    if voucher.state in {"issued", "frozen"} and view.may(routes.VOID_VOUCHER):
        _button(
            view,
            voucher,
            routes.VOID_VOUCHER,
            w("作废", "Void"),
            w("作废不可恢复，资金和名额退回券种。", "This is final; money and place go back to the batch."),
            danger=True,
        )


def _button(view: View, voucher: Voucher, route: Route, name: str, explains: str, *, danger: bool = False) -> None:
    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(route, key=key, body=Reason(**values), voucher_id=voucher.id)

    ui.button(name, color="negative" if danger else "primary", on_click=lambda: ask_and_act(
        view, title=name, explains=explains, confirm=name, send=send, done=view.w("已生效", "In effect"),
        fields=[reason_field(view)], danger=danger,
    ))  # fmt: skip


PAGE = Page(
    path="/vouchers", title=Text("单张消费券", "One voucher"), menu=Text("单张消费券", "One voucher"), roles=STAFF,
    build=build,
    help=Text(
        "查一张券现在的状态；需要时由人冻结、解除冻结或作废，原因记入审计日志。",
        "See one voucher's state; freeze, release or void it by a person's decision, with the reason on record.",
    ),
)  # fmt: skip
