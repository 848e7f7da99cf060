"""Cases of risk alerts: an agreed attack is found, shown without personal numbers, and decided by a person.

What a platform takes for an attack is its own affair. Where its rules do not find this one, nothing is said against it:
the judges have its list of rules before them.
"""

import asyncio
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, NotApplicable, every, folded
from loadtest.lab.line import new_key
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes

_ACCOUNTS = 12
_LOOKS, _BETWEEN_S = 20, 0.25
_MOST_PAGES = 200
_UNFOUND = "平台的规则没有把一人十二账号同时抢券列为告警；规范不规定规则内容，请评委凭其规则清单判断"


async def _open_alerts(lab: Lab) -> list[Exchange]:
    """Every page of the open alerts. Raises CannotPlay."""
    pages: list[Exchange] = []
    query = {"limit": "200", "state": "open"}
    for _ in range(_MOST_PAGES):
        page = await lab.do(routes.LIST_ALERTS, lab.operator, query=query)
        pages.append(page)
        cursor = lab.got(page)["next_cursor"]
        if cursor is None:
            return pages
        query = {**query, "cursor": cursor}
    raise CannotPlay(f"there are more than {_MOST_PAGES} pages of alerts")


def _items(lab: Lab, pages: list[Exchange]) -> list[dict[str, Any]]:
    return [one for page in pages for one in lab.got(page)["items"]]


async def _new_alert(lab: Lab, known: set[str], person_id: str | None) -> tuple[dict[str, Any], list[Exchange]]:
    """An alert that was not there before, about this person if any is, and the pages it stands on."""
    fresh: list[dict[str, Any]] = []
    pages: list[Exchange] = []
    for _ in range(_LOOKS):
        pages = await _open_alerts(lab)
        fresh = [one for one in _items(lab, pages) if one["id"] not in known and one["moment"] == "claim"]
        fresh.sort(key=lambda one: one["subject"]["id"] != person_id)
        if fresh and (person_id is None or fresh[0]["subject"]["id"] == person_id):
            return fresh[0], pages
        await asyncio.sleep(_BETWEEN_S)
    if not fresh:
        raise NotApplicable(_UNFOUND)
    return fresh[0], pages


@play("alerts-raised-and-decided")
async def raised_and_decided(lab: Lab) -> None:
    """Twelve accounts of one person on one device rush; what is found is confirmed, released, and released no more."""
    known = {one["id"] for one in _items(lab, await _open_alerts(lab))}
    model = lab.world.crowd.sandbox_person()
    shared = {"id_number": model.id_number, "card": model.card, "device": model.device}
    accounts = await lab.accounts(*[shared] * _ACCOUNTS)
    await lab.rush(accounts, await lab.batch(), body={"device": model.device})
    alert, pages = await _new_alert(lab, known, accounts[0].facts.get("person"))
    hidden = [one for one in (model.id_number, model.card, model.device) if one is not None]
    lab.expect(folded(pages, "replies_holding", texts=hidden), "eq", [], "告警不含证件号、卡号、设备号",
               "no alert holds a personal number or a device", spec="S-77")  # fmt: skip
    again = await lab.do(routes.GET_ALERT, lab.auditor, alert_id=alert["id"])
    told = {"rule": alert["rule"], **{f"subject/{name}": alert["subject"][name] for name in ("kind", "id")}}
    for field, value in told.items():
        zh, en = f"单条告警的 {field} 与列表一致", f"{field} is as in the list"
        lab.expect_value(again, f"/{field}", value, zh, en, spec="S-77")
    await _decided(lab, alert["id"])


async def _decided(lab: Lab, alert_id: str) -> None:
    why = {name: f"检验-{name}-{new_key()}" for name in ("confirm", "release")}
    path = {"alert_id": alert_id}
    confirmed = await lab.do(routes.CONFIRM_ALERT, lab.maker, body={"reason": why["confirm"]}, **path)
    lab.expect_value(confirmed, "/state", "confirmed", "告警可确认", "an alert can be confirmed", spec="S-78")
    released = await lab.do(routes.RELEASE_ALERT, lab.operator, body={"reason": why["release"]}, **path)
    lab.expect_value(released, "/state", "released", "确认后可解除", "a confirmed one can be released", spec="S-78")
    for route in (routes.RELEASE_ALERT, routes.CONFIRM_ALERT):
        twice = await lab.do(route, lab.maker, body={"reason": "检验"}, **path)
        lab.expect_refused(twice, "wrong_state", "已解除的告警不能再处理", "a released one is final", spec="S-78")
    log = await _last_entries(lab)
    for name, reason in why.items():
        found = folded(log, "replies_holding", texts=[reason])
        lab.expect(found, "ne", [], f"{name} 的理由已记入审计日志", f"the reason of {name} is kept", spec="S-78")


async def _last_entries(lab: Lab) -> list[Exchange]:
    """The end of the audit log, with whatever others wrote meanwhile."""
    last = int(lab.got(await lab.do(routes.VERIFY_AUDIT, lab.auditor))["entries"])
    starts = range(max(0, last - 400), last, 200)
    return [
        await lab.do(routes.LIST_AUDIT, lab.auditor, query={"limit": "200", **({"cursor": str(at)} if at else {})})
        for at in starts
    ]


@play("alerts-rules-shown")
async def rules_shown(lab: Lab) -> None:
    """Every role of the staff sees the same rules, each with a name of its own."""
    shown = [await lab.do(routes.LIST_RISK_RULES, who) for who in (lab.maker, lab.auditor, lab.operator)]
    names = every(shown[:1], "/value/items/*/name", "count")
    lab.expect(names, "ge", 1, "至少有一条规则", "there is a rule", spec="S-77")
    different = every(shown[:1], "/value/items/*/name", "distinct")
    lab.expect(different, "eq", names, "规则名称不重复", "no two rules have one name", spec="S-77")
    for other in shown[1:]:
        lab.expect_same(shown[0], other, "/items", "各岗位所见一致", "all roles see the same", spec="S-77")
