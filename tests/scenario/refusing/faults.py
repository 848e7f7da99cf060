"""Refusals that only a real fault brings about: a store killed, a process halted, a row damaged."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx

from tests.scenario.platform import Platform
from tests.scenario.refusing.table import tells
from tests.scenario.world import World, roster_csv, some_rows
from voucher_contract import refusals as r
from voucher_contract import routes

_SECONDS = 20.0


@contextmanager
def killed(platform: Platform, name: str) -> Iterator[None]:
    """One service is dead, and its supervisor is halted so that it stays dead."""
    os.kill(platform.process.pid, signal.SIGSTOP)
    try:
        platform.process.kill(name)
        yield
    finally:
        os.kill(platform.process.pid, signal.SIGCONT)


@contextmanager
def halted(platform: Platform, name: str) -> Iterator[None]:
    """One process stands still."""
    platform.process.kill(name, signal.SIGSTOP)
    try:
        yield
    finally:
        platform.process.kill(name, signal.SIGCONT)


def until(done: Callable[[], bool]) -> None:
    """Wait for something that must come about by itself."""
    deadline = time.monotonic() + _SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


@tells(r.REBUILDING)
def a_claim_while_valkey_is_dead(world: World) -> httpx.Response:
    batch, person = world.one_batch(), world.person()
    with killed(world.platform, "valkey"):
        # The first to meet the dead store may not know whether it was heard; it is told "pending" or "overloaded".
        replies = [world.claim(batch, person) for _ in range(3)]
    until(lambda: world.claim(batch, person).status_code in {201, 409})
    return replies[-1]


@tells(r.OVERLOADED)
def a_look_while_postgres_is_dead(world: World) -> httpx.Response:
    platform = world.platform
    with killed(platform, "postgres"):
        reply = platform.send(routes.LIST_CAMPAIGNS, platform.staff["maker"])
    until(lambda: platform.send(routes.LIST_CAMPAIGNS, platform.staff["maker"]).status_code == 200)
    until(lambda: bool(platform.send(routes.HEALTH).json()["claims_ready"]))
    return reply


@tells(r.CLOCK_NOT_TAKEN)
def a_clock_that_one_process_has_not_taken(world: World) -> httpx.Response:
    platform = world.platform
    wanted = {"now": (platform.now() + timedelta(minutes=1)).isoformat()}
    with halted(platform, "worker"):
        return platform.send(routes.SET_CLOCK, platform.staff["operator"], body=wanted)


@tells(r.INTERNAL)
def a_damaged_row(world: World) -> httpx.Response:
    """The owner of the database overwrites what an import kept of its file: no request could do that."""
    operator = world.platform.staff["operator"]
    made = world.platform.do(
        routes.IMPORT_MERCHANTS, operator, content=roster_csv(some_rows(2)), media_type=routes.CSV
    )["id"]
    world.platform.sql.rows("UPDATE merchant_import SET cells = '[]' WHERE id = $1", made)
    return world.platform.send(routes.GET_IMPORT_FILE, operator, import_id=made)
