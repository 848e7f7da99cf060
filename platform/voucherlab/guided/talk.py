"""One talk: which step is next, what it shows, and a fresh stage whenever somebody asks for it.

All state is here and none in a browser: a page that is reloaded in the middle shows what it showed. Everything runs on
one event loop, so what is written between two awaits is seen whole.
"""

import asyncio
import contextlib
import itertools
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from voucherlab.guided.beside import Beside, open_beside
from voucherlab.guided.program import the_steps
from voucherlab.guided.showing import Check, Wall
from voucherlab.guided.stage import Stage, open_stage
from voucherlab.guided.step import Step
from voucherlab.guided.walking import STAGES, passed, play_step

Phase = Literal["starting", "ready", "running", "failed", "over", "broken"]
StepState = Literal["waiting", "running", "passed", "failed"]


@dataclass
class Played:
    """One step in this talk: what it shows, how it stands. ``revision`` rises with every change."""

    step: Step
    revision: int
    state: StepState = "waiting"
    wall: Wall = field(default_factory=Wall)
    checks: list[Check] = field(default_factory=list)
    began_s: float | None = None
    took_s: float | None = None


class Talk:
    """``folder`` gets a sub-folder a stage. ``start`` opens the first stage; ``close`` ends everything."""

    def __init__(self, folder: Path, *, seed: int, host: str = "127.0.0.1") -> None:
        self._folder, self._seed, self._host = folder, seed, host
        self._revisions = itertools.count(1)
        self._news = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None
        self._playing: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._began_s: float | None = None
        self._ended_s: float | None = None
        self.is_closing = False
        self.stage: Stage | None = None
        self.beside: Beside | None = None
        self.number = 0
        self.phase: Phase = "starting"
        self.trouble = ""
        self.steps = self._fresh_steps()

    async def start(self) -> None:
        """Open the first stage, in the background; what earlier talks left in the folder is removed."""
        await asyncio.to_thread(shutil.rmtree, self._folder / STAGES, ignore_errors=True)
        self._open_next()

    @property
    def next_step(self) -> int | None:
        """The step that the big button plays, counted from 0; None when there is none or it must not be played."""
        if self.phase not in {"ready", "starting", "running"}:
            return None
        return next((n for n, one in enumerate(self.steps) if one.state == "waiting"), None)

    def go_on(self, *, stage: int, step: int) -> bool:
        """Play a step; False, and nothing happens, unless it is the next of this very stage and none is running.

        So a second press, or one from a page that has not heard yet, does no harm.
        """
        if self.phase != "ready" or stage != self.number or step != self.next_step:
            return False
        assert self.stage is not None, "a talk that is ready has a stage"
        if self._began_s is None:
            self._began_s = time.monotonic()
        self.phase = "running"
        self._playing = asyncio.create_task(self._play(self.steps[step], self.stage))
        return True

    async def reset(self, *, stage: int) -> bool:
        """Leave this stage, even in the middle of a step, and open a fresh one. False when that is under way."""
        if stage != self.number or self.phase == "starting":
            return False
        playing, old, beside = self._playing, self.stage, self.beside
        self._open_next()
        if playing is not None:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        self._leave(old, beside)
        return True

    def let_viewers_go(self) -> None:
        """End every viewer's stream: a server waits for what it still serves."""
        self.is_closing = True
        self._tell()

    async def close(self) -> None:
        """End the step, the platform and everything beside it; returns when all are gone."""
        for task in (self._playing, self._opening):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._leave(self.stage, self.beside)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def wait_for_news(self, timeout_s: float) -> None:
        """Return after the next change, or after ``timeout_s``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout_s)

    def head(self) -> dict[str, Any]:
        """Everything but the steps, as plain JSON."""
        return {
            "stage": self.number, "phase": self.phase, "trouble": self.trouble, "next": self.next_step,
            "elapsed_s": self._elapsed_s(), "clock_runs": self._began_s is not None and self._ended_s is None,
            "platform_port": None if self.stage is None else int(self.stage.ready.base_url.rpartition(":")[2]),
            "beside": None if self.beside is None else self.beside.as_json(),
        }  # fmt: skip

    def steps_since(self, seen: dict[int, int]) -> dict[int, dict[str, Any]]:
        """The steps that changed since a viewer's revisions, as plain JSON; ``seen`` is brought up to date."""
        changed = {}
        for number, one in enumerate(self.steps):
            if seen.get(number) != one.revision:
                seen[number] = one.revision
                changed[number] = _as_json(one)
        return changed

    def _fresh_steps(self) -> list[Played]:
        return [Played(step, next(self._revisions)) for step in the_steps()]

    def _open_next(self) -> None:
        self.number += 1
        self.phase, self.trouble = "starting", ""
        self.stage, self.beside, self._playing = None, None, None
        self._began_s, self._ended_s = None, None
        self.steps = self._fresh_steps()
        self._opening = asyncio.create_task(self._open(self.number))
        self._tell()

    async def _open(self, number: int) -> None:
        try:
            self.stage = await open_stage(
                self._folder / STAGES / f"stage-{number}", seed=self._seed + number - 1, host=self._host
            )
            self.phase = "ready"
            self._tell()
            self.beside = await open_beside(self.stage, host=self._host)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page must say so and offer another try
            if self.stage is None:
                self.phase = "broken"
            self.trouble = str(error)[:2000] or repr(error)
        self._tell()

    async def _play(self, one: Played, stage: Stage) -> None:
        one.state, one.began_s = "running", time.monotonic()
        one.wall = Wall(lambda: self._tell(one))
        self._tell(one)
        one.checks = await play_step(one.step, stage, one.wall)
        one.took_s = time.monotonic() - one.began_s
        one.state = "passed" if passed(one.checks) else "failed"
        last = one is self.steps[-1]
        self.phase = "failed" if one.state == "failed" else "over" if last else "ready"
        if self.phase == "over":
            self._ended_s = time.monotonic()
        self._tell(one)

    def _tell(self, one: Played | None = None) -> None:
        if one is not None:
            one.revision = next(self._revisions)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _leave(self, stage: Stage | None, beside: Beside | None) -> None:
        async def leave() -> None:
            if beside is not None:
                await asyncio.to_thread(beside.close)
            if stage is not None:
                await stage.close()

        task = asyncio.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _elapsed_s(self) -> float:
        if self._began_s is None:
            return 0.0
        return (self._ended_s or time.monotonic()) - self._began_s


def _as_json(one: Played) -> dict[str, Any]:
    return {
        "state": one.state, "took_s": one.took_s, "wall": one.wall.as_json(),
        "checks": [asdict(check) for check in one.checks],
    }  # fmt: skip
