"""Every part is killed at the peak, three times, and nothing that was acknowledged is lost."""

import os
import random
import time
from collections import Counter

import pytest
import redis

from tests.scenario.crowd_process import CrowdRun, start_crowd
from tests.scenario.money import check_money
from tests.scenario.platform import new_key
from tests.scenario.world import World
from voucher_contract import routes

PEOPLE, QUOTA, KILLS = 1_200, 800, 3
PARTS = ("api-0", "worker", "valkey", "postgres", "FLUSHALL")
ALLOWED = {"0", "201", "202", "409 sold_out", "409 limit_reached", "503 overloaded", "503 rebuilding"}
SEED = int(os.environ.get("VOUCHERLAB_TEST_SEED", "20260101"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def strike(world: World, part: str) -> None:
    """SIGKILL for a process, FLUSHALL for the hot store; returns when the supervisor has a new process."""
    process = world.platform.process
    if part == "FLUSHALL":
        with redis.Redis.from_url(world.platform.ready.redis_url) as client:
            client.flushall()
        return
    old_pid = process.kill(part)
    process.wait_restarted(part, old_pid)


def wait_until(world: World, batch: str, issued: int, run: CrowdRun) -> None:
    """Return once so many vouchers are committed, or the crowd has come to its end."""
    until = time.monotonic() + 60
    while world.platform.sql.one("SELECT issued FROM batch_stock WHERE batch_id = $1", batch) < issued:
        assert time.monotonic() < until, "claims do not resume by themselves"
        if run.is_over():
            return
        time.sleep(0.02)


def wait_for_an_empty_journal(world: World) -> None:
    """The janitor brings what the dead left behind into SQL; then every journal is empty."""
    with redis.Redis.from_url(world.platform.ready.redis_url) as client:
        until = time.monotonic() + 30
        while any(client.xlen(name) for name in client.scan_iter("vl:*:journal")):
            assert time.monotonic() < until, "the journal does not drain"
            time.sleep(0.1)


@pytest.mark.parametrize("part", PARTS)
def test_a_death_at_the_peak_loses_nothing_that_was_acknowledged(race_world: World, part: str) -> None:
    random_moments = random.Random(f"{SEED}:{part}")
    batch = race_world.one_batch(quota=QUOTA, per_person_limit=1)
    people = race_world.people(PEOPLE)
    path = f"/v1/batches/{batch}/claims"
    asked = [{"path": path, "token": person.token, "key": new_key(), "body": {}} for person in people]
    moments = sorted(random_moments.sample(range(20, QUOTA - 100), KILLS))
    print(f"seed {SEED}: {part} dies when {moments} vouchers are committed")
    run = start_crowd(race_world.platform.ready.base_url, asked, connections=48, retries=200)
    strikes = 0
    for moment in moments:
        wait_until(race_world, batch, moment, run)
        strikes += not run.is_over()
        strike(race_world, part)
    fates, met = run.outcomes()

    assert strikes == KILLS, "every death must meet a crowd that is still claiming"
    assert set(met) <= ALLOWED, met
    assert {fate.status for fate in fates} <= {201, 409}, "every retry ended in a definite answer"
    wait_for_an_empty_journal(race_world)
    stored = {row[0] for row in race_world.platform.sql.rows("SELECT id FROM voucher WHERE batch_id = $1", batch)}
    acknowledged = Counter(fate.id for fate in fates if fate.status == 201)
    assert acknowledged.keys() <= stored, "an acknowledged voucher is missing"
    assert set(acknowledged.values()) == {1}, "one voucher was given to two requests"
    assert len(stored) == QUOTA
    assert race_world.platform.sql.rows(_MORE_THAN_ONE, batch) == []
    check_money(race_world)
    again = race_world.claim(batch, people[0])
    assert again.json()["code"] in {"limit_reached", "sold_out"}, "claims are judged again"
    assert race_world.platform.do(routes.HEALTH, "")["claims_ready"] is True


_MORE_THAN_ONE = "SELECT person_id FROM voucher WHERE batch_id = $1 GROUP BY person_id HAVING count(*) > 1"
