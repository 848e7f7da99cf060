"""One campaign: its budget, its rounds, money in, a new round."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.batch_times import business_now, round_phase
from voucher_console.budget import Budget, budget_of
from voucher_console.figures import count, moment, yuan
from voucher_console.page import STAFF, Page
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_facts, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Campaign, DepositSpec, Round, RoundSpec

_STATE_KINDS = {"draft": "none", "submitted": "warn", "approved": "warn", "published": "good"}


async def build(view: View) -> None:
    """Budget first, then rounds; what the officer may do stands above."""
    w = view.w
    campaign: Campaign = await view.get(routes.GET_CAMPAIGN, campaign_id=view.query.get("id", ""))
    batches: list[Batch] = [one for one in await view.every(routes.LIST_BATCHES) if one.campaign_id == campaign.id]
    say(campaign.name, "h2", "data")
    with ui.element("div").classes("buttons"):
        if view.may(routes.DEPOSIT) and campaign.state == "open":
            ui.button(w("登记财政拨付", "Book a deposit"), on_click=lambda: _ask_deposit(view, campaign))
        if view.may(routes.CREATE_ROUND) and campaign.state == "open":
            ui.button(w("新建轮次", "New round"), on_click=lambda: _ask_round(view, campaign))
        if view.may(routes.GET_MONEY):
            view.link(w("资金", "Money"), f"/money?id={campaign.id}")
        view.link(w("发放大屏", "Live screen"), f"/screen?id={campaign.id}")
    facts = [
        (w("状态", "State"), view.named(campaign.state)), (w("拨付账户", "Paying account"), campaign.paying_account),
        (w("退回账户", "Account for returns"), campaign.designated_account),
    ]  # fmt: skip
    if view.may(routes.GET_MONEY):
        facts += _budget_facts(view, await budget_at(view, campaign.id, batches))
    show_facts(facts)
    await _show_rounds(view, campaign, batches)


async def budget_at(view: View, campaign_id: str, batches: Sequence[Batch]) -> Budget:
    """The campaign's budget now. Raises Refused for roles that may not see money."""
    money = await view.get(routes.GET_MONEY, campaign_id=campaign_id)
    return budget_of(money.buckets, batches, campaign_id)


def _budget_facts(view: View, budget: Budget) -> list[tuple[str, str]]:
    w = view.w
    return [
        (w("财政已拨付", "Deposited"), yuan(budget.received_fen)),
        (w("未动用", "Free"), yuan(budget.free_fen)),
        (w("草稿已计划", "Planned in drafts"), yuan(budget.planned_fen)),
        (w("还可计划", "Left to plan with"), yuan(budget.available_fen)),
    ]


def round_state(view: View, round_: Round, batches: Sequence[Batch], now: datetime) -> str:
    """The round's state, and for a published one what time has made of it."""
    phase = round_phase(round_, batches, now)
    return view.named(round_.state) + (f" · {view.named(phase)}" if phase else "")


def round_kind(round_: Round, batches: Sequence[Batch], now: datetime) -> str:
    """How the state stands out: what is over is neither good nor bad."""
    over = round_phase(round_, batches, now) in {"claiming_over", "stopped"}
    return "none" if over else _STATE_KINDS[round_.state]


async def _rounds(view: View, campaign: Campaign, batches: Sequence[Batch]) -> list[Round]:
    """All rounds; where the target has no list of them, those with a batch, found by their batches."""
    if (await view.console.target()).can("round_drafts"):
        return await view.every(routes.LIST_ROUNDS, campaign_id=campaign.id)
    ids = list(dict.fromkeys(one.round_id for one in batches))
    return [await view.get(routes.GET_ROUND, round_id=one) for one in ids[-50:]]


async def _show_rounds(view: View, campaign: Campaign, batches: Sequence[Batch]) -> None:
    w = view.w
    say(w("轮次", "Rounds"), "h2")
    rounds, now = await _rounds(view, campaign, batches), await business_now(view)
    if not rounds:
        show_empty(w(
            "还没有轮次。登记财政拨付后，新建轮次并加入券种。", "No round yet. When a deposit is booked, open a round."
        ))  # fmt: skip
        return
    columns = [
        Column(w("轮次", "Round")), Column(w("状态", "State")), Column(w("提交人", "Submitted by")),
        Column(w("复核人", "Approved by")), Column(w("发布时间", "Published")),
        Column(w("券种", "Batches"), numeric=True),
        Column(w("总额", "Total"), numeric=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for one in rounds:
        its = [batch for batch in batches if batch.round_id == one.id]
        sent_back = one.state == "draft" and one.rejection is not None
        state = w("被退回", "Sent back") if sent_back else round_state(view, one, its, now)
        rows.append([
            partial(view.link, one.name, f"/round?id={one.id}"),
            partial(show_state, state, "bad" if sent_back else round_kind(one, its, now)),
            one.submitted_by or "—", one.approved_by or "—", moment(one.published_at), count(len(one.batch_ids)),
            yuan(sum(batch.face_fen * batch.quota for batch in its)),
        ])  # fmt: skip
    show_table(w("轮次列表", "Rounds"), columns, rows)


def _ask_deposit(view: View, campaign: Campaign) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(routes.DEPOSIT, key=key, body=DepositSpec(**values), campaign_id=campaign.id)

    ask_and_act(
        view, title=w("登记财政拨付", "Book a deposit"), confirm=w("登记", "Book it"), send=send,
        done=w("拨付已入账", "The deposit is booked"),
        explains=w("按银行回单登记；同一流水号只能登记一次。",
                   "As the bank's slip says; a reference is booked once only."),
        fields=[
            Field("amount_fen", w("金额（元）", "Amount (yuan)"), "yuan"),
            Field("bank_reference", w("银行流水号", "Bank reference"), "reference"),
        ],
    )  # fmt: skip


def _ask_round(view: View, campaign: Campaign) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Round:
        made: Round = await view.get(routes.CREATE_ROUND, key=key, body=RoundSpec(**values), campaign_id=campaign.id)
        return made

    async def go_on(made: Round) -> None:
        view.to(f"/round?id={made.id}")

    ask_and_act(
        view, title=w("新建轮次", "New round"), confirm=w("建立轮次", "Open it"), send=send, then=go_on,
        done=w("轮次已建立，请加入券种", "The round is open: add batches"),
        explains=w("轮次是一次发放，可含多个券种；建立后请立即加入券种。",
                   "A round is one tranche with one or more batches; add a batch right away."),
        fields=[Field("name", w("轮次名称", "Name"))],
    )  # fmt: skip


PAGE = Page(
    path="/campaign", title=Text("活动", "Campaign"), under="/campaigns", roles=STAFF, build=build,
    help=Text(
        "看资金是否够用，进入轮次配置券种；提交后由另一位同事复核。",
        "See what the money allows and open a round to plan its batches; a second officer approves it.",
    ),
)  # fmt: skip
