"""Alerts of the in-time rules: shown, and decided by a person: a violation, or nothing."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from merchant_sim.actors.desk import Unexpected
from voucher_contract import routes
from voucher_contract.models.campaigns import Reason
from voucher_contract.routes import Route
from voucherlab.guided.showing import Cell, Mood, Wall, Words
from voucherlab.guided.stage import Stage

_ALERTS = Words("风险预警", "Alerts")
_HEADS = (
    Words("规则", "Rule"), Words("对象", "Whom"), Words("触发次数", "Times it was met or stopped"),
    Words("原因", "Reason"),
    Words("当场", "At once"), Words("现在", "Now"),
)  # fmt: skip
_TIMES = Words(
    "触发次数：达到规则的请求与此后被拦下的请求合计，所以比上表里被风险控制拦下的略多。",
    "Times: requests that met the rule and those stopped since, so a few more than were told that a rule stopped them.",
)
_SUBJECTS = {
    "person": Words("自然人", "person"), "device": Words("设备", "device"), "address": Words("网络地址", "address"),
    "merchant": Words("商户", "merchant"), "till": Words("终端", "till"),
}  # fmt: skip
_MOST_SHOWN, _SHOWN_OF_ID = 12, 6
_STATES = {
    "open": Words("待核查", "to be looked into"), "released": Words("已放行", "released"),
    "confirmed": Words("已确认违规，继续冻结", "confirmed, stays frozen"),
}  # fmt: skip
_MOODS: dict[str, Mood] = {"open": "refused", "released": "good", "confirmed": "bad"}
_WRITTEN_WITHIN_S, _POLL_S = 5.0, 0.2
_QUIET_S = 1.0  # an alert is written down some tenths of a second after what raised it


@dataclass(frozen=True)
class Alert:
    """An alert as far as it is shown here."""

    id: str
    name: str
    rule: Words
    action: str
    state: str
    subject_kind: str
    subject_id: str
    count: int
    reason: Words


async def read_alerts(stage: Stage) -> list[Alert]:
    """All alerts, the earliest first, those that were decided with them."""
    operator = stage.offices.operator
    rules = json.loads(await operator.fetch(routes.LIST_RISK_RULES))["items"]
    titles = {one["name"]: Words(one["title_zh"], one["title_en"]) for one in rules}
    raw = await operator.fetch(routes.LIST_ALERTS, query={"limit": "200"})
    return [_alert(one, titles) for one in json.loads(raw)["items"]]


def still_open(alerts: list[Alert]) -> list[Alert]:
    """Those that wait for a person."""
    return [one for one in alerts if one.state == "open"]


async def wait_for_alerts(stage: Stage, *, patience_s: float = _WRITTEN_WITHIN_S) -> list[Alert]:
    """All alerts, once one is open and no other has followed for a second: they are written down a moment later."""
    began_s = quiet_since_s = time.monotonic()
    found: list[Alert] = []
    while True:
        before, found = len(found), await read_alerts(stage)
        now_s = time.monotonic()
        if len(found) != before:
            quiet_since_s = now_s
        if now_s - began_s > patience_s or (still_open(found) and now_s - quiet_since_s > _QUIET_S):
            return found
        await asyncio.sleep(_POLL_S)


def _alert(one: dict[str, Any], titles: dict[str, Words]) -> Alert:
    rule = titles.get(one["rule"], Words(one["rule"], one["rule"]))
    return Alert(
        one["id"], one["rule"], rule, one["action"], one["state"], one["subject"]["kind"], one["subject"]["id"],
        int(one["count"]), Words(one["reason_zh"], one["reason_en"]),
    )  # fmt: skip


def show(wall: Wall, alerts: list[Alert]) -> None:
    """Put them on the wall, with how each stands now."""
    action = {"block": Words("拦截", "blocked"), "flag": Words("提示", "flagged")}
    lines: list[tuple[Cell, ...]] = [
        (
            one.rule, _subject(one), one.count, one.reason, action.get(one.action, one.action),
            _STATES.get(one.state, one.state),
        )
        for one in alerts[-_MOST_SHOWN:]
    ]  # fmt: skip
    wall.table(_ALERTS, _HEADS, lines, [_MOODS.get(one.state, "") for one in alerts[-_MOST_SHOWN:]], note=_TIMES)
    wall.figure("预警", "Alerts", len(alerts))
    wall.figure("其中待核查", "Not looked into yet", len(still_open(alerts)))


def _subject(alert: Alert) -> Words:
    kind = _SUBJECTS.get(alert.subject_kind, Words(alert.subject_kind, alert.subject_kind))
    ending = alert.subject_id[-_SHOWN_OF_ID:]  # enough to find it in the console by
    return Words(f"{kind.zh} …{ending}", f"{kind.en} …{ending}")


async def decide(stage: Stage, alerts: list[Alert], route: Route, reason: str) -> int:
    """A person of the bureau looks at each and decides. Returns how many. Raises Unexpected."""
    for one in alerts:
        outcome = await stage.offices.checker.try_to(route, Reason(reason=reason), alert_id=one.id)
        if outcome.kind != "ok" and outcome.code != "wrong_state":
            raise Unexpected(f"{route.name} of {one.id}: {outcome.status} {outcome.code}")
    return len(alerts)
