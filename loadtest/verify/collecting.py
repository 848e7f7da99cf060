"""Talking to the target: preflight, functional cases, steps under load. Everything that is heard goes into the folder;
nothing is judged here.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from loadtest.agreed.plan import KneePlan, Plan, Step
from loadtest.cases.model import Case
from loadtest.cases.playing import Played, play_all
from loadtest.lab.line import NotApplicable
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import World
from loadtest.scenarios.cast import SECRETS, AdapterChoice
from loadtest.scenarios.playing import play_step
from loadtest.verify.folder import NOT_PLAYED, PREFLIGHT, RUN, RunFolder
from loadtest.verify.generating import qualified
from loadtest.verify.knee_finding import KNEE, look_for_knee
from loadtest.verify.preflight import look_before
from loadtest.verify.restarting import Restart

_PROBE_EVERY_S, _PROBE_TIMEOUT_S = 0.1, 10.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Collection:
    """What a run needs to talk to its target. ``tell`` shows progress to whoever waits."""

    folder: RunFolder
    plan: Plan
    cases: Sequence[Case]
    world: World
    base_url: str
    restart: Restart | None
    tell: Tell
    adapter: AdapterChoice
    probe_url: str | None


async def collect(run: Collection) -> None:
    """All of it, except what an earlier try has already left in the folder. Raises CannotPlay, ConfigurationError."""
    if run.folder.read(PREFLIGHT) is None:
        run.tell("测试前检查 preflight")
        run.folder.write(PREFLIGHT, (await look_before(run.world)).as_json())
    if "qualification" not in run.folder.read(RUN):
        found = await asyncio.to_thread(qualified, run.plan)
        run.folder.write(RUN, {**run.folder.read(RUN), "qualification": found})
    await _functional(run)
    if run.folder.read(PREFLIGHT)["flow_failed"]:
        return
    wanted = {case.step for case in run.cases}
    for number, step in enumerate(run.plan.steps):
        if step.name in wanted:
            await _step(run, step, number)
    if run.plan.knee is not None and run.folder.read(KNEE) is None:
        await _knee(run, run.plan.knee)


async def _functional(run: Collection) -> None:
    waiting = [
        case
        for case in run.cases
        if case.kind == "functional" and not (run.folder.functional / f"{case.id}.json").is_file()
    ]
    if not waiting:
        return
    run.tell(f"功能用例 functional cases: {len(waiting)}")
    with contextlib.suppress(CannotPlay, NotApplicable):  # whoever needs people or shops says so itself, case by case
        await run.world.crowd.fill(_PEOPLE_A_CASE * len(waiting))
        await run.world.open_shops()

    def keep(played: Played) -> None:
        played.write(run.folder.functional)

    await play_all(run.world, waiting, keep)


_PEOPLE_A_CASE = 3


async def _knee(run: Collection, plan: KneePlan) -> None:
    for broken_off in run.folder.path.glob("steps/knee-*"):
        _set_aside(broken_off)  # a search is one piece: its tries build on each other

    async def play(step: Step, path: Path) -> None:
        run.tell(f"负载 knee: {step.rate_per_s:g}/s × {step.duration_s:g} s")
        await _play(run, step, path, run.plan.seed)

    await look_for_knee(run.folder, plan, play)


async def _step(run: Collection, step: Step, number: int) -> None:
    for repeat in range(1, step.repeats + 1):
        folder = run.folder.step(step.name, repeat)
        if (folder / "done.json").is_file():
            continue
        run.tell(f"负载 {step.name} ({repeat}/{step.repeats}): {step.rate_per_s:g}/s × {step.duration_s:g} s")
        _set_aside(folder)
        try:
            await _play(run, step, folder, run.plan.seed + 1_000 * number + repeat)
        except (CannotPlay, NotApplicable) as error:
            name = folder.relative_to(run.folder.path)
            run.tell(f"  未能进行 not played: {error}")
            run.folder.write(
                f"{name}/{NOT_PLAYED}", {"why": str(error), "not_applicable": isinstance(error, NotApplicable)}
            )
            return


async def _play(run: Collection, step: Step, folder: Path, seed: int) -> None:
    """One step into its folder, with the path probed beside it. Raises CannotPlay, NotApplicable."""
    try:
        async with _probing(run.probe_url) as probes:
            await play_step(
                run.world, step, folder, target_base_url=run.base_url, seed=seed, restart=run.restart,
                adapter=run.adapter, unknown_budget=run.plan.unknown_budget,
            )  # fmt: skip
    finally:
        # Tokens: nobody needs them any more, and a run that is broken off must not leave them lying about.
        shutil.rmtree(folder / SECRETS, ignore_errors=True)
    name = folder.relative_to(run.folder.path)
    run.folder.write(f"{name}/probe.json", {"milliseconds": probes})
    run.folder.write(f"{name}/done.json", {"seed": seed})


def _set_aside(folder: Path) -> None:
    """What a broken-off try left stays as evidence, beside the repetition that counts."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.broken-off-{time.time_ns()}"))


@contextlib.asynccontextmanager
async def _probing(url: str | None) -> AsyncIterator[list[float | None]]:
    """A static address ten times a second beside the load: round trips in milliseconds, None where lost.

    Without such an address the path is not probed: a read that the platform has to work for would excuse its slowness.
    """
    found: list[float | None] = []
    if url is None:
        yield found
        return
    task = asyncio.create_task(_probe(url, found))
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _probe(url: str, found: list[float | None]) -> None:
    async with httpx.AsyncClient(timeout=_PROBE_TIMEOUT_S, trust_env=False) as client:
        while True:
            await asyncio.sleep(_PROBE_EVERY_S)
            began = time.monotonic()
            try:
                await client.get(url)
            except httpx.HTTPError:
                found.append(None)
            else:
                found.append((time.monotonic() - began) * 1e3)
