"""Probes of claims: stock, limits, windows, people, codes."""

import time
from datetime import timedelta
from functools import partial

from tests.vendor_probes.table import probe
from tests.vendor_probes.wire import code_of, new_key
from tests.vendor_probes.world import REASON, World
from voucher_contract import routes

_ROUNDS = 3  # a race is won by chance: a busy machine may let one round pass


@probe("oversell-check-then-insert")
def sells_more_than_the_quota(world: World) -> bool:
    return any(_issued_of_three(world) > 3 for _ in range(_ROUNDS))


def _issued_of_three(world: World) -> int:
    batch = world.batch(quota=3)
    people = world.people(24)
    replies = world.at_once(
        [partial(lambda who, client: world.claim(who, batch, client=client), who) for who in people]
    )
    return sum(reply.status_code == 201 for reply in replies)


@probe("limit-race-per-person")
def gives_one_person_two_at_once(world: World) -> bool:
    return any(_given_to_one(world) > 1 for _ in range(_ROUNDS))


def _given_to_one(world: World) -> int:
    batch, person = world.batch(quota=100), world.person()
    replies = world.at_once([lambda client: world.claim(person, batch, client=client)] * 16)
    return sum(reply.status_code == 201 for reply in replies)


@probe("new-voucher-on-replay")
def gives_another_voucher_under_one_key(world: World) -> bool:
    batch, person, key = world.batch(per_person_limit=5), world.person(), new_key()
    return len({world.claim(person, batch, key=key).json()["id"] for _ in range(2)}) == 2


@probe("key-ignored-across-connections")
def gives_another_voucher_on_another_connection(world: World) -> bool:
    batch, person, key = world.batch(per_person_limit=5), world.person(), new_key()
    first = world.claim(person, batch, key=key)
    with world.fresh_client() as client:
        return bool(world.claim(person, batch, key=key, client=client).json()["id"] != first.json()["id"])


@probe("key-reused-accepted")
def takes_a_key_for_another_request(world: World) -> bool:
    batch, person, key = world.batch(per_person_limit=5), world.person(), new_key()
    world.claim(person, batch, key=key)
    return code_of(world.claim(person, batch, key=key, body={"device": person.device})) != "key_reused"


@probe("refusal-remembered")
def remembers_a_refusal(world: World) -> bool:
    batch, person, key = world.batch(), world.person(), new_key()
    world.do(routes.PAUSE_BATCH, world.operator, body=REASON, batch_id=batch["id"])
    assert code_of(world.claim(person, batch, key=key)) == "paused"
    world.do(routes.RESUME_BATCH, world.operator, body=REASON, batch_id=batch["id"])
    return world.claim(person, batch, key=key).status_code != 201


@probe("opens-early")
def opens_early(world: World) -> bool:
    batch = world.batch(claim_opens_at=world.now() + timedelta(hours=1))
    person = world.person()
    assert code_of(world.claim(person, batch)) == "not_open"
    world.advance(minutes=59, seconds=57)
    return world.claim(person, batch).status_code == 201


@probe("closes-late")
def closes_late(world: World) -> bool:
    batch = world.batch(claim_closes_at=world.now() + timedelta(hours=1))
    world.advance(hours=1, seconds=1)
    return code_of(world.claim(world.person(), batch)) != "closed"


@probe("premature-sold-out-shards")
def says_sold_out_with_stock_left(world: World) -> bool:
    batch = world.batch(quota=12)
    for person in world.people(12):
        if code_of(world.claim(person, batch)) == "sold_out":
            return bool(world.shown(batch)["issued"] < 12)
    return False


@probe("sold-out-then-one-more")
def gives_one_more_after_sold_out(world: World) -> bool:
    batch = world.batch(quota=2)
    first, second, third, fourth = world.people(4)
    replies = [world.claim(person, batch) for person in (first, second, third)]
    assert code_of(replies[-1]) == "sold_out"
    time.sleep(0.4)
    return world.claim(fourth, batch).status_code == 201


@probe("lost-after-restart")
def loses_what_it_acknowledged(world: World) -> bool:
    batch = world.batch()
    person = world.person()
    voucher = world.voucher(batch, person)
    world.restart()
    return world.send(routes.GET_VOUCHER, person.token, voucher_id=voucher["id"]).status_code == 404


@probe("error-after-commit")
def fails_after_the_fact(world: World) -> bool:
    batch, keys = world.batch(quota=20), [new_key() for _ in range(6)]
    people = world.people(6)
    failed = [
        (person, key) for person, key in zip(people, keys, strict=True)
        if world.claim(person, batch, key=key).status_code == 500
    ]  # fmt: skip
    return bool(failed) and all(world.claim(who, batch, key=key).status_code == 201 for who, key in failed)


@probe("natural-person-by-account")
def counts_accounts(world: World) -> bool:
    batch, shared = world.batch(), f"6217{int(time.time() * 1000):015d}"
    first, second = world.people(2, card=shared)
    assert first.person == second.person
    return [world.claim(one, batch).status_code for one in (first, second)] == [201, 201]


