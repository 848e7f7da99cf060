"""A round's way from draft over the second officer to publishing, with what is at stake repeated in each dialog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nicegui import ui

from voucher_console.batch_times import is_over
from voucher_console.figures import moment
from voucher_console.pages.batch_form import open_batch_form
from voucher_console.pages.batch_terms import total_in_words
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.view import View
from voucher_console.words import Text, Words
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Reason, Round
from voucher_contract.routes import Route


@dataclass(frozen=True)
class _Step:
    route: Route
    name: Text
    explains: Text
    done: Text


_SUBMIT = _Step(
    routes.SUBMIT_ROUND, Text("提交复核", "Submit for approval"),
    Text("提交后不能再改；由另一位同事复核。", "It cannot be changed afterwards; another officer checks it."),
    Text("已提交，请另一位同事复核", "Submitted: another officer approves it now"),
)  # fmt: skip
_APPROVE = _Step(
    routes.APPROVE_ROUND, Text("复核通过", "Approve"),
    Text("您确认面额、数量、时间和范围无误。", "You confirm faces, quotas, times and scope."),
    Text("复核已通过，可以发布", "Approved: it can be published now"),
)  # fmt: skip
_PUBLISH = _Step(
    routes.PUBLISH_ROUND, Text("发布", "Publish"),
    Text("发布后预留资金，居民到点即可领取。", "The money is reserved, and people can claim from the opening."),
    Text("已发布，资金已预留", "Published: the money is reserved"),
)  # fmt: skip


def show_round_acts(view: View, round_: Round, batches: Sequence[Batch], now: datetime) -> None:
    """The buttons that the round's state allows; ``now`` is business time."""
    w = view.w
    if not view.may(routes.CREATE_BATCH):
        return
    if round_.state == "draft":
        ui.button(w("加入券种", "Add a batch"), on_click=lambda: open_batch_form(view, round_))
        if batches:
            _button(view, round_, batches, now, _SUBMIT)
    # The platform has the last word; whoever submitted it need not be led to a refusal.
    if round_.state == "submitted" and round_.submitted_by != view.console.sign_ins.login(view.browser):
        _button(view, round_, batches, now, _APPROVE)
        ui.button(w("退回", "Reject"), on_click=lambda: _ask_reject(view, round_)).props("outline")
    if round_.state == "approved":
        _button(view, round_, batches, now, _PUBLISH)
        ui.button(w("退回", "Reject"), on_click=lambda: _ask_reject(view, round_)).props("outline")


def late_in_words(w: Words, batches: Sequence[Batch], now: datetime) -> str:
    """Which batches nobody could claim of any more, and what time it is; nothing where there is none."""
    late = [one for one in batches if is_over(one, now)]
    if not late:
        return ""
    named_zh = "、".join(f"“{one.name}”（{moment(one.claim_closes_at)}）" for one in late)
    named_en = ", ".join(f"“{one.name}” ({moment(one.claim_closes_at)})" for one in late)
    return w(
        f"注意：领取时间已过，没有人能领取：{named_zh}；现在的业务时间是 {moment(now)}。",
        f"Mind: claiming is over and nobody can claim: {named_en}; the business time is {moment(now)}.",
    )


def _button(view: View, round_: Round, batches: Sequence[Batch], now: datetime, step: _Step) -> None:
    w = view.w
    name, both = w.of(step.name), (total_in_words(w, batches), w.of(step.explains))

    async def send(_: dict[str, Any], key: str) -> Any:
        return await view.get(step.route, key=key, round_id=round_.id)

    ui.button(name, on_click=lambda: ask_and_act(
        view, title=w(f"{name}：{round_.name}", f"{name}: {round_.name}"), send=send, done=w.of(step.done),
        explains=w("", " ").join(both), warning=late_in_words(w, batches, now),
        confirm=w(f"确认{name}", name),
    ))  # fmt: skip


def _ask_reject(view: View, round_: Round) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(routes.REJECT_ROUND, key=key, body=Reason(**values), round_id=round_.id)

    ask_and_act(
        view, title=w("退回轮次", "Reject the round"), confirm=w("退回", "Reject"), send=send,
        done=w("已退回为草稿", "It is a draft again"), fields=[reason_field(view)],
        explains=w("轮次退回为草稿，由经办人修改；原因显示在轮次页面上。",
                   "The round is a draft again for its maker to change; the reason is shown on its page."),
    )  # fmt: skip
