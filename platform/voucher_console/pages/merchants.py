"""商户: the registry by district and industry, suspending and reinstating one, a district, an industry, or both."""

import unicodedata
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from voucher_console.figures import count
from voucher_console.page import STAFF, Page
from voucher_console.pages.paging import page_asked, show_pages
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.parts.forms import Field, Form
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.models.merchants import Merchant, MerchantsChanged, MerchantSelector
from voucher_contract.routes import Route

_FILTERS = ("district", "category", "status")
_MOST, _A_PAGE = 10_000, 50
_EXPLAINS = {
    routes.SUSPEND_MERCHANTS.name: Text(
        "暂停后不能核销，已发生的订单仍可退款。", "A suspended merchant cannot redeem; old orders can be refunded."
    ),
    routes.REINSTATE_MERCHANTS.name: Text(
        "恢复后可以照常核销；未准入的商户仍不能参与。", "It can redeem again; one that was never admitted still cannot."
    ),
}
_KINDS = {"admitted": "good", "not_admitted": "none", "suspended": "bad"}


async def build(view: View) -> None:
    """Choose, look, act. The contract's list has no search: all that fit the rest are read, and searched here."""
    w = view.w
    chosen = {name: value for name in _FILTERS if (value := view.query.get(name, ""))}
    with ui.element("div").classes("filters"):
        form = Form(w, [
            Field("district", w("区域", "District"), "choice", chosen.get("district", ""),
                  _options(view, list(DISTRICTS))),
            Field("category", w("行业", "Industry"), "choice", chosen.get("category", ""),
                  _options(view, list(CATEGORY_NAMES))),
            Field("status", w("状态", "State"), "choice", chosen.get("status", ""), _options(view, list(_KINDS))),
            Field("text", w("名称或信用代码", "Name or credit code"), value=view.query.get("text", "")),
        ])  # fmt: skip

        async def search() -> None:
            asked = {name: str(form.held(name) or "").strip() for name in (*_FILTERS, "text")}
            words = urlencode({name: value for name, value in asked.items() if value})
            view.to("/merchants" + (f"?{words}" if words else ""))

        form.on_enter(search)
        ui.button(w("查询", "Search"), on_click=search)
        if view.may(routes.SUSPEND_MERCHANTS) and chosen.keys() & {"district", "category"}:
            _group_buttons(view, chosen)
        if view.may(routes.IMPORT_MERCHANTS):
            view.link(w("导入商户名单", "Import a roster"), "/imports")
    if view.may(routes.SUSPEND_MERCHANTS) and not chosen.keys() & {"district", "category"}:
        say(w("先选区域或行业并查询，即可成组暂停或恢复。",
              "Choose a district or an industry and search: then the whole group can be suspended or reinstated."),
            classes="as-of")  # fmt: skip
    merchants: list[Merchant] = await view.every(routes.LIST_MERCHANTS, query=chosen, most=_MOST)
    found, cut = fitting(merchants, view.query.get("text", "")), len(merchants) == _MOST
    if not found:
        none = w("没有符合条件的商户。可导入商户名单。", "No merchant fits. A roster can be imported.")
        show_empty(w(f"商户过多，只查了前 {count(_MOST)} 家，其中没有符合条件的。请先选区域或行业再查。",
                     f"There are too many: none of the first {count(_MOST)} fits. Choose a district or an industry.")
                   if cut else none)  # fmt: skip
        return
    page = page_asked(view, len(found), _A_PAGE)
    _show(view, found, page, cut=cut)
    show_pages(view, page, more=(page + 1) * _A_PAGE < len(found))


def fitting(merchants: Sequence[Merchant], text: str) -> list[Merchant]:
    """Those with ``text`` in the name or the credit code, in the order of districts, industries and names."""
    wanted = unicodedata.normalize("NFKC", text).strip().casefold()
    found = [one for one in merchants if wanted in one.name.casefold() or wanted in one.uscc.casefold()]
    return sorted(found, key=lambda one: (one.district, one.category, one.name))


def _options(view: View, codes: list[str]) -> dict[str, str]:
    return {"": view.w("全部", "All"), **{code: view.named(code) for code in codes}}


def _show(view: View, found: Sequence[Merchant], page: int, *, cut: bool) -> None:
    w = view.w
    first = page * _A_PAGE
    merchants = found[first : first + _A_PAGE]
    columns = [
        Column(w("商户", "Merchant")), Column(w("区域", "District")), Column(w("行业", "Industry")),
        Column(w("规模类型", "Size class")), Column(w("统一社会信用代码", "Credit code")), Column(w("终端", "Tills")),
        Column(w("状态", "State")), Column(w("操作", "Acts")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            one.name, view.named(one.district), view.named(one.category), view.named(one.size_class), one.uscc,
            " ".join(one.till_numbers),
            partial(show_state, view.named(one.status), _KINDS[one.status]),
            partial(_one_button, view, one),
        ]
        for one in merchants
    ]  # fmt: skip
    number, last = f"{count(len(found))}{'+' if cut else ''}", first + len(merchants)
    shown = f"{count(first + 1)}–{count(last)}"
    show_table(w(f"商户共 {number} 家，本页第 {shown} 家", f"Merchants: {number}, here {shown}"), columns, rows)


def _one_button(view: View, merchant: Merchant) -> None:
    if not view.may(routes.SUSPEND_MERCHANTS):
        return
    selected = {"merchant_id": merchant.id}
    if merchant.status == "suspended":
        _button(view, routes.REINSTATE_MERCHANTS, view.w("恢复", "Reinstate"), merchant.name, selected)
    elif merchant.status == "admitted":
        _button(view, routes.SUSPEND_MERCHANTS, view.w("暂停", "Suspend"), merchant.name, selected, danger=True)


def _group_buttons(view: View, chosen: dict[str, str]) -> None:
    w = view.w
    selected = {name: value for name, value in chosen.items() if name in {"district", "category"}}
    group = " × ".join(view.named(value) for value in selected.values())
    # What is listed may be fewer: the acts of the contract know neither names nor states.
    whom = w(f"{group}的全部商户，不论名称和状态", f"all merchants of {group}, whatever their name and state")
    _button(view, routes.SUSPEND_MERCHANTS, w("暂停这一组", "Suspend this group"), whom, selected, danger=True)
    _button(view, routes.REINSTATE_MERCHANTS, w("恢复这一组", "Reinstate this group"), whom, selected)


def _button(view: View, route: Route, name: str, whom: str, selected: dict[str, str], *, danger: bool = False) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> MerchantsChanged:
        changed: MerchantsChanged = await view.get(route, key=key, body=MerchantSelector(**selected, **values))
        return changed

    def done(changed: MerchantsChanged) -> str:
        number = len(changed.merchant_ids)
        return w(f"已生效，涉及 {number} 家商户", f"In effect for {number} merchants")

    ui.button(name, color="negative" if danger else "primary", on_click=lambda: ask_and_act(
        view, title=name, explains=f"{w('对象：', 'Whom: ')}{whom}{w('。', '. ')}{w.of(_EXPLAINS[route.name])}",
        confirm=name, send=send, done=done, fields=[reason_field(view)], danger=danger,
    )).props("dense outline")  # fmt: skip


PAGE = Page(
    path="/merchants", title=Text("商户", "Merchants"), menu=Text("商户", "Merchants"), roles=STAFF, build=build,
    help=Text(
        "按区域、行业、状态、名称或信用代码查询商户；可单独暂停、恢复，选定区域或行业后可成组办理。",
        "Find merchants by district, industry, state, name or credit code; suspend or reinstate one, or the group of a "
        "district or an industry.",
    ),
)  # fmt: skip
