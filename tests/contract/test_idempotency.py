"""One key, one effect: on every keyed route, under repetition, reuse, contention and after a refusal."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.scenario.alerts import an_alert
from tests.scenario.platform import new_key
from tests.scenario.sql import fingerprint
from tests.scenario.world import World, roster_csv, some_rows
from voucher_contract import routes
from voucher_contract.routes import ROUTES, Route

REASON = {"reason": "理由"}
OTHER_REASON = {"reason": "另一个理由"}
CAMPAIGN = {"name": "活动", "paying_account": "P-1", "designated_account": "P-1"}


@dataclass(frozen=True)
class Case:
    """A request that can succeed, whoever sends it, and another body for the same address (``None``: no body)."""

    token: str
    asked: dict[str, Any]
    other: dict[str, Any] | None = None
    path: dict[str, str] = field(default_factory=dict)


Make = Callable[[World], Case]
CASES: dict[str, Make] = {}


def case(route: Route) -> Callable[[Make], Make]:
    def enter(make: Make) -> Make:
        CASES[route.name] = make
        return make

    return enter


def _maker(world: World, body: Any = None, other: Any = None, **path: str) -> Case:
    asked = {} if body is None else {"body": body}
    return Case(world.platform.staff["maker"], asked, None if other is None else {"body": other}, path)


def _spent_campaign(world: World, *, refund: bool = False) -> tuple[str, str]:
    """A closed campaign; with ``refund``, one whose first shop owes it 30.00 for a refund after settlement."""
    campaign = world.new_campaign(deposit_fen=9_000)
    batch, = world.published({"quota": 1, "claim_closes_at": 60, "valid_until": 90}, campaign=campaign)  # fmt: skip
    made = world.redemption(batch)
    world.as_maker(routes.SETTLE, campaign_id=campaign)
    if refund:
        world.platform.do(
            routes.REFUND, world.shops[0].token, body={"amount_fen": made["payable_fen"]}, redemption_id=made["id"]
        )
        return campaign, made["id"]
    world.platform.advance(minutes=2)
    return campaign, made["id"]


def _closed_campaign(world: World) -> str:
    campaign = world.new_campaign(deposit_fen=3_000)
    world.as_maker(routes.CLOSE_CAMPAIGN, campaign_id=campaign)
    return campaign


def _return(world: World) -> str:
    made = world.as_maker(routes.RETURN_FUNDS, body={}, campaign_id=_closed_campaign(world))
    return str(made["id"])


def _approved(world: World) -> str:
    made, _ = world.submitted({})
    world.as_checker(routes.APPROVE_ROUND, round_id=made)
    return made


def _checker(world: World, body: Any = None, other: Any = None, **path: str) -> Case:
    made = _maker(world, body, other, **path)
    return Case(world.platform.staff["checker"], made.asked, made.other, made.path)


def _deposit(amount_fen: int) -> dict[str, Any]:
    return {"amount_fen": amount_fen, "bank_reference": f"BANK-{new_key()}"}


CASES[routes.CREATE_CAMPAIGN.name] = lambda w: _maker(w, CAMPAIGN, {**CAMPAIGN, "name": "别的"})
CASES[routes.DEPOSIT.name] = lambda w: _maker(w, _deposit(1), _deposit(2), campaign_id=w.campaign)
CASES[routes.CREATE_ROUND.name] = lambda w: _maker(w, {"name": "一"}, {"name": "二"}, campaign_id=w.campaign)
CASES[routes.CREATE_BATCH.name] = lambda w: _maker(w, w.batch_spec(), w.batch_spec(quota=7), round_id=w.draft()[0])
CASES[routes.CHANGE_BATCH.name] = lambda w: _maker(
    w, w.batch_spec(quota=5), w.batch_spec(quota=7), batch_id=w.draft({})[1][0]
)
CASES[routes.REMOVE_BATCH.name] = lambda w: _maker(w, batch_id=w.draft({})[1][0])
CASES[routes.SUBMIT_ROUND.name] = lambda w: _maker(w, round_id=w.draft({})[0])
CASES[routes.APPROVE_ROUND.name] = lambda w: _checker(w, round_id=w.submitted({})[0])
CASES[routes.REJECT_ROUND.name] = lambda w: _checker(w, REASON, OTHER_REASON, round_id=w.submitted({})[0])
CASES[routes.PUBLISH_ROUND.name] = lambda w: _maker(w, round_id=_approved(w))
CASES[routes.PAUSE_BATCH.name] = lambda w: _maker(w, REASON, OTHER_REASON, batch_id=w.one_batch())
CASES[routes.STOP_BATCH.name] = lambda w: _maker(w, REASON, OTHER_REASON, batch_id=w.one_batch())
CASES[routes.RAISE_QUOTA.name] = lambda w: _maker(w, {"quota": 2_000}, {"quota": 3_000}, batch_id=w.one_batch())
CASES[routes.SETTLE.name] = lambda w: _maker(w, campaign_id=w.new_campaign())
CASES[routes.CLOSE_CAMPAIGN.name] = lambda w: _maker(w, campaign_id=w.new_campaign())
CASES[routes.RETURN_FUNDS.name] = lambda w: _maker(
    w, {}, {"confirm_designated_account": True}, campaign_id=_closed_campaign(w)
)
CASES[routes.CONFIRM_RETURN.name] = lambda w: _maker(
    w, {"bank_reference": new_key()}, {"bank_reference": new_key()}, return_id=_return(w)
)


@case(routes.RESUME_BATCH)
def _resume(world: World) -> Case:
    batch = world.one_batch()
    world.as_maker(routes.PAUSE_BATCH, body=REASON, batch_id=batch)
    return _maker(world, REASON, OTHER_REASON, batch_id=batch)


@case(routes.REPAY)
def _repay(world: World) -> Case:
    campaign, _ = _spent_campaign(world, refund=True)
    body = {"merchant_id": world.shops[0].id, "amount_fen": 100, "bank_reference": new_key()}
    return _maker(world, body, {**body, "amount_fen": 200}, campaign_id=campaign)


@case(routes.IMPORT_MERCHANTS)
def _import(world: World) -> Case:
    files = [roster_csv(some_rows(count, seed=count)) for count in (2, 3)]
    asked, other = ({"content": one, "media_type": routes.CSV, "query": {"dry_run": "true"}} for one in files)
    return Case(world.platform.staff["operator"], asked, other)


@case(routes.SUSPEND_MERCHANTS)
def _suspend(world: World) -> Case:
    body = {"merchant_id": world.shops[-1].id, **REASON}
    return _maker(world, body, {**body, **OTHER_REASON})


CASES[routes.REINSTATE_MERCHANTS.name] = _suspend


@case(routes.CLAIM)
def _claim(world: World) -> Case:
    batch = world.shared("claims", lambda: world.one_batch(per_person_limit=5))
    person = world.person()
    return Case(person.token, {"body": {}}, {"body": {"device": person.device}}, {"batch_id": batch})


def _voucher_act(world: World, *, frozen: bool = False) -> Case:
    voucher = world.voucher(world.shared("claims", lambda: world.one_batch(per_person_limit=5)))["id"]
    if frozen:
        world.as_maker(routes.FREEZE_VOUCHER, body=REASON, voucher_id=voucher)
    return _maker(world, REASON, OTHER_REASON, voucher_id=voucher)


CASES[routes.FREEZE_VOUCHER.name] = _voucher_act
CASES[routes.VOID_VOUCHER.name] = _voucher_act
CASES[routes.RELEASE_VOUCHER.name] = lambda w: _voucher_act(w, frozen=True)


@case(routes.REDEEM)
def _redeem(world: World) -> Case:
    shop = world.shops[0]
    body = world.order(shop, world.voucher(world.shared("spent", world.one_batch))["code"])
    return Case(shop.token, {"body": body}, {"body": {**body, "order_total_fen": 13_000}})


@case(routes.REFUND)
def _refund(world: World) -> Case:
    made = world.redemption(world.shared("spent", world.one_batch))["id"]
    return Case(world.shops[0].token, {"body": {"amount_fen": 5}}, {"body": {"amount_fen": 6}}, {"redemption_id": made})


def _alert(world: World) -> Case:
    return Case(
        world.platform.staff["operator"], {"body": REASON}, {"body": OTHER_REASON}, {"alert_id": an_alert(world)}
    )


CASES[routes.RELEASE_ALERT.name] = _alert
CASES[routes.CONFIRM_ALERT.name] = _alert


def send(world: World, name: str, made: Case, key: Any, *, other: bool = False, **more: Any) -> httpx.Response:
    asked = (made.other or {}) if other else made.asked
    names: dict[str, Any] = {**asked, **made.path, **more}
    return world.platform.send(ROUTES[name], made.token, key=key, **names)


KEYED = sorted(route.name for route in ROUTES.values() if route.keyed)


@pytest.fixture(scope="module")
def clients(world: World) -> Iterator[list[httpx.Client]]:
    """Eight clients with a connection each, spread over both API processes by the kernel."""
    with ExitStack() as stack:
        yield [stack.enter_context(world.platform.fresh_client()) for _ in range(8)]


def test_every_keyed_route_has_a_case() -> None:
    assert sorted(CASES) == KEYED, "write a case for the new keyed route"


@pytest.mark.parametrize("name", KEYED)
def test_eight_at_once_and_one_later_are_one_effect(world: World, clients: list[httpx.Client], name: str) -> None:
    made, key = CASES[name](world), new_key()
    world.platform.wait_taken()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda client: send(world, name, made, key, client=client), clients))
    assert {reply.status_code for reply in replies} == {ROUTES[name].status}, replies[0].text
    after_the_race = fingerprint(world.platform.sql)
    replies.append(send(world, name, made, key))
    assert len({reply.content for reply in replies}) == 1
    replayed = [reply.headers.get("idempotent-replayed") for reply in replies]
    assert sorted(replayed, key=str) == [None, *["true"] * 8]
    assert changed(after_the_race, fingerprint(world.platform.sql)) <= STATISTICS


@pytest.mark.parametrize("name", KEYED)
def test_a_key_is_asked_for_and_bound_to_its_request(world: World, name: str) -> None:
    made, key = CASES[name](world), new_key()
    world.platform.wait_taken()
    for wrong, code in ((None, "missing_key"), ("short", "invalid_key"), ("x" * 65, "invalid_key"),
                        ("sixteen letters!", "invalid_key")):  # fmt: skip
        reply = send(world, name, made, wrong)
        assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert send(world, name, made, key).status_code == ROUTES[name].status
    if made.other is not None:
        before = fingerprint(world.platform.sql)
        reply = send(world, name, made, key, other=True)
        assert (reply.status_code, reply.json()["code"]) == (422, "key_reused")
        assert changed(before, fingerprint(world.platform.sql)) <= STATISTICS


# Attempts to claim are counted in the background, whatever comes of them.
STATISTICS = {"claim_attempt_count", "claim_seeker", "risk_sighting"}


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> set[str]:
    """Tables that differ."""
    return {name for name, state in after.items() if before[name] != state}


def test_the_same_key_of_another_principal_is_another_operation(world: World) -> None:
    key = new_key()
    replies = [
        world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff[who], body=CAMPAIGN, key=key)
        for who in ("maker", "checker")
    ]
    assert [reply.headers.get("idempotent-replayed") for reply in replies] == [None, None]
    assert replies[0].json()["id"] != replies[1].json()["id"]


def test_the_same_key_of_another_person_is_another_claim(world: World) -> None:
    batch, key = world.shared("claims", lambda: world.one_batch(per_person_limit=5)), new_key()
    replies = [world.claim(batch, person, key=key) for person in world.people(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json()["id"] != replies[1].json()["id"]


def test_the_same_key_for_another_batch_is_reused(world: World) -> None:
    person, key = world.person(), new_key()
    first, second = world.published({}, {})
    assert world.claim(first, person, key=key).status_code == 201
    assert world.claim(second, person, key=key).json()["code"] == "key_reused"


def test_a_refusal_is_not_stored_so_the_same_request_succeeds_once_its_cause_is_gone(world: World) -> None:
    key, claim_key, person = new_key(), new_key(), world.person()
    made, (batch,) = world.draft({})
    maker = world.platform.staff["maker"]
    refused = world.platform.send(routes.PUBLISH_ROUND, maker, key=key, round_id=made)
    assert refused.json()["code"] == "wrong_state"
    assert world.claim(batch, person, key=claim_key).json()["code"] == "unknown_batch"
    world.as_maker(routes.SUBMIT_ROUND, round_id=made)
    world.as_checker(routes.APPROVE_ROUND, round_id=made)
    done = world.platform.send(routes.PUBLISH_ROUND, maker, key=key, round_id=made)
    assert (done.status_code, done.headers.get("idempotent-replayed")) == (200, None)
    world.platform.wait_taken()
    assert world.claim(batch, person, key=claim_key).status_code == 201
