"""Risk alerts of a platform with the default rules, for tests that need one."""

import time
from typing import Any

from tests.scenario.world import World
from voucher_contract import routes

_PATIENCE_S = 10.0
_NOWHERE = {"latitude": 0.0, "longitude": 0.0}


def alerts(world: World, **narrowed: str) -> list[dict[str, Any]]:
    """Every alert, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200, **narrowed}
    while True:
        page = world.as_operator(routes.LIST_ALERTS, query=query)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query = {**query, "cursor": page["next_cursor"]}


def alert_about(world: World, subject: str, *, rule: str) -> dict[str, Any]:
    """The open alert of a rule about a subject, once it is there; ``subject`` may be a kind instead of an id."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        for one in alerts(world, state="open"):
            if one["rule"] == rule and subject in one["subject"].values():
                return one
        assert time.monotonic() < deadline, f"{rule} finds nothing about {subject}"
        time.sleep(0.05)


def an_alert(world: World) -> str:
    """The id of an open alert, that only flags, about somebody new: one who claims from where nobody can be."""
    person = world.person()
    batch = world.shared("claims", lambda: world.one_batch(per_person_limit=5))
    reply = world.claim(batch, person, body={"position": _NOWHERE})
    assert reply.status_code == 201, reply.text
    return str(alert_about(world, person.person_id, rule="claim_position_impossible")["id"])
