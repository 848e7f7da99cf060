"""What a merchant pays back: whoever owes something is there to choose, with how much."""

from typing import Any

from nicegui import ui

from voucher_console.figures import yuan
from voucher_console.line import Refused
from voucher_console.pages.merchant_names import merchant_names
from voucher_console.pages.paging import LOOK_UP
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import Campaign, Debt, RepaymentSpec


def show_repay_button(view: View, campaign: Campaign) -> None:
    """The button, where merchants owe something."""
    ui.button(view.w("登记商户还款", "Book a repayment"), on_click=lambda: _ask(view, campaign))


async def _ask(view: View, campaign: Campaign) -> None:
    w = view.w
    try:
        owing = await _owing(view, campaign)
    except Refused as refused:
        view.refused(refused)
        return

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(routes.REPAY, key=key, body=RepaymentSpec(**values), campaign_id=campaign.id)

    whom = Field("merchant_id", w("商户", "Merchant"), "choice", "", owing)
    ask_and_act(
        view, title=w("登记商户还款", "Book a repayment"), confirm=w("登记", "Book it"), send=send,
        done=w("已登记", "Booked"),
        explains=w("结算后退款的商户把应还部分还回财政。", "A merchant pays back what it owes after late refunds."),
        fields=[
            whom if owing else Field("merchant_id", w("商户编号", "Merchant number"), "reference"),
            Field("amount_fen", w("金额（元）", "Amount (yuan)"), "yuan"),
            Field("bank_reference", w("银行流水号", "Bank reference"), "reference"),
        ],
    )  # fmt: skip


async def _owing(view: View, campaign: Campaign) -> dict[str, str]:
    """Merchants that owe something, with how much; empty where the target has no list of them. Raises Refused."""
    if not (await view.console.target()).can(LOOK_UP):
        return {}
    debts: list[Debt] = await view.every(routes.LIST_DEBTS, campaign_id=campaign.id)
    names = await merchant_names(view)
    return {one.merchant_id: _told(view, one, names.get(one.merchant_id, one.merchant_id)) for one in debts}


def _told(view: View, debt: Debt, name: str) -> str:
    return view.w(f"{name}（应还 {yuan(debt.owed_fen)}）", f"{name} (owes {yuan(debt.owed_fen)})")
