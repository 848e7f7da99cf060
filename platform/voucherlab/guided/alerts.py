"""Alerts of the in-time rules: shown, and given free by a person."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from merchant_sim.actors.desk import Unexpected
from voucher_contract import routes
from voucher_contract.models.campaigns import Reason
from voucherlab.guided.showing import Cell, Wall, Words
from voucherlab.guided.stage import Stage

_ALERTS = Words("风险预警", "Alerts")
_HEADS = (
    Words("规则", "Rule"), Words("对象", "Whom"), Words("次数", "Times"), Words("原因", "Reason"),
    Words("处置", "Action"),
)  # fmt: skip
_SUBJECTS = {
    "person": Words("自然人", "person"), "device": Words("设备", "device"), "address": Words("网络地址", "address"),
    "merchant": Words("商户", "merchant"), "till": Words("终端", "till"),
}  # fmt: skip
_MOST_SHOWN = 12
_WRITTEN_WITHIN_S, _POLL_S = 5.0, 0.2


@dataclass(frozen=True)
class Alert:
    """An alert as far as it is shown here."""

    id: str
    rule: str
    action: str
    state: str
    subject_kind: str
    subject_id: str
    count: int
    reason: Words


async def read_alerts(stage: Stage, state: str = "open") -> list[Alert]:
    """The alerts in a state."""
    raw = await stage.offices.operator.fetch(routes.LIST_ALERTS, query={"state": state, "limit": "200"})
    return [_alert(one) for one in json.loads(raw)["items"]]


async def wait_for_alerts(stage: Stage) -> list[Alert]:
    """Those that are open, once there is one: they are written down a moment after they are raised."""
    give_up_s = time.monotonic() + _WRITTEN_WITHIN_S
    while True:
        found = await read_alerts(stage)
        if found or time.monotonic() > give_up_s:
            return found
        await asyncio.sleep(_POLL_S)


def _alert(one: dict[str, Any]) -> Alert:
    return Alert(
        one["id"], one["rule"], one["action"], one["state"], one["subject"]["kind"], one["subject"]["id"],
        int(one["count"]), Words(one["reason_zh"], one["reason_en"]),
    )  # fmt: skip


def show(wall: Wall, alerts: list[Alert]) -> None:
    """Put them on the wall."""
    action = {"block": Words("拦截", "blocked"), "flag": Words("提示", "flagged")}
    lines: list[tuple[Cell, ...]] = [
        (
            one.rule, _subject(one), one.count, one.reason, action.get(one.action, one.action),
        )
        for one in alerts[:_MOST_SHOWN]
    ]  # fmt: skip
    wall.table(_ALERTS, _HEADS, lines, ["bad"] * len(lines))
    wall.figure("预警", "Alerts", len(alerts))


def _subject(alert: Alert) -> Words:
    kind = _SUBJECTS.get(alert.subject_kind, Words(alert.subject_kind, alert.subject_kind))
    return Words(f"{kind.zh} {alert.subject_id}", f"{kind.en} {alert.subject_id}")


async def release_all(stage: Stage, alerts: list[Alert], reason: str) -> int:
    """A person of the bureau looks at each and gives it free. Returns how many. Raises Unexpected."""
    for one in alerts:
        outcome = await stage.offices.checker.try_to(routes.RELEASE_ALERT, Reason(reason=reason), alert_id=one.id)
        if outcome.kind != "ok" and outcome.code != "wrong_state":
            raise Unexpected(f"release of {one.id}: {outcome.status} {outcome.code}")
    return len(alerts)
