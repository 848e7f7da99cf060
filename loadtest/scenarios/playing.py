"""A step from beginning to end: prepared, played, brought to rest. Its folder can then be judged by anybody."""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from loadtest.agreed.plan import Step
from loadtest.checks.facts import Span
from loadtest.engine.children import end, serving
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import World
from loadtest.scenarios.cast import AdapterChoice
from loadtest.scenarios.closing import close_books
from loadtest.scenarios.preparing import HISTORY, Prepared, prepare
from loadtest.scenarios.resolving import resolve
from loadtest.scenarios.running import StepRun, finish, start_step

Restart = Callable[[], Awaitable[None]]
RESTART_AT = 0.4
_BEGUN_S, _POLL_S = 60.0, 0.05


async def play_step(
    world: World, step: Step, folder: Path, *, target_base_url: str, seed: int, restart: Restart | None,
    adapter: AdapterChoice | None = None, unknown_budget: float = 0.001, restart_at: float = RESTART_AT,
) -> None:  # fmt: skip
    """Leaves ``history/``, ``facts.json``, ``step.json``, ``generator-N.json`` and what was said in ``folder``.

    ``restart`` is called in mid-load where the step asks for it, after the share ``restart_at`` of its duration; the
    step's faults are worked by a proxy before the load alone.
    Raises CannotPlay, NotApplicable.
    """
    if step.restart_during and restart is None:
        raise CannotPlay("本步骤要求中途重启平台，但目标文件没有提供重启命令（hooks.restart）")
    _make(folder)
    with _path(step, target_base_url, folder, seed) as base_url:
        generator = start_step(step, folder, base_url)
        try:
            prepared = await prepare(world, step, folder, seed, adapter=adapter)
            restarts, run = await asyncio.gather(
                _restart(step, folder, prepared, restart, restart_at), finish(generator, step, folder)
            )
        finally:
            end(generator)
    _note(folder, run)
    healed_ns = await resolve(world, folder)
    await close_books(world, folder, healed_ns=healed_ns, restarts=restarts, unknown_budget=unknown_budget)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _path(step: Step, base_url: str, folder: Path, seed: int) -> Iterator[str]:
    """Where the load goes: the target, or a fault proxy before it."""
    if not step.faults:
        yield base_url
        return
    words = [
        "loadtest.faults", "--upstream", base_url, "--faults", ",".join(step.faults), "--share", str(step.fault_share),
        "--seed", str(seed), "--log", str(folder / "faults.json"),
    ]  # fmt: skip
    with serving(*words) as (port, _):
        yield f"http://127.0.0.1:{port}"


async def _restart(step: Step, folder: Path, prepared: Prepared, restart: Restart | None, share: float) -> list[Span]:
    if not step.restart_during or restart is None:
        return []
    first = folder / HISTORY / "worker-00000.attempts"
    for _ in range(int(_BEGUN_S / _POLL_S)):
        if first.exists():
            break
        await asyncio.sleep(_POLL_S)
    if prepared.starts_at_ns is not None:
        await asyncio.sleep(max((prepared.starts_at_ns - time.monotonic_ns()) / 1e9, 0))
    await asyncio.sleep(step.duration_s * share)
    began = time.monotonic_ns()
    await restart()
    return [Span(began, time.monotonic_ns())]


def _note(folder: Path, run: StepRun) -> None:
    (folder / "locust.json").write_text(json.dumps(asdict(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
