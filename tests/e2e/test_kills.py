"""Everything is killed three times in the middle of a rush; nothing acknowledged is missing, nothing is oversold."""

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.scenario.crowd_process import CrowdRun, Fate, start_crowd
from tests.scenario.money import check_money
from tests.scenario.platform import Platform, new_key, start_platform, stop_platform
from tests.scenario.world import Person, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
PEOPLE, QUOTA, KILLS = 6_000, 5_000, 3
SEED = int(os.environ.get("KILL_SEED", random.randrange(10**6)))
_DRAINED_SECONDS = 30.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A platform of its own; its Valkey writes its journal through (``always``), as an installation would."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-kills-"))
    platform = start_platform(folder, "--appendfsync", "always")
    yield World(platform)
    stop_platform(platform)
    shutil.rmtree(folder)


def kill(platform: Platform, name: str) -> None:
    """SIGKILL, once the service is up again from the kill before: until then its pid is 0 or a dead one's."""
    deadline = time.monotonic() + 30
    while True:
        pid = platform.process.pid_of(name)
        try:
            if pid:
                os.kill(pid, signal.SIGKILL)
                return
        except ProcessLookupError:
            pass
        assert time.monotonic() < deadline, f"{name} does not come back"
        time.sleep(0.02)


def flush(platform: Platform) -> None:
    with redis.Redis.from_url(platform.ready.redis_url) as client:
        client.flushall()


def _killing(name: str) -> Callable[[Platform], None]:
    return lambda platform: kill(platform, name)


FAULTS: dict[str, Callable[[Platform], None]] = {
    "an API process": _killing("api-0"), "the worker": _killing("worker"), "Valkey": _killing("valkey"),
    "PostgreSQL": _killing("postgres"), "everything in Valkey": flush,
}  # fmt: skip


def rush(world: World, batch: str, people: list[Person]) -> tuple[CrowdRun, list[dict[str, Any]]]:
    path = f"/v1/batches/{batch}/claims"
    asked = [{"path": path, "token": person.token, "key": new_key(), "body": {}} for person in people]
    return start_crowd(world.platform.ready.base_url, asked, connections=32, retries=200), asked


def issued(world: World, batch: str) -> int:
    return int(world.platform.sql.one("SELECT count(*) FROM voucher WHERE batch_id = $1", batch))


def kill_thrice(world: World, batch: str, run: CrowdRun, fault: Callable[[Platform], None], rng: random.Random) -> None:
    """At three random shares of the quota, each while claims are coming in."""
    for share in sorted(rng.uniform(0.08, 0.75) for _ in range(KILLS)):
        while not run.is_over() and _issued_or_unknown(world, batch) < share * QUOTA:
            time.sleep(0.01)
        assert not run.is_over(), "the rush was over before the kill"
        fault(world.platform)


def _issued_or_unknown(world: World, batch: str) -> int:
    """While PostgreSQL is away nobody can count; the share is not reached then."""
    try:
        return issued(world, batch)
    except (OSError, Exception):  # noqa: BLE001 - every way in which a server can be away
        return -1


@pytest.mark.parametrize("victim", FAULTS)
def test_killing_it_three_times_loses_nothing(world: World, victim: str) -> None:
    print(f"KILL_SEED={SEED}")
    rng = random.Random(f"{SEED} {victim}")
    batch = world.one_batch(quota=QUOTA)
    people = world.people(PEOPLE)
    run, asked = rush(world, batch, people)
    try:
        kill_thrice(world, batch, run, FAULTS[victim], rng)
        fates, met = run.outcomes()
    finally:
        run.end()
    print(victim, met)
    assert {fate.status for fate in fates} <= {201, 409}, "claims go on by themselves"
    check_vouchers(world, batch, fates)
    check_journal_drained(world.platform)
    check_repeats(world, asked, fates)
    check_money(world)


def check_vouchers(world: World, batch: str, fates: list[Fate]) -> None:
    """Every voucher acknowledged is in SQL, none twice; exactly the quota is issued, one a person, numbers unique."""
    acknowledged = [fate.id for fate in fates if fate.status == 201]
    stored = world.platform.sql.rows("SELECT id, person_id, seq FROM voucher WHERE batch_id = $1", batch)
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) - {row["id"] for row in stored} == set(), "acknowledged, and not there"
    assert len(stored) == QUOTA == len(acknowledged)
    assert len({row["person_id"] for row in stored}) == len({row["seq"] for row in stored}) == QUOTA
    assert tuple(world.platform.sql.rows("SELECT issued, voided FROM batch_stock WHERE batch_id = $1", batch)[0]) == (
        QUOTA, 0,
    )  # fmt: skip


def check_journal_drained(platform: Platform) -> None:
    """The journal is empty again, without anybody asking."""
    deadline = time.monotonic() + _DRAINED_SECONDS
    with redis.Redis.from_url(platform.ready.redis_url) as client:
        while sum(client.xlen(name) for name in client.scan_iter("vl:*:journal")):
            assert time.monotonic() < deadline, "wins stay in the journal"
            time.sleep(0.1)


def check_repeats(world: World, asked: list[dict[str, Any]], fates: list[Fate]) -> None:
    """A hundred winners ask again under their keys and get the same reply."""
    won = [(one, fate) for one, fate in zip(asked, fates, strict=True) if fate.status == 201][:100]
    run = start_crowd(world.platform.ready.base_url, [one for one, _ in won], connections=8, retries=50)
    again, _ = run.outcomes()
    assert [fate.digest for fate in again] == [fate.digest for _, fate in won]
