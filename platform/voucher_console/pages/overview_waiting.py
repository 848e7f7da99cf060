"""What waits for an officer: rounds to approve or publish, alerts to decide."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from voucher_console.capabilities import Target
from voucher_console.figures import count
from voucher_console.parts.states import say
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.alerts import AlertPage
from voucher_contract.models.campaigns import Batch, Campaign, Round

_MOST_ROUNDS, _MOST_ALERTS = 30, 200
_FRESH_S = 5.0


async def show_waiting(view: View, target: Target, batches: Sequence[Batch]) -> None:
    """First on the page, for it is what an officer comes for. Raises Refused."""
    w = view.w
    rounds = await _rounds(view, batches) if view.may(routes.APPROVE_ROUND) else []
    alerts = await _alerts(view) if target.can("risk_alerts") and view.may(routes.RELEASE_ALERT) else 0
    with ui.element("section"):
        say(w("等待处理", "Waiting for you"), "h2")
        if not rounds and not alerts:
            say(w("没有等待您处理的事。", "Nothing waits for you."))
        if rounds:
            await _show_rounds(view, rounds)
        if alerts:
            number = count(alerts) + ("+" if alerts == _MOST_ALERTS else "")
            view.link(w(f"待处理的风险预警：{number} 条", f"Risk alerts to decide: {number}"), "/alerts?state=open")


async def _rounds(view: View, batches: Sequence[Batch]) -> list[Round]:
    """Submitted and approved ones among the rounds with batches that are not published yet, the newest first."""
    ids = list(dict.fromkeys(one.round_id for one in reversed(batches) if one.state == "draft"))[:_MOST_ROUNDS]

    async def fetch() -> list[Round]:
        return [await view.get(routes.GET_ROUND, round_id=one) for one in ids]

    seen = await view.console.feeds.share(("waiting", view.session.role, *ids), fetch, max_age_s=_FRESH_S)
    return [one for one in seen.value or [] if one.state in {"submitted", "approved"}]


async def _alerts(view: View) -> int:
    query = {"state": "open", "limit": str(_MOST_ALERTS)}
    seen = await view.console.feeds.look(routes.LIST_ALERTS, view.session, query=query, max_age_s=_FRESH_S)
    page: AlertPage | None = seen.value
    return len(page.items) if page else 0


async def _show_rounds(view: View, rounds: Sequence[Round]) -> None:
    w = view.w
    campaigns: list[Campaign] = await view.every(routes.LIST_CAMPAIGNS)
    names = {one.id: one.name for one in campaigns}
    columns = [
        Column(w("轮次", "Round")), Column(w("活动", "Campaign")), Column(w("状态", "State")),
        Column(w("提交人", "Submitted by")), Column(w("下一步", "Next step")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            partial(view.link, one.name, f"/round?id={one.id}"), names.get(one.campaign_id, one.campaign_id),
            partial(show_state, view.named(one.state), "warn"), one.submitted_by or "—",
            w("由提交人以外的同事复核", "Approval by another officer") if one.state == "submitted"
            else w("发布", "Publish"),
        ]
        for one in rounds
    ]  # fmt: skip
    submitted = sum(one.state == "submitted" for one in rounds)
    approved = len(rounds) - submitted
    show_table(
        w(f"待复核 {submitted} 轮，待发布 {approved} 轮", f"{submitted} to approve, {approved} to publish"),
        columns,
        rows,
    )
