"""One round: its batches and its way from draft over the second officer to publishing."""

from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.figures import count, moment, yuan
from voucher_console.page import STAFF, Page
from voucher_console.pages.batch_acts import show_batch_acts
from voucher_console.pages.batch_form import open_batch_form
from voucher_console.pages.campaign import STATE_KINDS
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_facts, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Reason, Round
from voucher_contract.routes import Route

_BATCH_KINDS = {"draft": "none", "live": "good", "paused": "warn", "stopped": "bad"}


async def build(view: View) -> None:
    """Where the round stands, what this officer may do next, and the batches."""
    w = view.w
    round_: Round = await view.get(routes.GET_ROUND, round_id=view.query.get("id", ""))
    batches: list[Batch] = [await view.get(routes.GET_BATCH, batch_id=one) for one in round_.batch_ids]
    view.link(w("← 返回活动", "← Back to the campaign"), f"/campaign?id={round_.campaign_id}")
    say(round_.name, "h2", "data")
    show_facts([
        (w("状态", "State"), lambda: show_state(view.named(round_.state), STATE_KINDS[round_.state])),
        (w("提交人", "Submitted by"), round_.submitted_by or "—"),
        (w("复核人", "Approved by"), round_.approved_by or "—"),
        (w("发布时间", "Published"), moment(round_.published_at)),
        (w("总额", "Total"), yuan(sum(one.face_fen * one.quota for one in batches))),
    ])  # fmt: skip
    say(_next_step(view, round_, batches), classes="next-step")
    with ui.element("div").classes("buttons"):
        _show_acts(view, round_, batches)
    _show_batches(view, batches)


def _next_step(view: View, round_: Round, batches: list[Batch]) -> str:
    w = view.w
    if batches and all(one.state == "stopped" for one in batches):
        return w("领取已全部停止，不能恢复；已领的券仍可使用。",
                 "Claiming is stopped for good; vouchers already issued stay good.")  # fmt: skip
    return {
        "draft": w("下一步：加入券种，核对后提交复核。", "Next: add batches, then submit for approval."),
        "submitted": w("下一步：由提交人以外的同事登录，复核通过或退回。",
                       "Next: an officer other than the one who submitted signs in and approves or rejects."),
        "approved": w("下一步：发布。发布时预留资金，到点自动开抢。",
                      "Next: publish. Publishing reserves the money; claiming opens at its time."),
        "published": w("已发布：可暂停、恢复、停止领取，或追加数量。",
                       "Published: claiming can be paused, resumed or stopped, and quotas raised."),
    }[round_.state]  # fmt: skip


def _show_acts(view: View, round_: Round, batches: list[Batch]) -> None:
    w = view.w
    if not view.may(routes.CREATE_BATCH):
        return
    if round_.state == "draft":
        ui.button(w("加入券种", "Add a batch"), on_click=lambda: open_batch_form(view, round_))
        if batches:
            _act(
                view,
                round_,
                routes.SUBMIT_ROUND,
                w("提交复核", "Submit for approval"),
                w("提交后不能再改；由另一位同事复核。", "It cannot be changed afterwards; another officer checks it."),
            )
    if round_.state == "submitted":
        _act(
            view,
            round_,
            routes.APPROVE_ROUND,
            w("复核通过", "Approve"),
            w("您确认面额、数量、时间和范围无误。", "You confirm faces, quotas, times and scope."),
        )
        ui.button(w("退回", "Reject"), on_click=lambda: _ask_reject(view, round_)).props("outline")
    if round_.state == "approved":
        _act(
            view,
            round_,
            routes.PUBLISH_ROUND,
            w("发布", "Publish"),
            w("发布后预留资金，居民到点即可领取。", "The money is reserved, and people can claim from the opening."),
        )


def _act(view: View, round_: Round, route: Route, name: str, explains: str) -> None:
    async def send(_: dict[str, Any], key: str) -> Any:
        return await view.get(route, key=key, round_id=round_.id)

    ui.button(name, on_click=lambda: ask_and_act(
        view, title=name, explains=explains, confirm=view.w("确认", "Confirm") + name if view.w.language == "zh"
        else name, send=send, done=view.w("已完成", "Done"),
    ))  # fmt: skip


def _ask_reject(view: View, round_: Round) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(routes.REJECT_ROUND, key=key, body=Reason(**values), round_id=round_.id)

    ask_and_act(
        view, title=w("退回轮次", "Reject the round"), confirm=w("退回", "Reject"), send=send,
        done=w("已退回为草稿", "It is a draft again"), fields=[reason_field(view)],
        explains=w("轮次退回为草稿，由经办人修改。", "The round is a draft again for its maker to change."),
    )  # fmt: skip


def _show_batches(view: View, batches: list[Batch]) -> None:
    w = view.w
    say(w("券种", "Batches"), "h2")
    if not batches:
        show_empty(w("还没有券种。请点“加入券种”。", "No batch yet: use “Add a batch”."))
        return
    columns = [
        Column(w("券种", "Batch")), Column(w("状态", "State")),
        Column(w("门槛 / 面额", "Threshold / face"), numeric=True),
        Column(w("总量", "Quota"), numeric=True), Column(w("已领取", "Issued"), numeric=True),
        Column(w("剩余", "Left"), numeric=True), Column(w("领取时间", "Claiming")), Column(w("适用行业", "Industries")),
        Column(w("操作", "Acts")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            one.name, partial(show_state, view.named(one.state), _BATCH_KINDS[one.state]),
            f"{yuan(one.threshold_fen)} / {yuan(one.face_fen)}", count(one.quota), count(one.issued - one.voided),
            count(one.remaining), f"{moment(one.claim_opens_at)} – {moment(one.claim_closes_at)}",
            "、".join(view.named(name) for name in one.categories) if w.language == "zh"
            else ", ".join(view.named(name) for name in one.categories),
            partial(show_batch_acts, view, one),
        ]
        for one in batches
    ]  # fmt: skip
    show_table(w("本轮次的券种", "Batches of this round"), columns, rows)


PAGE = Page(
    path="/round", title=Text("轮次", "Round"), under="/campaigns", roles=STAFF, build=build,
    help=Text(
        "配置券种 → 提交 → 另一位同事复核 → 发布；每一步都记入审计日志。",
        "Plan batches, submit, have a second officer approve, publish; each step goes into the audit log.",
    ),
)  # fmt: skip
