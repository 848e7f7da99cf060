"""A primary of the cluster fails in the middle of a rush: nothing acknowledged is missing, nothing is oversold.

Replication is asynchronous, so the replica that takes over may lack wins that were acknowledged. SQL has them all.
"""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.claim_invariants import check_invariants
from tests.hot_stores import PASSWORD, Cluster, StoreProcess, debian_redis, journal_length, wait_for
from tests.scenario.crowd_process import CrowdRun, Fate, start_crowd
from tests.scenario.money import check_money
from tests.scenario.platform import new_key, start_platform, stop_platform
from tests.scenario.world import World
from voucher_platform.claims import keys
from voucher_platform.core.database import Database, make_engine
from voucherlab.embedded_valkey import server_program

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
BATCHES, QUOTA, ASKING = 6, 300, 400


@dataclass(frozen=True)
class Scene:
    """A platform over a cluster with a replica for each primary."""

    world: World
    cluster: Cluster

    def issued(self) -> int:
        return int(self.world.platform.sql.one("SELECT count(*) FROM voucher"))

    def epoch(self) -> int:
        return int(self.world.platform.sql.one("SELECT epoch FROM platform_state"))

    def primary(self, batch: str) -> StoreProcess:
        number = int(self.world.platform.sql.one("SELECT number FROM batch WHERE id = $1", batch))
        return self.cluster.primary_of(keys.meta_key(keys.shard_of(number)))


@pytest.fixture(scope="module", params=["valkey", "redis-7"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    program = server_program() if request.param == "valkey" else debian_redis()
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-failover-"))
    cluster = Cluster(program, folder, replicas=1)
    try:
        cluster.start()
        platform = start_platform(folder, environment={"REDIS_URL": cluster.url})
        try:
            yield Scene(World(platform), cluster)
        finally:
            stop_platform(platform)
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def test_serve_says_which_cluster_it_found(scene: Scene) -> None:
    said = scene.world.platform.process.log_file.read_text(encoding="utf-8")
    assert "a cluster of 3 primaries and 3 replicas: 127.0.0.1:" in said
    assert PASSWORD not in said


def wait_issued(scene: Scene, more: int, run: CrowdRun) -> None:
    """Until ``more`` vouchers went out from now on, while the rush goes on."""
    goal = scene.issued() + more
    while scene.issued() < goal:
        assert not run.is_over(), "the rush was over before the fault"
        time.sleep(0.01)


def kill_the_primary(scene: Scene, primary: StoreProcess, run: CrowdRun) -> None:
    primary.kill()


def kill_while_its_replica_is_behind(scene: Scene, primary: StoreProcess, run: CrowdRun) -> None:
    """What the primary acknowledged after its replica lost sight of it is in no other store."""
    replica = scene.cluster.replica_of(primary)
    replica.ask("CONFIG", "SET", "masterauth", "not-the-password")
    replica.ask("CLIENT", "KILL", "TYPE", "master")
    before = int(primary.field("replication", "master_repl_offset"))
    wait_issued(scene, 120, run)
    assert replica.field("replication", "master_link_status") == "down"
    assert int(primary.field("replication", "master_repl_offset")) > before
    primary.kill()
    replica.ask("CONFIG", "SET", "masterauth", PASSWORD)


def fail_over_by_command(scene: Scene, primary: StoreProcess, run: CrowdRun) -> None:
    scene.cluster.replica_of(primary).ask("CLUSTER", "FAILOVER")


def take_over_without_asking(scene: Scene, primary: StoreProcess, run: CrowdRun) -> None:
    """The old primary lives, and learns only afterwards that it is none."""
    scene.cluster.replica_of(primary).ask("CLUSTER", "FAILOVER", "TAKEOVER")


def freeze_until_it_is_replaced(scene: Scene, primary: StoreProcess, run: CrowdRun) -> None:
    """It wakes up with the old epoch, open shards and claims in its socket buffers."""
    replica = scene.cluster.replica_of(primary)
    primary.send(signal.SIGSTOP)
    try:
        wait_for("a new primary", lambda: replica.field("replication", "role") == "master")
    finally:
        primary.send(signal.SIGCONT)


FAULTS: tuple[Callable[[Scene, StoreProcess, CrowdRun], None], ...] = (
    kill_the_primary, kill_while_its_replica_is_behind, fail_over_by_command, take_over_without_asking,
    freeze_until_it_is_replaced,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.__name__))
def test_a_failover_in_the_rush_breaks_no_invariant_and_claims_resume_by_themselves(
    scene: Scene, fault: Callable[[Scene, StoreProcess, CrowdRun], None]
) -> None:
    world, epoch = scene.world, scene.epoch()
    batches = world.published(*[{"quota": QUOTA}] * BATCHES)
    asked = [_claim(batch, person.token) for person in world.people(ASKING) for batch in batches]
    primary = scene.primary(batches[0])
    run = start_crowd(world.platform.ready.base_url, asked, connections=32, retries=300)
    try:
        wait_issued(scene, 200, run)
        fault(scene, primary, run)
        fates, met = run.outcomes()
    finally:
        run.end()
    print(fault.__name__, met)
    assert {fate.status for fate in fates} <= {201, 409}, "claims go on by themselves"
    assert {fate.code for fate in fates if fate.status == 409} == {"sold_out"}
    assert scene.primary(batches[0]) is not primary
    assert scene.epoch() > epoch
    for at, batch in enumerate(batches):
        check_batch(scene, batch, [fate for fate in fates[at::BATCHES] if fate.status == 201])
    check_repeats(world, asked, fates)
    asyncio.run(_check_state(world.platform.ready.database_url))
    check_money(world)
    mend(scene, primary)
    wait_for("the journals drain", lambda: journal_length(scene.cluster.url) == 0)


def check_batch(scene: Scene, batch: str, acknowledged: list[Fate]) -> None:
    """All acknowledged vouchers are in SQL, and no others: the quota, one a person, each number once."""
    stored = scene.world.platform.sql.rows("SELECT id, person_id, seq FROM voucher WHERE batch_id = $1", batch)
    assert {fate.id for fate in acknowledged} == {row["id"] for row in stored}
    assert len(acknowledged) == len(stored) == QUOTA
    assert len({row["person_id"] for row in stored}) == len({row["seq"] for row in stored}) == QUOTA


def check_repeats(world: World, asked: list[dict[str, Any]], fates: list[Fate]) -> None:
    """Winners ask again under their keys and get the same reply."""
    won = [(one, fate) for one, fate in zip(asked, fates, strict=True) if fate.status == 201][::20]
    again, _ = start_crowd(
        world.platform.ready.base_url, [one for one, _ in won], connections=8, retries=100
    ).outcomes()
    assert [fate.digest for fate in again] == [fate.digest for _, fate in won]


def mend(scene: Scene, primary: StoreProcess) -> None:
    """The old primary comes back as a replica, and the cluster is whole for the next fault."""
    if not primary.is_running():
        primary.start()
    wait_for("the old primary is a replica", lambda: primary.field("replication", "role") == "slave")
    wait_for("the cluster is whole", scene.cluster.is_whole)


def _claim(batch: str, token: str) -> dict[str, Any]:
    return {"path": f"/v1/batches/{batch}/claims", "token": token, "key": new_key(), "body": {}}


async def _check_state(database_url: str) -> None:
    database = Database(make_engine(database_url, pool=1))
    try:
        await check_invariants(database)
    finally:
        await database.close()
