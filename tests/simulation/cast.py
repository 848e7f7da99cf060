"""Who acts in a schedule: API processes and workers, which run the product's own code, and the people who claim."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulation.scene import Scene
from tests.simulation.seams import BusinessClock, SimulatedDatabase, connecting
from tests.simulation.virtual_time import ProcessLoop
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.janitor import Janitor
from voucher_platform.claims.rules import Asked
from voucher_platform.core.acting import Core
from voucher_platform.core.database import is_outage
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import Pulse

Answer = Callable[[str, Any], None]
UNKNOWN, PENDING, VOUCHER = "unknown", "pending", "voucher"
AGAIN = (UNKNOWN, PENDING, "overloaded", "rebuilding", "rate_limited", "not_found")
_CLIENT_PATIENCE_SECONDS = 3.0


def _core(scene: Scene) -> Core:
    clocks = BusinessClock(scene.clock, scene.zone)
    connect = connecting({scene.settings.redis_url: scene.store, str(scene.settings.limiter_url): scene.limiter})
    return Core(scene.settings, SimulatedDatabase(scene.sql), clocks, connect=connect)


class Process(ABC):
    """One life of a process, on a loop of its own."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene = scene
        self.loop = ProcessLoop(scene.clock, name)

    def die(self) -> None:
        """SIGKILL."""
        self.loop.die()

    @abstractmethod
    def start_again(self) -> None:
        """Another life, in the same place."""


class ApiProcess(Process):
    """One life of an API process: a gate with its pulse, and the requests it has in hand."""

    def __init__(self, scene: Scene, name: str) -> None:
        super().__init__(scene, name)
        self.core = _core(scene)
        self.gate = Gate(self.core)
        self._pulse = Pulse(
            self.core.database, self.core.clocks, "api", scene.settings.poll_ms, listeners=[self.gate.on_change],
            told=[self.gate.known_as_of],
        )  # fmt: skip
        self._open: dict[int, Answer] = {}
        self._numbers = 0
        self.serving = False
        self.loop.create_task(self._boot())

    async def _boot(self) -> None:
        try:
            await self._pulse.start()
            await self.gate.start()
        except Exception as error:  # noqa: BLE001 - a process that cannot start exits, and is started again
            self._scene.note(f"{self.loop.name} does not start: {error!r}")
            self._scene.clock.after(0.0, self._scene.crash, self)
            return
        self.serving = True

    def handle(self, asked: Asked, answer: Answer, *, find: bool) -> None:
        """A claim has arrived, or the question what became of one."""
        if self.loop.dead or not self.serving:
            answer(UNKNOWN, None)
            return
        self._numbers += 1
        self._open[self._numbers] = answer
        self.loop.create_task(self._serve(self._numbers, asked, find=find))

    def act(self, work: Any) -> None:
        """A request of the staff's, whose answer nobody waits for."""
        if self.serving and not self.loop.dead:
            self.loop.create_task(work)
        else:
            work.close()

    def die(self) -> None:
        """SIGKILL: whoever waits for an answer finds the connection closed."""
        self.serving = False
        super().die()
        waiting, self._open = self._open, {}
        for answer in waiting.values():
            self._scene.clock.after(self._scene.trouble.delay(), answer, UNKNOWN, None)

    def start_again(self) -> None:
        apis = self._scene.apis
        apis[apis.index(self)] = ApiProcess(self._scene, self.loop.name)

    def leave(self) -> None:
        """SIGTERM: no new requests, then an orderly stop."""
        if self.serving and not self.loop.dead:
            self.serving = False
            self.loop.create_task(self._leave())

    async def _leave(self) -> None:
        try:
            await self.gate.stop()
            await self._pulse.stop()
        except Exception as error:  # noqa: BLE001 - the database may be away; the process ends all the same
            self._scene.note(f"{self.loop.name} stops badly: {error!r}")
        self._scene.clock.after(0.0, self._scene.crash, self)

    async def _serve(self, number: int, asked: Asked, *, find: bool) -> None:
        kind, row = await self._outcome(asked, self.gate.find if find else self.gate.claim)
        if kind == VOUCHER:
            self._scene.judge.acknowledged(asked, row)
        answer = self._open.pop(number, None)
        if answer is not None:
            self._scene.clock.after(self._scene.trouble.delay(), answer, kind, row)

    async def _outcome(self, asked: Asked, serve: Callable[[Asked], Awaitable[ClaimResult]]) -> tuple[str, Any]:
        try:
            result = await serve(asked)
        except Refused as refused:
            return refused.refusal.code, refused.extra.get("voucher_ids")
        except asyncio.CancelledError:
            return UNKNOWN, None
        except Exception as error:  # noqa: BLE001 - what would be a 500
            if not is_outage(error):
                self._scene.judge.blame(f"a claim ended in {error!r}")
            return UNKNOWN, None
        return (PENDING, None) if result.row is None else (VOUCHER, result.row)


class Worker(Process):
    """One life of the worker's janitor, with the pulse that brings it the business clock."""

    def __init__(self, scene: Scene, name: str) -> None:
        super().__init__(scene, name)
        core = _core(scene)
        self._janitor = Janitor(core)
        self._pulse = Pulse(core.database, core.clocks, "worker", scene.settings.poll_ms)
        self.loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._pulse.start()
            await self._janitor.start()
            await self._janitor.run()
        except Exception as error:  # noqa: BLE001 - a worker that ends is started again
            self._scene.note(f"{self.loop.name} ends: {error!r}")
            self._scene.clock.after(0.0, self._scene.crash, self)

    def start_again(self) -> None:
        workers = self._scene.workers
        workers[workers.index(self)] = Worker(self._scene, self.loop.name)


@dataclass(slots=True)
class Attempt:
    """One request, as its sender saw it. ``kind`` is empty as long as nothing has come back."""

    sent: float
    ended: float = 0.0
    kind: str = ""
    detail: Any = None


@dataclass(slots=True)
class Shopper:
    """One tap on "claim": asked again under the same key until the answer is definite, if the person has patience."""

    scene: Scene
    asked: Asked
    patient: bool = True
    attempts: list[Attempt] = field(default_factory=list)
    done: bool = False
    find: bool = False

    @property
    def last(self) -> Attempt:
        """The latest request."""
        return self.attempts[-1]

    def tap(self) -> None:
        """Send the claim to some API process."""
        scene = self.scene
        attempt = Attempt(scene.clock.now)
        self.attempts.append(attempt)
        api = scene.apis[int(scene.rng.random() * len(scene.apis))]
        scene.note(f"{self.asked.claim_key} → {api.loop.name}")

        def answered(kind: str, detail: Any) -> None:
            self._answered(attempt, kind, detail)

        find, self.find = self.find, False
        arrive = partial(api.handle, self.asked, answered, find=find)
        scene.clock.after(scene.trouble.delay(), arrive)
        scene.clock.after(_CLIENT_PATIENCE_SECONDS, self._answered, attempt, UNKNOWN, None)

    def _answered(self, attempt: Attempt, kind: str, detail: Any) -> None:
        if attempt.kind:
            return
        scene = self.scene
        attempt.kind, attempt.detail, attempt.ended = kind, detail, scene.clock.now
        scene.note(f"{self.asked.claim_key} ← {kind} {getattr(detail, 'seq', '')}")
        # Whoever was told to wait asks how it ended; if it came to nothing, the claim is made again.
        self.find = kind == PENDING and scene.rng.random() < 0.7
        if kind in AGAIN and self.patient:
            scene.clock.after(0.05 + 0.4 * scene.rng.random(), self.tap)
        else:
            self.done = True
            scene.shopper_done()
