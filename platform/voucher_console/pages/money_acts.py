"""What the bureau does with money: settle, book a repayment, close, return the rest, confirm that it arrived."""

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from voucher_console.figures import count, yuan
from voucher_console.line import Refused
from voucher_console.pages.paging import newest_first
from voucher_console.pages.repayment import show_repay_button
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import (
    Campaign,
    FundReturn,
    MoneyBuckets,
    ReturnConfirmation,
    ReturnSpec,
    Settlement,
    Transfer,
)


def show_money_acts(view: View, campaign: Campaign, buckets: MoneyBuckets) -> None:
    """A button for each act that makes sense now; the platform has the last word."""
    with ui.element("div").classes("buttons"):
        if buckets.redeemed_unsettled_fen:
            _settle_button(view, campaign)
        if buckets.owed_by_merchants_fen:
            show_repay_button(view, campaign)
        if campaign.state == "open":
            _close_button(view, campaign)
        elif buckets.free_fen:
            _return_button(view, campaign)
        if buckets.return_in_transit_fen:
            ui.button(view.w("确认退回到账", "Confirm a return"), on_click=lambda: _ask_confirmation(view, campaign))


def _settle_button(view: View, campaign: Campaign) -> None:
    w = view.w

    async def send(_: dict[str, Any], key: str) -> Settlement:
        settled: Settlement = await view.get(routes.SETTLE, key=key, campaign_id=campaign.id)
        return settled

    def done(settled: Settlement) -> str:
        number, paid = count(len(settled.lines)), yuan(settled.net_fen)
        return w(f"已结算 {number} 家商户，实付 {paid}", f"{number} merchants settled, {paid} paid")

    ui.button(w("与商户结算", "Settle"), on_click=lambda: ask_and_act(
        view, title=w("与商户结算", "Settle with merchants"), confirm=w("结算", "Settle"), send=send, done=done,
        explains=w("按上次结算以来的核销付款给商户，先扣回商户应还。",
                   "Pays merchants their redemptions since the last settlement, less what they owe."),
    ))  # fmt: skip


def _close_button(view: View, campaign: Campaign) -> None:
    w = view.w
    name = w("结束活动", "Close the campaign")
    explains = w("结束后不能再发放；须没有未到期的券，且核销已全部结算。",
                 "Nothing can be issued afterwards; no voucher may be valid and nothing unsettled.")  # fmt: skip

    async def send(_: dict[str, Any], key: str) -> Any:
        return await view.get(routes.CLOSE_CAMPAIGN, key=key, campaign_id=campaign.id)

    ui.button(name, color="negative", on_click=lambda: ask_and_act(
        view, title=name, explains=explains, confirm=name, send=send, done=w("活动已结束", "The campaign is closed"),
        danger=True,
    ))  # fmt: skip


def _return_button(view: View, campaign: Campaign) -> None:
    w = view.w
    differ = campaign.paying_account != campaign.designated_account

    async def send(values: dict[str, Any], key: str) -> FundReturn:
        sent: FundReturn = await view.get(
            routes.RETURN_FUNDS, key=key, body=ReturnSpec(**values), campaign_id=campaign.id
        )
        return sent

    warning = w("两个账户不一致，请先核对。", "The two accounts differ: check first.") if differ else ""
    ui.button(w("结余原路退回", "Return the rest"), on_click=lambda: ask_and_act(
        view, title=w("结余原路退回", "Return the rest"), confirm=w("退回", "Return it"), send=send,
        done=w("已发出，请在到账后确认", "Sent: confirm when it has arrived"),
        explains=w(f"拨付账户 {campaign.paying_account}，退回账户 {campaign.designated_account}。{warning}",
                   f"Paid from {campaign.paying_account}, goes to {campaign.designated_account}. {warning}"),
        fields=[Field("confirm_designated_account", w("我已核对退回账户", "I have checked the account"), "check",
                      value=False)],
        danger=True,
    ))  # fmt: skip


async def _ask_confirmation(view: View, campaign: Campaign) -> None:
    w = view.w
    try:
        newest = newest_first(await view.console.target())
        moved = await view.every(routes.LIST_TRANSFERS, query=newest, campaign_id=campaign.id, most=10_000)
    except Refused as refused:
        view.refused(refused)
        return

    waiting = waiting_returns(moved)

    async def send(values: dict[str, Any], key: str) -> Any:
        body = ReturnConfirmation(bank_reference=values["bank_reference"])
        return await view.get(routes.CONFIRM_RETURN, key=key, body=body, return_id=values["return_id"])

    ask_and_act(
        view, title=w("确认退回到账", "Confirm a return"), confirm=w("确认到账", "Confirm"), send=send,
        done=w("已确认到账", "Confirmed"),
        explains=w("看到银行回单后再确认。", "Confirm only with the bank's slip in hand."),
        fields=[
            Field("return_id", w("退回编号", "Number of the return"), "reference", value=waiting[0] if waiting else ""),
            Field("bank_reference", w("银行流水号", "Bank reference"), "reference"),
        ],
    )  # fmt: skip


def waiting_returns(transfers: Sequence[Transfer]) -> list[str]:
    """Numbers of returns that are under way, where the platform books them through an account in transit.

    The contract has no list of returns; another platform may name its accounts otherwise, so the number stays editable.
    """
    arrived = {one.reference for one in transfers if one.debit.startswith("in_transit")}
    sent = [one.reference for one in transfers if one.credit.startswith("in_transit")]
    return [one for one in sent if one not in arrived]
