"""Risk alerts over HTTP, on two API processes with the default rules."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.scenario.alerts import alert_about, alerts, an_alert
from tests.scenario.platform import Platform
from tests.scenario.world import HOME, Person, World
from voucher_contract import routes
from voucher_contract.models.alerts import Alert, RiskRules

BOTS = 200
WHY = {"reason": "电话核实，系社区代办点"}


def people_on_one_device(world: World, device: str, count: int) -> list[Person]:
    model = {"home_district": HOME, "device": device}
    specs = [
        {**model, "account": f"{device}-{n}", "phone": f"1990000{n:04}", "id_number": id_number(n)}
        for n in range(count)
    ]
    made = world.as_operator(routes.CREATE_PEOPLE, body={"people": specs})["people"]
    return [Person(one["account"], one["person_id"], one["token"], device) for one in made]


def id_number(number: int) -> str:
    """Of an address code that does not exist; another one at every call."""
    stem = f"9999991990{time.time_ns() % 10_000_000:07}"[:14] + f"{number:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return stem + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True)) % 11]


def claims(world: World, batch: str, people: list[Person], clients: list[httpx.Client]) -> list[httpx.Response]:
    """All at once, spread over the connections and so over the processes."""

    def one(at: int) -> httpx.Response:
        return world.claim(batch, people[at], client=clients[at % len(clients)], body={"device": people[at].device})

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(one, range(len(people))))


def codes(replies: list[httpx.Response]) -> set[str]:
    return {"issued" if reply.status_code == 201 else str(reply.json()["code"]) for reply in replies}


@pytest.fixture
def clients(platform: Platform) -> Any:
    with ExitStack() as stack:
        yield [stack.enter_context(platform.fresh_client()) for _ in range(16)]


def test_two_hundred_on_one_device_are_frozen_within_a_second_and_free_everywhere_when_a_person_says_so(
    platform: Platform, world: World, clients: list[httpx.Client]
) -> None:
    device = f"farm-{time.time_ns()}"
    people = people_on_one_device(world, device, BOTS + 40)
    batch = world.one_batch(quota=10_000)
    crowd, late, after = people[:BOTS], people[BOTS : BOTS + 20], people[BOTS + 20 :]
    claims(world, batch, crowd, clients)
    ended = time.monotonic()
    alert = alert_about(world, "device", rule="claim_device_fan_out")
    while codes(claims(world, batch, late[:16], clients)) - {"guarded"}:
        assert time.monotonic() - ended < 1.0, "one process still lets them in"
    issued = platform.sql.one("SELECT count(*) FROM voucher WHERE batch_id = $1", batch)
    assert codes(claims(world, batch, late, clients)) == {"guarded"}
    assert platform.sql.one("SELECT count(*) FROM voucher WHERE batch_id = $1", batch) == issued
    shown = Alert.model_validate(platform.do(routes.GET_ALERT, platform.staff["auditor"], alert_id=alert["id"]))
    assert (shown.action, shown.state, len(shown.subject.id)) == ("block", "open", 16)
    assert device not in shown.model_dump_json()
    world.as_operator(routes.RELEASE_ALERT, body=WHY, alert_id=alert["id"])
    time.sleep(0.3)  # several polls; the contract allows a second
    assert codes(claims(world, batch, after, clients)) <= {"issued", "overloaded"}
    entry = platform.sql.rows("SELECT principal, detail FROM audit_entry WHERE object_id = $1", alert["id"])
    assert len(entry) == 1
    assert WHY["reason"] in entry[0]["detail"]


def test_an_alert_is_confirmed_then_released_then_final(platform: Platform, world: World) -> None:
    alert_id = an_alert(world)
    confirmed = world.as_maker(routes.CONFIRM_ALERT, body=WHY, alert_id=alert_id)
    assert (confirmed["state"], confirmed["decided_by"], confirmed["decision_reason"]) == (
        "confirmed", "bureau1", WHY["reason"],
    )  # fmt: skip
    again = platform.send(routes.CONFIRM_ALERT, platform.staff["maker"], body=WHY, alert_id=alert_id)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert world.as_operator(routes.RELEASE_ALERT, body=WHY, alert_id=alert_id)["state"] == "released"
    for route in (routes.RELEASE_ALERT, routes.CONFIRM_ALERT):
        refused = platform.send(route, platform.staff["operator"], body=WHY, alert_id=alert_id)
        assert refused.json()["code"] == "wrong_state"
    assert alert_id not in {one["id"] for one in alerts(world, state="open")}
    assert alert_id in {one["id"] for one in alerts(world, state="released")}


def test_alerts_are_listed_page_by_page_each_once(platform: Platform, world: World) -> None:
    made = {an_alert(world) for _ in range(3)}
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = platform.do(routes.LIST_ALERTS, platform.staff["auditor"], query=query)
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": 2, "cursor": page["next_cursor"]}
    assert made <= set(seen)
    assert seen == sorted(set(seen))


def test_a_state_that_is_none_is_refused(platform: Platform) -> None:
    reply = platform.send(routes.LIST_ALERTS, platform.staff["maker"], query={"state": "asleep"})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


def test_the_rules_are_shown_with_their_figures(platform: Platform) -> None:
    shown = RiskRules.model_validate(platform.do(routes.LIST_RISK_RULES, platform.staff["auditor"]))
    assert {one.action for one in shown.items} == {"block", "flag", "off"}
    assert next(one.figures for one in shown.items if one.name == "claim_device_fan_out") == {
        "persons": 30, "window_seconds": 3_600,
    }  # fmt: skip
