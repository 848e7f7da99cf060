"""What the vendor says of itself, answered from what the run has left in its folder."""

from collections.abc import Sequence

from loadtest.agreed.plan import Plan
from loadtest.confidence.step_run import StepRun
from loadtest.evidence.result import CaseResult
from loadtest.vendor_claims.answers import ClaimAnswer, HighestTried
from loadtest.vendor_claims.judging import judge_claims
from loadtest.vendor_claims.model import Claims
from loadtest.verify.folder import RUN, RunFolder
from loadtest.verify.judging import Evidence
from loadtest.verify.knee_finding import read_run

CLAIMS = "claims.json"


def answers_of(folder: RunFolder, results: Sequence[CaseResult]) -> list[ClaimAnswer]:
    """One answer a claim of the file that was given; none where none was given."""
    told = folder.read(CLAIMS)
    if told is None:
        return []
    plan, runs = Plan.model_validate(folder.read("plan.json")), step_runs(folder)
    by_case = {one.case_id: one for one in results}
    return judge_claims(Claims.model_validate(told), by_case, runs, _highest(folder, runs), alpha=plan.alpha)


def step_runs(folder: RunFolder) -> dict[str, list[StepRun]]:
    """Every repetition of every step, and each try of the knee search, by name."""
    plan, evidence = Plan.model_validate(folder.read("plan.json")), Evidence(folder)
    found = {
        step.name: [
            StepRun.read(path, *evidence.of(path), processes=step.processes) for path in evidence.runs(step.name)
        ]
        for step in plan.steps
    }
    if plan.knee is not None:
        tries = evidence.runs("knee")
        found |= {f"knee-{n}": [read_run(path, plan.knee.processes)] for n, path in enumerate(tries, 1)}
    return {name: runs for name, runs in found.items() if runs}


def _highest(folder: RunFolder, runs: dict[str, list[StepRun]]) -> HighestTried | None:
    offered = [run.offered_per_s() for of_step in runs.values() for run in of_step if not run.unfit_zh]
    if not offered:
        return None
    machine = folder.read(RUN)["machine"]
    return HighestTried(
        round(max(offered), 1),
        f"Locust 开环发压，{machine['cores']} 核测试机",
        f"Locust open loop, {machine['cores']} cores",
    )
