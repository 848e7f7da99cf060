"""Event loops in virtual time: one a process, all driven by one clock that jumps to the next timer.

Within a process callbacks run in the order in which asyncio would run them; which process goes next is drawn from the
seed. Processes meet only on the simulated wires, whose delays are drawn as well, so a seed fixes the whole schedule.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from random import Random
from typing import Any

_STEPS_AFTER_DEATH = 20_000


class Handle:
    """A callback that was asked for, as asyncio's own handles look to their callers."""

    __slots__ = ("args", "callback", "context", "off")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None) -> None:
        self.callback = callback
        self.args = args
        self.context = copy_context() if context is None else context
        self.off = False

    def cancel(self) -> None:
        """Never run it."""
        self.off = True

    def cancelled(self) -> bool:
        """Whether it was called off."""
        return self.off


@dataclass(slots=True)
class Fuse:
    """Something happens to a process at its n-th message, of any kind or of one. ``before``: it dies, unsent."""

    messages: int
    kind: str
    before: bool
    act: Callable[[], None]


class Clock:
    """The one virtual time, in seconds since the schedule began, and whatever is to happen in it."""

    def __init__(self, rng: Random) -> None:
        self.now = 0.0
        self.rng = rng
        self.ended = False
        self._numbers = 0
        self._timers: list[tuple[float, int, ProcessLoop | None, Any, Any]] = []
        self.awake: list[ProcessLoop] = []

    def after(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """Something outside every process: a message arrives, a fault strikes."""
        self._numbers += 1
        heapq.heappush(self._timers, (self.now + seconds, self._numbers, None, callback, args))

    def of_process(self, when: float, loop: "ProcessLoop", handle: Handle) -> None:
        """A timer of one process."""
        self._numbers += 1
        heapq.heappush(self._timers, (when, self._numbers, loop, handle, None))

    def run(self, until: float) -> bool:
        """Go on until ``ended`` is set, nothing is left to do, or ``until`` has come; whether it was ended."""
        timers, awake, rng = self._timers, self.awake, self.rng
        while not self.ended:
            if awake:
                at = int(rng.random() * len(awake)) if len(awake) > 1 else 0
                awake.pop(at).turn()
                continue
            if not timers or timers[0][0] > until:
                break
            when, _, loop, what, args = heapq.heappop(timers)
            if loop is None:
                self.now = max(self.now, when)
                what(*args)
            elif not what.off and not loop.dead:
                self.now = max(self.now, when)
                loop.make_ready(what)
        return self.ended


class ProcessLoop(asyncio.BaseEventLoop):
    """The loop of one process. It can stand still (SIGSTOP) and die at any await (SIGKILL)."""

    def __init__(self, clock: Clock, name: str) -> None:
        self.dead = False
        super().__init__()
        self.name = name
        self.fuse: Fuse | None = None
        self._clock = clock
        self._still = False
        self._ready: deque[Handle] = deque()  # ours, not the base's

    def time(self) -> float:
        return self._clock.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        return self.dead

    def call_soon(  # type: ignore[override]  # a handle of ours
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        handle = Handle(callback, args, context)
        self.make_ready(handle)
        return handle

    def call_later(  # type: ignore[override]  # as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        return self.call_at(self._clock.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        handle = Handle(callback, args, context)
        if self.dead:
            self._ready.append(handle)
        else:
            self._clock.of_process(when, self, handle)
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: Any = None, context: Context | None = None) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """A thread's work, done at once and told at the next turn."""
        done = self.create_future()
        self.call_soon(lambda: None if done.done() else done.set_result(func(*args)))
        return done

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What asyncio would log is no fault by itself: the judge looks at what clients and servers see."""

    def sends(self, kind: str) -> None:
        """A message is to leave the process. Raises ``CancelledError`` if it is dead, or dies before this message."""
        if self.dead:
            raise asyncio.CancelledError
        fuse = self.fuse
        if fuse is not None and fuse.kind in ("", kind):
            fuse.messages -= 1
            if fuse.messages <= 0:
                self.fuse = None
                self._clock.after(0.0, fuse.act)
                if fuse.before:
                    raise asyncio.CancelledError

    def make_ready(self, handle: Handle) -> None:
        """Queue a callback for the next turn."""
        if not self._ready and not self._still and not self.dead:
            self._clock.awake.append(self)
        self._ready.append(handle)

    def turn(self) -> None:
        """Run what is ready now; what that makes ready waits for the next turn."""
        self._run_ready(len(self._ready))
        if self._ready:
            self._clock.awake.append(self)

    def stand_still(self) -> None:
        """Stop: timers pass and replies come in, and nothing looks at them."""
        self._still = True
        if self in self._clock.awake:
            self._clock.awake.remove(self)

    def go_on(self) -> None:
        """Continue with whatever has piled up."""
        self._still = False
        if self._ready and not self.dead:
            self._clock.awake.append(self)

    def die(self) -> None:
        """End every task where it stands. The wires of a dead loop carry nothing, so no clean-up can act any more."""
        if self.dead:
            return
        self.stand_still()
        self.dead = True
        for task in asyncio.all_tasks(self):
            task.cancel()
        steps = 0
        while self._ready and steps < _STEPS_AFTER_DEATH:
            steps += len(self._ready)
            self._run_ready(len(self._ready))

    def _run_ready(self, count: int) -> None:
        asyncio._set_running_loop(self)
        try:
            for _ in range(count):
                handle = self._ready.popleft()
                if not handle.off:
                    handle.context.run(handle.callback, *handle.args)
        finally:
            asyncio._set_running_loop(None)
