"""From a run's folder to the record that its bundle is written from. The same folder gives the same record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from loadtest.agreed.plan import Plan, Step
from loadtest.bundle.curves import (
    Clocked,
    around_opening,
    code_counts,
    generator_figures,
    latencies,
    outcome_counts,
    whole_course,
)
from loadtest.bundle.record import Environment, Level, NotTested, PathProbe, PermitFacts, RunRecord, TargetFacts
from loadtest.bundle.step_record import StepRecord
from loadtest.cases.model import all_cases
from loadtest.engine.measuring import fitness, read_figures
from loadtest.evidence.result import CaseResult
from loadtest.history.columns import FOREVER, History
from loadtest.verdicts import Verdict
from loadtest.verify.claiming import answers_of
from loadtest.verify.folder import OBJECTION, PREFLIGHT, RUN, RunFolder
from loadtest.verify.judging import Evidence
from loadtest.verify.knee_finding import KNEE

_NEAR_OPENING = frozenset({"opening_rush"})


def record_of(folder: RunFolder, results: Sequence[CaseResult]) -> RunRecord:
    """All that the bundle says about the run."""
    run, target = folder.read(RUN), folder.read("target.json")
    plan = Plan.model_validate(folder.read("plan.json"))
    steps = _steps(folder, plan)
    return RunRecord(
        run_id=run["run_id"], plan=plan.model_dump(mode="json"), plan_digest=run["plan_digest"],
        target=_target(target), notice_id=plan.notice, versions=run["versions"],
        registry_digest=run["cases_digest"], started_at=datetime.fromisoformat(run["started_at"]),
        ended_at=datetime.fromisoformat(run["ended_at"]), environment=_environment(run), level=_level(steps),
        cases=tuple(results), steps=steps, permit=_permit(target["permit"]),
        path_probe=_path(folder.read(PREFLIGHT)), not_tested=_not_tested(run, plan, results),
        claims=tuple(one.as_json() for one in answers_of(folder, results)), knee=folder.read(KNEE),
        objection_until=objection_until(folder), settled=folder.read(OBJECTION) is not None,
        unsafe_settings=tuple(folder.read(PREFLIGHT).get("unsafe_settings", ())),
    )  # fmt: skip


def objection_until(folder: RunFolder) -> datetime:
    """The end of the vendor's time to object: so many days after the run as the plan's terms say."""
    plan = Plan.model_validate(folder.read("plan.json"))
    return datetime.fromisoformat(folder.read(RUN)["ended_at"]) + timedelta(days=plan.terms.objection_days)


def _target(target: dict[str, Any]) -> TargetFacts:
    parts = urlsplit(target["base_url"])
    return TargetFacts(
        target["name"], "https" if parts.scheme == "https" else "http", parts.netloc, target["adapter"], target["guard"]
    )


def _permit(permit: dict[str, Any] | None) -> PermitFacts | None:
    if permit is None:
        return None
    since, until = (datetime.fromisoformat(permit[name]) for name in ("not_before", "not_after"))
    return PermitFacts(permit["allowed_by"], since, until, permit["highest_rate_per_s"])


def _environment(run: dict[str, Any]) -> Environment:
    machine, qualified = run["machine"], run.get("qualification", {})
    return Environment(
        machine["cores"], machine["memory_bytes"], machine["system"], qualified.get("rate_per_s", 0.0),
        qualified.get("zh", "未做发压机标定"),
    )  # fmt: skip


def _level(steps: Sequence[StepRecord]) -> Level:
    return "L3" if steps else "L2"


def _path(preflight: dict[str, Any]) -> PathProbe:
    path, bound = preflight["path"], preflight["clock_bound_s"]
    return PathProbe(
        path["requests"], path["lost"], path["median_ms"], path["p99_ms"], path["greatest_ms"],
        None if bound is None else preflight["clock_offset_s"] * 1e3, None if bound is None else bound * 1e3,
    )  # fmt: skip


def _steps(folder: RunFolder, plan: Plan) -> tuple[StepRecord, ...]:
    evidence = Evidence(folder)
    return tuple(
        _step(step, number, path, evidence)
        for step in plan.steps
        for number, path in enumerate(evidence.runs(step.name), 1)
    )


def _step(step: Step, number: int, path: Path, evidence: Evidence) -> StepRecord:
    history, facts = evidence.of(path)
    clocked = _clocked(history, facts.batches[0].opens_ns if facts.batches else None)
    fit = fitness(read_figures(path), step.processes)
    return StepRecord(
        name=step.name if step.repeats == 1 else f"{step.name}-{number}", scenario=step.scenario,
        status="valid" if fit.fit else "invalid", why_zh="；".join(fit.reasons_zh), rate_per_s=step.rate_per_s,
        duration_s=step.duration_s, processes=step.processes, generator=generator_figures(clocked),
        outcomes=outcome_counts(clocked), codes=code_counts(clocked), latencies=latencies(clocked),
        whole=whole_course(clocked),
        around_opening=around_opening(clocked) if step.scenario in _NEAR_OPENING else None,
        facts={} if step.p99_limit_ms is None else {"p99_limit_ms": step.p99_limit_ms},
    )  # fmt: skip


def _clocked(history: History, opens_ns: int | None) -> Clocked:
    """The history as the curves want it: what was never answered has no reply; time counts from opening or arrival."""
    columns = {name: column[history.load] for name, column in history.columns.items()}
    columns["t_reply"] = np.where(columns["t_reply"] >= FOREVER, 0, columns["t_reply"])
    first = int(columns["t_intended"].min(initial=FOREVER))
    return Clocked(columns, history.codes, opens_ns or first)


def _not_tested(run: dict[str, Any], plan: Plan, results: Sequence[CaseResult]) -> tuple[NotTested, ...]:
    """Cases of the registry that this run left out, by reason, and those that could not be asked."""
    registry, chosen, in_plan = all_cases(), set(run["cases"]), {step.name for step in plan.steps}
    found = []
    for case in registry.values():
        if case.id not in chosen:
            absent = case.step is not None and case.step not in in_plan
            why = (
                ("测试计划不含该负载场景", "not in the plan") if absent else ("本次未选测", "not selected in this run")
            )
            found.append(NotTested(f"{case.title_zh}（{case.id}）", why[0], case.title_en, why[1]))
    unasked = {Verdict.NOT_RUN, Verdict.NOT_APPLICABLE}
    return (*found, *(
        NotTested(registry[one.case_id].title_zh, one.reason_zh, registry[one.case_id].title_en, one.reason_en)
        for one in results if one.verdict in unasked
    ))  # fmt: skip
