"""Plays schedules. ``python -m tests.simulation.play SEED`` plays one and prints all that happened in it."""

import sys
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from tests.simulation.cast import ApiProcess, Shopper, Worker
from tests.simulation.faults import LATEST_SECONDS, arrange_faults
from tests.simulation.judging import REOPEN_SECONDS
from tests.simulation.scene import Scene
from tests.simulation.staff import publish
from voucher_platform.claims.rules import Asked

_REST_SECONDS = 0.2
_LONGEST_SECONDS = 20.0
_RATES: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"person": {"permits": 3, "window_ms": 1_000}},
    {"person": {"permits": 5, "window_ms": 500}, "batch": {"permits": 8, "window_ms": 400}},
)  # fmt: skip


@dataclass
class Played:
    """What came of one seed; no ``faults``, no problem."""

    seed: int
    faults: list[str]
    notes: list[str] = field(default_factory=list)

    def told(self) -> str:
        """The failing seed, and how to look at it."""
        return f"seed {self.seed}: {'; '.join(self.faults)}\n  replay: python -m tests.simulation.play {self.seed}"


def play(seed: int, *, noted: bool = False) -> Played:
    """One schedule: people claim while things break; then all is well again, and everything must come right."""
    scene = Scene(seed, noted=noted)
    if noted:
        _log_into(scene)
    try:
        _arrange(scene)
        scene.clock.run(LATEST_SECONDS)
        _heal(scene)
        if not scene.clock.run(_LONGEST_SECONDS):
            waiting = [shopper.asked.claim_key for shopper in scene.shoppers if not shopper.done]
            scene.judge.blame(f"not at rest after {_LONGEST_SECONDS} s; still waiting: {waiting}")
        faults = scene.judge.verdict()
    finally:
        scene.close()
    return Played(seed, faults, scene.notes or [])


def _arrange(scene: Scene) -> None:
    rng = scene.rng
    scene.numbers = rng.choice([(1,), (1,), (1, 65), (1, 2)])
    limits = {number: rng.choice([1, 1, 1, 2, 3]) for number in scene.numbers}
    for number, limit in limits.items():
        draft = number != 1 and rng.random() < 0.4
        scene.add_batch(number, quota=rng.randint(1, 7), limit=limit, draft=draft, rates=rng.choice(_RATES))
        if draft:
            scene.clock.after(0.05 + rng.random(), publish, scene, number)
    if rng.random() < 0.8:
        scene.load_store()
    scene.apis = [ApiProcess(scene, f"api-{n}") for n in range(rng.choice([1, 2, 2, 3]))]
    scene.workers = [Worker(scene, f"worker-{n}") for n in range(rng.choice([1, 1, 1, 2]))]
    arrange_faults(scene)
    persons = rng.randint(2, 9)
    for n in range(rng.randint(4, 16)):
        asked = ask(f"bat_{rng.choice(scene.numbers)}", f"p{rng.randrange(persons)}", f"key-{n}")
        for _ in range(rng.choice([1, 1, 1, 1, 1, 2])):
            shopper = Shopper(scene, asked, patient=rng.random() < scene.patience)
            scene.shoppers.append(shopper)
            scene.clock.after(0.02 + (LATEST_SECONDS - 0.1) * rng.random() ** 2, shopper.tap)


def ask(batch_id: str, person: str, key: str) -> Asked:
    """A claim; each person has one account."""
    return Asked(
        batch_id=batch_id, account_id=f"acc-{person}", person_id=person, home="510681001", own_device=f"dev-{person}",
        device=None, address="127.0.0.1", claim_key=key, digest=b"d" * 32,
    )  # fmt: skip


def _heal(scene: Scene) -> None:
    """No more faults. Once everybody has an answer, all must come to rest by itself; then newcomers claim from every
    batch, late enough that stock which came back must be known to every process, and all must come to rest again.
    """
    for wire in (scene.trouble, scene.store.trouble, scene.limiter.trouble, scene.sql.trouble):
        wire.heal()
    for process in scene.processes():
        process.loop.fuse = None
    scene.healed_at = scene.clock.now
    scene.note("from here on nothing breaks any more")
    scene.when_all_done(lambda: _rest(scene, lambda: scene.clock.after(_late(scene), newcomers)))

    def newcomers() -> None:
        scene.note("newcomers claim")
        for number in scene.numbers:
            shopper = Shopper(scene, ask(f"bat_{number}", f"newcomer-{number}", f"new-{number}"))
            scene.shoppers.append(shopper)
            shopper.tap()
        scene.when_all_done(lambda: _rest(scene, lambda: setattr(scene.clock, "ended", True)))


def _rest(scene: Scene, then: Callable[[], None]) -> None:
    if scene.judge.journal_length() == 0 and scene.judge.store_agrees():
        then()
    else:
        scene.clock.after(_REST_SECONDS, _rest, scene, then)


def _late(scene: Scene) -> float:
    """How long newcomers wait: not at all if no stock has come back."""
    quiet = scene.healed_at + scene.standing_still + REOPEN_SECONDS
    return max(0.0, quiet - scene.clock.now + 0.001) if scene.judge.stock_came_back else 0.0


def play_all(seeds: Iterable[int]) -> list[Played]:
    """Those of ``seeds`` in which something went wrong."""
    return [played for seed in seeds if (played := play(seed)).faults]


def silence() -> None:
    """The product's log lines cost more than the schedules."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)


def _log_into(scene: Scene) -> None:
    """The product's own log lines, among the notes."""

    def note(_: Any, level: str, line: MutableMapping[str, Any]) -> Any:
        scene.note(f"    {level} {line.pop('event')} {dict(line)}")
        raise structlog.DropEvent

    structlog.configure(processors=[note], wrapper_class=structlog.make_filtering_bound_logger(0))


if __name__ == "__main__":
    played = play(int(sys.argv[1]), noted=True)
    print("\n".join(played.notes))
    print(played.told() if played.faults else f"seed {played.seed}: nothing went wrong")
