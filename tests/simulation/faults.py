"""What strikes a schedule, and when: drawn from the seed."""

from collections.abc import Callable
from datetime import timedelta

from tests.simulation import staff
from tests.simulation.cast import Process
from tests.simulation.scene import Scene
from tests.simulation.virtual_time import Fuse

Fault = Callable[[Scene], None]
LATEST_SECONDS = 1.5


def _an_api_dies(scene: Scene) -> None:
    scene.crash(scene.rng.choice(scene.apis))


def _an_api_leaves(scene: Scene) -> None:
    api = scene.rng.choice(scene.apis)
    scene.note(f"{api.loop.name} is told to stop")
    api.leave()


def _the_worker_dies(scene: Scene) -> None:
    scene.crash(scene.rng.choice(scene.workers))


def _a_process_stands_still(scene: Scene) -> None:
    _sleep(scene, scene.rng.choice(scene.processes()))


def _sleep(scene: Scene, process: Process, *, least: float = 0.1) -> None:
    seconds = least + 2.4 * scene.rng.random() ** 2
    scene.note(f"{process.loop.name} stands still for {seconds:.2f} s")
    scene.standing_still = max(scene.standing_still, seconds)
    process.loop.stand_still()
    scene.clock.after(seconds, process.loop.go_on)


def _a_process_dies_at_a_message(scene: Scene) -> None:
    """And half the time whoever sweeps up after it dies in the middle of that, too."""
    process = scene.rng.choice([*scene.apis, *scene.processes()])

    def act() -> None:
        scene.crash(process)
        if scene.rng.random() < 0.5:
            worker = scene.rng.choice(scene.workers)
            worker.loop.fuse = Fuse(1, "_write", scene.rng.random() < 0.5, lambda: scene.crash(worker))

    process.loop.fuse = _fuse(scene, scene.rng.random() < 0.5, act)


def _a_process_falls_asleep_after_a_message(scene: Scene) -> None:
    """And half the time the store loses something while it sleeps: what it wakes up with is out of date."""
    process = scene.rng.choice([*scene.apis, *scene.processes()])

    def act() -> None:
        _sleep(scene, process)
        if scene.rng.random() < 0.5:
            loss = scene.rng.choice([_the_store_is_flushed, _the_store_restarts_empty, _the_store_restarts_from_a_copy])
            scene.clock.after(0.02 * scene.rng.random(), loss, scene)

    process.loop.fuse = _fuse(scene, before=False, act=act)


def _fuse(scene: Scene, before: bool, act: Callable[[], None]) -> Fuse:
    kind = scene.rng.choice(["", "EVALSHA", "EVALSHA", "_write", "_write", "XDEL"])
    return Fuse(scene.rng.randint(1, 3 if kind else 12), kind, before, act)


def _the_store_is_flushed(scene: Scene) -> None:
    scene.note("FLUSHALL")
    scene.store.flush()


def _the_store_restarts_whole(scene: Scene) -> None:
    scene.note("the store restarts with all it had")
    scene.store.restart(None, 1.2 * scene.rng.random() ** 3)


def _the_store_restarts_empty(scene: Scene) -> None:
    scene.note("the store restarts empty")
    scene.store.restart({}, 1.2 * scene.rng.random() ** 3)


def _the_store_restarts_from_a_copy(scene: Scene) -> None:
    """Of a moment ago: an AOF whose tail is cut, or a backup; or a replica that lagged behind."""
    age = 0.3 * scene.rng.random() ** 2
    copy = scene.store.keyspace.copied()

    def restart() -> None:
        scene.note(f"the store restarts with what it had {age:.3f} s ago")
        scene.store.restart(copy, 0.05 * scene.rng.random())

    scene.clock.after(age, restart)


def _the_store_stands_still(scene: Scene) -> None:
    seconds = 0.05 + 2.5 * scene.rng.random() ** 3
    scene.note(f"the store stands still for {seconds:.2f} s")
    scene.store.stand_still(seconds)


def _the_stores_connections_are_cut(scene: Scene) -> None:
    scene.note("the store's connections are cut")
    scene.store.cut_connections()


def _scripts_are_flushed(scene: Scene) -> None:
    scene.note("SCRIPT FLUSH")
    scene.store.scripts.clear()


def _the_limiter_is_away(scene: Scene) -> None:
    scene.note("the limiter's store restarts empty")
    scene.limiter.restart({}, 1.2 * scene.rng.random() ** 3)


def _the_database_restarts(scene: Scene) -> None:
    seconds = 0.02 + 1.2 * scene.rng.random() ** 3
    scene.note(f"the database restarts and is away for {seconds:.2f} s")
    # Nobody can hear of returned stock meanwhile.
    scene.standing_still = max(scene.standing_still, seconds)
    scene.sql.restart(seconds)


def _the_databases_sessions_end(scene: Scene) -> None:
    scene.note("the database ends its sessions")
    scene.sql.end_sessions()


