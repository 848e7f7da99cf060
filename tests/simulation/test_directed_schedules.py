"""Schedules that are told step by step, where a seed would have to be lucky."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.cast import ApiProcess, Shopper, Worker
from tests.simulation.play import ask, silence
from tests.simulation.scene import Scene
from tests.simulation.virtual_time import Fuse


@pytest.fixture
def scene() -> Iterator[Scene]:
    """An API process and a worker in front of a store in order, and no batch yet."""
    silence()
    made = Scene(1)
    made.load_store()
    made.apis, made.workers = [ApiProcess(made, "api")], [Worker(made, "worker")]
    made.clock.run(until=0.5)
    yield made
    made.close()
    structlog.reset_defaults()


def test_a_claim_of_a_new_batch_waits_for_a_store_that_is_cut_off_just_then(scene: Scene) -> None:
    loop, store = scene.apis[0].loop, scene.store

    def cut_off_twice() -> None:
        """First the refresh that would bring the batch to the store, then the claim that does it instead."""
        store.cut_connections()
        loop.fuse = Fuse(1, "_counts", before=False, act=store.cut_connections)

    loop.fuse = Fuse(1, "_counts", before=False, act=cut_off_twice)
    scene.add_batch(1, quota=1, limit=1, draft=False, rates={})
    state = scene.sql.model.tables["platform_state"][1]
    scene.sql.model.tables["platform_state"][1] = state._replace(version=state.version + 1)
    shopper = Shopper(scene, ask("bat_1", "p1", "key-1"), patient=False)
    scene.shoppers.append(shopper)
    for hundredth in range(50, 200):
        scene.clock.run(until=hundredth / 100)
        if scene.apis[0].gate.catalogue.get("bat_1") is not None:
            break
    scene.clock.after(0.01, shopper.tap)
    scene.clock.run(until=5.0)
    assert scene.apis[0].loop.fuse is None, "the claim never tried to bring its batch to the store"
    assert [attempt.kind for attempt in shopper.attempts] == ["voucher"]
    assert scene.judge.verdict() == []
