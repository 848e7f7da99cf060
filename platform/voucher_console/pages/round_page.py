"""One round: where it stands, its batches with all their terms, and what may be done next."""

from datetime import datetime
from functools import partial

from nicegui import ui

from voucher_console.batch_times import batch_phase, business_now, round_phase
from voucher_console.figures import count, moment, yuan
from voucher_console.page import STAFF, Page
from voucher_console.pages.batch_acts import show_batch_acts
from voucher_console.pages.batch_terms import show_terms, total_of
from voucher_console.pages.campaign import round_kind, round_state
from voucher_console.pages.draft_acts import show_draft_acts
from voucher_console.pages.round_acts import late_in_words, show_round_acts
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_facts, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Round

_BATCH_KINDS = {"draft": "none", "live": "good", "not_started": "warn", "paused": "warn", "stopped": "bad"}


async def build(view: View) -> None:
    """Where the round stands, what this officer may do next, and the batches."""
    w = view.w
    round_: Round = await view.get(routes.GET_ROUND, round_id=view.query.get("id", ""))
    batches: list[Batch] = [await view.get(routes.GET_BATCH, batch_id=one) for one in round_.batch_ids]
    now, target = await business_now(view), await view.console.target()
    view.link(w("← 返回活动", "← Back to the campaign"), f"/campaign?id={round_.campaign_id}")
    say(round_.name, "h2", "data")
    state, kind = round_state(view, round_, batches, now), round_kind(round_, batches, now)
    show_facts([
        (w("状态", "State"), lambda: show_state(state, kind)),
        (w("提交人", "Submitted by"), round_.submitted_by or "—"),
        (w("复核人", "Approved by"), round_.approved_by or "—"),
        (w("发布时间", "Published"), moment(round_.published_at)),
        (w("总额", "Total"), yuan(total_of(batches))),
    ])  # fmt: skip
    _show_rejection(view, round_)
    late = "" if round_.state == "published" else late_in_words(w, batches, now)
    if late:
        say(late, classes="warning").props("role=status")
    say(_next_step(view, round_, batches, now), classes="next-step")
    with ui.element("div").classes("buttons"):
        show_round_acts(view, round_, batches, now)
    _show_batches(view, round_, batches, now, mends=round_.state == "draft" and target.can("round_drafts"))
    if batches:
        show_terms(view, batches)


def _show_rejection(view: View, round_: Round) -> None:
    """Why it was sent back: in red for who has to mend it, and still there for who checks it again."""
    told = round_.rejection
    if told is None or round_.state not in {"draft", "submitted"}:
        return
    w, at, who = view.w, moment(told.at), told.by
    if round_.state == "draft":
        says = w(f"被 {who} 退回：{told.reason}（{at}）", f"Sent back by {who}: {told.reason} ({at})")
    else:
        says = w(f"曾被 {who} 退回：{told.reason}（{at}）", f"Was sent back by {who}: {told.reason} ({at})")
    say(says, classes="problem" if round_.state == "draft" else "warning").props("role=status")


def _next_step(view: View, round_: Round, batches: list[Batch], now: datetime) -> str:
    w = view.w
    phase = round_phase(round_, batches, now)
    if phase == "stopped":
        return w("领取已全部紧急停止，不能恢复；已领的券仍可使用。",
                 "Claiming is stopped for good; vouchers already issued stay good.")  # fmt: skip
    if phase == "claiming_over":
        return w("领取时间已过；已领的券在有效期内仍可使用。",
                 "Claiming is over; vouchers already issued stay good while they are valid.")  # fmt: skip
    return {
        "draft": w("下一步：加入券种，核对后提交复核。", "Next: add batches, then submit for approval."),
        "submitted": w("下一步：由提交人以外的同事登录，复核通过或退回。",
                       "Next: an officer other than the one who submitted signs in and approves or rejects."),
        "approved": w("下一步：发布。发布时预留资金，到点自动开抢。",
                      "Next: publish. Publishing reserves the money; claiming opens at its time."),
        "published": w("已发布：可暂停、恢复、紧急停止，或追加数量。",
                       "Published: claiming can be paused, resumed or stopped, and quotas raised."),
    }[round_.state]  # fmt: skip


def _batch_state(view: View, round_: Round, phase: str) -> str:
    """A batch is published with its round; until then it is as far as the round is."""
    return view.named(round_.state if phase == "draft" else phase)


def _show_batches(view: View, round_: Round, batches: list[Batch], now: datetime, *, mends: bool) -> None:
    w = view.w
    say(w("券种", "Batches"), "h2")
    if not batches:
        show_empty(w("还没有券种。请点“加入券种”。", "No batch yet: use “Add a batch”."))
        return
    columns = [
        Column(w("券种", "Batch")), Column(w("状态", "State")),
        Column(w("门槛 / 面额", "Threshold / face"), numeric=True),
        Column(w("总量", "Quota"), numeric=True), Column(w("已领取", "Issued"), numeric=True),
        Column(w("剩余", "Left"), numeric=True), Column(w("领取时间", "Claiming")),
        Column(w("操作", "Acts")),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for one in batches:
        phase = batch_phase(one, now)
        rows.append([
            one.name, partial(show_state, _batch_state(view, round_, phase), _BATCH_KINDS.get(phase, "none")),
            f"{yuan(one.threshold_fen)} / {yuan(one.face_fen)}", count(one.quota), count(one.issued - one.voided),
            count(one.remaining), f"{moment(one.claim_opens_at)} – {moment(one.claim_closes_at)}",
            partial(show_draft_acts, view, round_, one) if mends else partial(show_batch_acts, view, one),
        ])  # fmt: skip
    show_table(w("本轮次的券种", "Batches of this round"), columns, rows)


PAGE = Page(
    path="/round", title=Text("轮次", "Round"), under="/campaigns", roles=STAFF, build=build,
    help=Text(
        "配置券种 → 提交 → 另一位同事复核 → 发布；每一步都记入审计日志。",
        "Plan batches, submit, have a second officer approve, publish; each step goes into the audit log.",
    ),
)  # fmt: skip
