"""Schedules that are told step by step, where a seed would have to be lucky."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation import staff
from tests.simulation.cast import ApiProcess, Shopper, Worker
from tests.simulation.planted import OLD_FLAG, planted
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


def stock_comes_back_to_a_process_that_stands_still(scene: Scene) -> Shopper:
    """Sold out, and one process knows it; while it stands still the only voucher is taken back through another."""
    sleeper, other = scene.apis[0], ApiProcess(scene, "other")
    scene.add_batch(1, quota=1, limit=1, draft=False, rates={})
    state = scene.sql.model.tables["platform_state"][1]
    scene.sql.model.tables["platform_state"][1] = state._replace(version=state.version + 1)
    scene.clock.run(until=2.0)
    for name in ("winner", "loser"):
        tap(scene, name)
        scene.clock.run(until=scene.clock.now + 0.5)
    sleeper.loop.stand_still()
    other.act(staff.void_one(scene, other))
    scene.clock.run(until=scene.clock.now + 2.0)
    late = tap(scene, "late")
    scene.clock.run(until=scene.clock.now + 0.1)  # the request has come, and lies there
    sleeper.loop.go_on()
    scene.clock.run(until=scene.clock.now + 5.0)
    other.die()
    return late


def tap(scene: Scene, person: str) -> Shopper:
    shopper = Shopper(scene, ask("bat_1", person, f"key-{person}"))
    scene.shoppers.append(shopper)
    shopper.tap()
    return shopper


def test_a_process_that_stood_still_does_not_speak_from_its_old_flag(scene: Scene) -> None:
    late = stock_comes_back_to_a_process_that_stands_still(scene)
    assert [shopper.attempts[0].kind for shopper in scene.shoppers[:2]] == ["voucher", "sold_out"]
    assert late.last.kind == "voucher"
    assert scene.judge.verdict() == []


def test_the_judge_hears_it_if_it_does(scene: Scene) -> None:
    with planted(OLD_FLAG):
        late = stock_comes_back_to_a_process_that_stands_still(scene)
    assert late.last.kind == "sold_out"
    assert any("sold_out" in fault for fault in scene.judge.verdict())
