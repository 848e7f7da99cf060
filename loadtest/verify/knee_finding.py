"""The knee of a platform under a steady peak: each try is a short step of its own, kept as evidence like any other."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loadtest.agreed.plan import KneePlan, Step
from loadtest.checks.facts import Facts
from loadtest.confidence.step_run import StepRun, path_fault
from loadtest.history.reading import read_history
from loadtest.vendor_claims.knee import Knee, ProbeResult, find_knee
from loadtest.verify.folder import RunFolder

KNEE = "knee.json"
_SERVED = 0.99
_P99 = 0.99
PlayAt = Callable[[Step, Path], Awaitable[None]]


async def look_for_knee(folder: RunFolder, plan: KneePlan, play: PlayAt) -> None:
    """Search, and leave ``knee.json`` with every try. ``play`` plays one step into a folder."""
    number = 0

    async def probe(rate: float) -> ProbeResult:
        nonlocal number
        number += 1
        step = Step(
            name="knee", scenario="steady_peak", rate_per_s=rate, duration_s=plan.probe_s, people=plan.people,
            processes=plan.processes,
        )  # fmt: skip
        path = folder.step("knee", number)
        await play(step, path)
        return judge_probe(read_run(path, plan.processes), plan)

    folder.write(KNEE, _told(await find_knee(probe, plan.settings())))


def read_run(path: Path, processes: int) -> StepRun:
    """The try whose folder is ``path``."""
    return StepRun.read(path, read_history(path / "history"), Facts.read(path / "facts.json"), processes=processes)


def judge_probe(run: StepRun, plan: KneePlan) -> ProbeResult:
    """Which limits one try broke. An unfit generator or a bad path says nothing about the platform."""
    why = "；".join(run.unfit_zh) or path_fault([run], plan.p99_limit_ms)
    if why:
        return ProbeResult(usable=False, why_unusable=why)
    latencies = sorted(run.latencies_ms())
    p99 = latencies[min(len(latencies) - 1, int(len(latencies) * _P99))] if latencies else float("inf")
    broken = []
    if run.served_per_s() < _SERVED * run.offered_per_s():
        broken.append("served_rate")
    if p99 > plan.p99_limit_ms:
        broken.append("p99")
    return ProbeResult(tuple(broken))


def _told(knee: Knee) -> dict[str, Any]:
    return asdict(knee)