def _a_void(scene: Scene) -> None:
    api = scene.rng.choice(scene.apis)
    api.act(staff.void_one(scene, api))


def _a_raised_quota(scene: Scene) -> None:
    api = scene.rng.choice(scene.apis)
    api.act(staff.raise_quota(scene, api, scene.rng.randint(1, 3)))


def _a_pause(scene: Scene) -> None:
    api = scene.rng.choice(scene.apis)
    api.act(staff.set_state(scene, api, "paused"))


def _the_clock_moves(scene: Scene) -> None:
    api = scene.rng.choice(scene.apis)
    api.act(staff.move_clock(scene, api, timedelta(minutes=scene.rng.randint(1, 40))))


def _a_verdict_is_slept_over(scene: Scene) -> None:
    """A process sleeps between the store's verdict and the commit; when it wakes, the store has been rebuilt."""
    api = scene.rng.choice(scene.apis)

    def act() -> None:
        _sleep(scene, api, least=0.7)
        loss = scene.rng.choice([_the_store_is_flushed, _the_store_restarts_empty])
        scene.clock.after(0.02 * scene.rng.random(), loss, scene)

    api.loop.fuse = Fuse(scene.rng.randint(1, 8), "EVALSHA", before=False, act=act)


def _a_win_is_orphaned_twice(scene: Scene) -> None:
    """A process dies between the verdict and the commit, and whoever sweeps up dies or is cut off in the commit.

    Most people do not ask again, so that nobody but the journal knows of the win.
    """
    scene.patience = 0.2
    api, worker = scene.rng.choice(scene.apis), scene.rng.choice(scene.workers)

    def act() -> None:
        scene.crash(api)
        if scene.rng.random() < 0.5:
            worker.loop.fuse = Fuse(1, "_write", scene.rng.random() < 0.5, lambda: scene.crash(worker))
        else:
            worker.loop.fuse = Fuse(1, "_write", False, lambda: _the_databases_sessions_end(scene))

    api.loop.fuse = Fuse(scene.rng.randint(1, 5), "_write", before=True, act=act)


def _a_verdict_is_lost(scene: Scene) -> None:
    """The reply to a claim is cut off, nobody can be asked again for a while, and most people give up."""
    scene.patience = 0.2
    api = scene.rng.choice(scene.apis)

    def act() -> None:
        scene.clock.after(0.0015 * scene.rng.random(), _the_stores_connections_are_cut, scene)
        away = scene.rng.choice([_the_store_stands_still, _the_database_restarts, _the_store_restarts_whole])
        scene.clock.after(0.01 * scene.rng.random(), away, scene)

    api.loop.fuse = Fuse(scene.rng.randint(1, 8), "EVALSHA", before=False, act=act)


_STORIES = (_a_verdict_is_slept_over, _a_win_is_orphaned_twice, _a_verdict_is_lost)


FAULTS: tuple[tuple[Fault, int], ...] = (
    (_an_api_dies, 3), (_an_api_leaves, 2), (_the_worker_dies, 1), (_a_process_stands_still, 2),
    (_a_process_dies_at_a_message, 8), (_a_process_falls_asleep_after_a_message, 8),
    (_the_store_is_flushed, 2), (_the_store_restarts_whole, 2), (_the_store_restarts_empty, 2),
    (_the_store_restarts_from_a_copy, 6), (_the_store_stands_still, 2), (_the_stores_connections_are_cut, 3),
    (_scripts_are_flushed, 1), (_the_limiter_is_away, 1), (_the_database_restarts, 4),
    (_the_databases_sessions_end, 2), (_a_void, 8), (_a_raised_quota, 4), (_a_pause, 1), (_the_clock_moves, 1),
)  # fmt: skip
_CHOICES, _WEIGHTS = [fault for fault, _ in FAULTS], [weight for _, weight in FAULTS]


def arrange_faults(scene: Scene) -> None:
    """Draw how unreliable the wires are and what happens when: misfortunes like company."""
    rng = scene.rng
    for wire, losses in ((scene.store.trouble, [0.0, 0.0, 0.01, 0.05]), (scene.sql.trouble, [0.0, 0.0, 0.005, 0.02])):
        wire.loss = rng.choice(losses)
        wire.spikes = rng.choice([0.0, 0.02, 0.1])
    scene.trouble.spikes = rng.choice([0.0, 0.1])
    if rng.random() < 0.4:
        rng.choice(_STORIES)(scene)
    for _ in range(rng.choice([1, 1, 2, 2, 3])):
        moment = 0.01 + (LATEST_SECONDS - 0.06) * rng.random() ** 1.3
        for fault in rng.choices(_CHOICES, _WEIGHTS, k=rng.choice([1, 1, 2, 3])):
            scene.clock.after(moment + 0.04 * rng.random(), fault, scene)
