"""What can be claimed now, and every other batch with the state it is in, by the platform's clock."""

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from voucher_console.figures import count, moment
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract.models.campaigns import Batch

_MOST = 50
BEING_ISSUED = Text("发放中", "Being issued")


def standing(batch: Batch, now: datetime) -> Text:
    """What a batch that is published is at: a stop comes before what its clock says, and that before a pause."""
    if batch.state == "stopped":
        return Text("已停止", "Stopped")
    if now >= batch.valid_until:
        return Text("已过有效期", "Out of date")
    if now >= batch.claim_closes_at:
        return Text("领取已结束", "Claiming is over")
    if batch.state == "paused":
        return Text("已暂停", "Paused")
    if now < batch.claim_opens_at:
        return Text("未到领取时间", "Not open yet")
    return BEING_ISSUED if batch.remaining > 0 else Text("已领完", "All claimed")


def show_batches(view: View, batches: Sequence[Batch], now: datetime) -> None:
    """Two tables; of what is over the latest only."""
    w = view.w
    standings = [(one, standing(one, now)) for one in batches if one.state != "draft"]
    issued = [pair for pair in standings if pair[1] is BEING_ISSUED]
    others = [pair for pair in standings if pair[1] is not BEING_ISSUED]
    with ui.element("section"):
        say(w("正在发放的券种", "Batches being issued"), "h2")
        if not standings:
            show_empty(w(
                "还没有发布的券种。请到“活动与轮次”新建。", "Nothing is published yet. Plan a round under Campaigns."
            ))  # fmt: skip
            return
        if issued:
            _table(view, w("现在可以领取", "Can be claimed now"), issued)
        else:
            show_empty(w("现在没有可以领取的券种。", "No batch can be claimed now."))
        if others:
            _table(view, w(f"其他券种（最近 {_MOST} 个）", f"Other batches, the latest {_MOST}"), others)


def _table(view: View, caption: str, pairs: Sequence[tuple[Batch, Text]]) -> None:
    w = view.w
    columns = [
        Column(w("券种", "Batch")), Column(w("状态", "State")), Column(w("领取起", "Claiming from")),
        Column(w("领取止", "until")), Column(w("总量", "Quota"), numeric=True),
        Column(w("已领取", "Issued"), numeric=True), Column(w("剩余", "Left"), numeric=True),
    ]  # fmt: skip
    rows = [
        [one.name, w.of(state), moment(one.claim_opens_at), moment(one.claim_closes_at), count(one.quota),
         count(one.issued - one.voided), count(one.remaining)]
        for one, state in pairs[-_MOST:]
    ]  # fmt: skip
    show_table(caption, columns, rows)
