"""Refusals of claims."""

from datetime import timedelta

import httpx

from tests.scenario.refusing.table import tells
from tests.scenario.world import World
from voucher_contract import refusals as r
from voucher_contract import routes

CITY_CENTRE = {"latitude": 30.98, "longitude": 104.28, "radius_m": 5_000}


@tells(r.UNKNOWN_BATCH)
def a_batch_that_is_not_there(world: World) -> httpx.Response:
    return world.claim("bat_nothing", world.person())


@tells(r.NOT_OPEN)
def before_the_opening(world: World) -> httpx.Response:
    return world.claim(world.one_batch(claim_opens_at=86_400 * 30), world.person())


@tells(r.PAUSED)
def while_claiming_is_paused(world: World) -> httpx.Response:
    batch = world.one_batch()
    world.as_operator(routes.PAUSE_BATCH, body={"reason": "检查"}, batch_id=batch)
    world.platform.wait_taken()
    return world.claim(batch, world.person())


@tells(r.CLOSED)
def after_an_emergency_stop(world: World) -> httpx.Response:
    batch = world.one_batch()
    world.as_operator(routes.STOP_BATCH, body={"reason": "异常"}, batch_id=batch)
    world.platform.wait_taken()
    return world.claim(batch, world.person())


@tells(r.DEVICE_MISMATCH)
def from_another_device(world: World) -> httpx.Response:
    batch, person = world.one_batch(), world.person()
    return world.platform.send(routes.CLAIM, person.token, body={"device": "someone-elses"}, batch_id=batch)


@tells(r.POSITION_MISSING)
def a_fenced_batch_and_a_phone_that_does_not_say_where_it_is(world: World) -> httpx.Response:
    return world.claim(world.one_batch(claim_area=CITY_CENTRE), world.person())


@tells(r.OUTSIDE_AREA)
def a_fenced_batch_and_a_phone_somewhere_else(world: World) -> httpx.Response:
    elsewhere = {"position": {"latitude": 30.657, "longitude": 104.066}}  # Chengdu, some forty kilometres away
    return world.claim(world.one_batch(claim_area=CITY_CENTRE), world.person(), body=elsewhere)


@tells(r.NOT_ELIGIBLE)
def from_another_district(world: World) -> httpx.Response:
    return world.claim(world.one_batch(resident_districts=["510681117"]), world.person())


@tells(r.RATE_LIMITED)
def again_within_a_minute(world: World) -> httpx.Response:
    batch = world.one_batch(rate_limits={"person": {"permits": 1, "window_ms": 60_000}}, per_person_limit=5)
    person = world.person()
    world.voucher(batch, person)
    return world.claim(batch, person)


@tells(r.LIMIT_REACHED)
def a_second_voucher_where_one_is_allowed(world: World) -> httpx.Response:
    batch, person = world.one_batch(), world.person()
    held = world.voucher(batch, person)["id"]
    reply = world.claim(batch, person)
    assert reply.json()["voucher_ids"] == [held]
    return reply


@tells(r.SOLD_OUT)
def when_all_are_taken(world: World) -> httpx.Response:
    batch = world.one_batch(quota=1)
    world.voucher(batch)
    return world.claim(batch, world.person())


@tells(r.CLOCK_BACKWARD)
def the_clock_back_an_hour(world: World) -> httpx.Response:
    now = world.platform.now()
    return world.platform.send(
        routes.SET_CLOCK, world.platform.staff["operator"], body={"now": (now - timedelta(hours=1)).isoformat()}
    )
