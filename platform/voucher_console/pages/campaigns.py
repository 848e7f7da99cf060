"""活动: all campaigns, and opening a new one."""

from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.figures import moment
from voucher_console.page import STAFF, Page
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.parts.states import show_empty
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Campaign, CampaignSpec


async def build(view: View) -> None:
    """The list, newest last, each leading to its page."""
    w = view.w
    if view.may(routes.CREATE_CAMPAIGN):
        ui.button(w("新建活动", "New campaign"), on_click=lambda: _ask_new(view))
    campaigns: list[Campaign] = await view.every(routes.LIST_CAMPAIGNS)
    if not campaigns:
        show_empty(
            w("还没有活动。主管部门可点“新建活动”。", "No campaign yet. The bureau opens one with “New campaign”.")
        )
        return
    columns = [
        Column(w("活动", "Campaign")), Column(w("状态", "State")), Column(w("拨付账户", "Paying account")),
        Column(w("退回账户", "Account for returns")), Column(w("建立时间", "Opened")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            partial(view.link, one.name, f"/campaign?id={one.id}"),
            partial(show_state, view.named(one.state), "good" if one.state == "open" else "none"),
            one.paying_account, one.designated_account, moment(one.created_at),
        ]
        for one in campaigns
    ]  # fmt: skip
    show_table(w("活动列表", "Campaigns"), columns, rows)


def _ask_new(view: View) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Campaign:
        made: Campaign = await view.get(routes.CREATE_CAMPAIGN, key=key, body=CampaignSpec(**values))
        return made

    async def go_on(made: Campaign) -> None:
        view.to(f"/campaign?id={made.id}")

    account = w("银行账户编号，不是余额", "Reference of a bank account, not an amount")
    ask_and_act(
        view, title=w("新建活动", "New campaign"), confirm=w("建立活动", "Open it"), send=send, then=go_on,
        done=w("活动已建立", "The campaign is open"),
        explains=w("一个活动有一笔财政资金；轮次和券种在活动之下。",
                   "A campaign has one pot of public money; rounds and batches belong to it."),
        fields=[
            Field("name", w("活动名称", "Name")),
            Field("paying_account", w("拨付账户", "Paying account"), "reference", hint=account),
            Field("designated_account", w("指定退回账户", "Designated account for returns"), "reference", hint=account),
        ],
    )  # fmt: skip


PAGE = Page(
    path="/campaigns", title=Text("活动与轮次", "Campaigns and rounds"), menu=Text("活动与轮次", "Campaigns"),
    roles=STAFF, build=build,
    help=Text("先选一个活动，再看它的资金、轮次和券种。", "Choose a campaign to see its money, rounds and batches."),
)  # fmt: skip