@probe("limit-per-worker")
def counts_by_worker(world: World) -> bool:
    batch, person = world.batch(), world.person()
    won = 0
    for _ in range(4):
        with world.fresh_client() as client:
            won += world.claim(person, batch, client=client).status_code == 201
    return won > 1


@probe("limit-after-void")
def counts_a_void_voucher(world: World) -> bool:
    batch, person = world.batch(), world.person()
    world.do(routes.VOID_VOUCHER, world.maker, body=REASON, voucher_id=world.voucher(batch, person)["id"])
    return code_of(world.claim(person, batch)) == "limit_reached"


@probe("void-keeps-stock")
def keeps_the_stock_of_a_void_voucher(world: World) -> bool:
    batch = world.batch(quota=1)
    world.do(routes.VOID_VOUCHER, world.maker, body=REASON, voucher_id=world.voucher(batch)["id"])
    time.sleep(0.2)
    replies = [world.claim(one, batch) for one in world.people(3)]
    time.sleep(0 if replies[0].status_code == 201 else 6.5)
    return all(code_of(reply) == "sold_out" for reply in [*replies, world.claim(world.person(), batch)])


@probe("reopen-too-late")
def shows_returned_stock_late(world: World) -> bool:
    batch = world.batch(quota=1)
    world.do(routes.VOID_VOUCHER, world.maker, body=REASON, voucher_id=world.voucher(batch)["id"])
    time.sleep(1.1)
    return code_of(world.claim(world.person(), batch)) == "sold_out"


@probe("paused-still-issues")
def issues_while_paused(world: World) -> bool:
    batch = world.batch()
    world.do(routes.PAUSE_BATCH, world.operator, body=REASON, batch_id=batch["id"])
    return world.claim(world.person(), batch).status_code == 201


@probe("stop-is-not-final")
def resumes_after_a_stop(world: World) -> bool:
    batch = world.batch()
    world.do(routes.STOP_BATCH, world.operator, body=REASON, batch_id=batch["id"])
    reply = world.send(routes.RESUME_BATCH, world.operator, body=REASON, batch_id=batch["id"])
    return code_of(reply) != "wrong_state"


@probe("residents-ignored")
def gives_to_everybody(world: World) -> bool:
    batch = world.batch(resident_districts=["510681101"])
    return code_of(world.claim(world.person(), batch)) != "not_eligible"


@probe("device-mismatch-ignored")
def takes_any_device(world: World) -> bool:
    return code_of(world.claim(world.person(), world.batch(), body={"device": "another"})) != "device_mismatch"


@probe("rate-limit-missing")
def limits_no_rate(world: World) -> bool:
    batch = world.batch(per_person_limit=9, rate_limits={"person": {"permits": 2, "window_ms": 60_000}})
    person = world.person()
    return [code_of(world.claim(person, batch)) for _ in range(3)][-1] != "rate_limited"


@probe("code-guessable")
def makes_guessable_codes(world: World) -> bool:
    batch = world.batch()
    codes = [world.voucher(batch)["code"] for _ in range(3)]
    return all(code.isdecimal() for code in codes) and int(codes[2]) - int(codes[0]) == 2


@probe("code-shared")
def shares_a_code(world: World) -> bool:
    batch = world.batch()
    return len({world.voucher(batch)["code"] for _ in range(4)}) < 4


@probe("others-vouchers-readable")
def shows_vouchers_of_others(world: World) -> bool:
    voucher = world.voucher(world.batch())
    return world.send(routes.GET_VOUCHER, world.person().token, voucher_id=voucher["id"]).status_code == 200


@probe("remaining-implausible")
def tells_a_wrong_number(world: World) -> bool:
    batch = world.batch()
    world.voucher(batch)
    return bool(world.shown(batch)["remaining"] != 9)


@probe("geofence-open-without-position")
def lets_in_who_says_nothing(world: World) -> bool:
    batch = world.batch(claim_area={"latitude": 30.98, "longitude": 104.28, "radius_m": 500})
    near, far = ({"position": {"latitude": 30.98 + off, "longitude": 104.28}} for off in (0.004, 0.006))
    assert code_of(world.claim(world.person(), batch, body=far)) == "outside_area"
    assert world.claim(world.person(), batch, body=near).status_code == 201
    return code_of(world.claim(world.person(), batch)) != "position_missing"


@probe("refuses-everything")
def refuses_everything(world: World) -> bool:
    return world.claim(world.person(), world.batch()).status_code != 201


@probe("repeat-under-way-conflicts")
def refuses_a_repetition_under_way(world: World) -> bool:
    return any(_conflict(world) for _ in range(_ROUNDS))


def _conflict(world: World) -> bool:
    batch, person, key = world.batch(), world.person(), new_key()
    world.undocumented.add("wrong_state")
    replies = world.at_once([lambda client: world.claim(person, batch, key=key, client=client)] * 12)
    return any(reply.status_code == 409 for reply in replies)


@probe("refusal-takes-stock")
def loses_stock_to_refusals(world: World) -> bool:
    batch, person = world.batch(quota=2), world.person()
    assert [code_of(world.claim(person, batch)) for _ in range(2)] == ["", "limit_reached"]
    return world.claim(world.person(), batch).status_code != 201
