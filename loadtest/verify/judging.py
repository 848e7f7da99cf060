"""The verdicts of a run, from its folder alone: `verify` judges with it, and `recheck` judges again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loadtest.agreed.plan import Plan
from loadtest.cases.model import Case, all_cases
from loadtest.cases.playing import Played, judge_played
from loadtest.checks.facts import Facts
from loadtest.checks.judging import judge_step_case
from loadtest.confidence.judging import judge_figure_case
from loadtest.confidence.step_run import StepRun
from loadtest.evidence.result import CaseResult
from loadtest.history.columns import History
from loadtest.history.reading import read_history
from loadtest.verdicts import PRECEDENCE, Verdict
from loadtest.verify.folder import NOT_PLAYED, PREFLIGHT, RUN, RunFolder


class Evidence:
    """The histories of a run's steps, each read once however many cases look at it."""

    def __init__(self, folder: RunFolder) -> None:
        self._folders = folder.step_folders()
        self._read: dict[Path, tuple[History, Facts]] = {}

    def runs(self, step: str) -> list[Path]:
        """The finished repetitions of a step."""
        return self._folders.get(step, [])

    def of(self, path: Path) -> tuple[History, Facts]:
        """History and facts of one repetition."""
        if path not in self._read:
            self._read[path] = read_history(path / "history"), Facts.read(path / "facts.json")
        return self._read[path]


def judge_run(folder: RunFolder) -> list[CaseResult]:
    """Each selected case's result, in the order of the registry."""
    run, plan = folder.read(RUN), Plan.model_validate(folder.read("plan.json"))
    evidence = Evidence(folder)
    why_no_load = (folder.read(PREFLIGHT) or {}).get("flow_failed", "")
    cases = all_cases()
    return [_judge(cases[case_id], folder, plan, evidence, why_no_load) for case_id in run["cases"]]


def _judge(case: Case, folder: RunFolder, plan: Plan, evidence: Evidence, why_no_load: str) -> CaseResult:
    if case.kind == "functional":
        file = folder.functional / f"{case.id}.json"
        return judge_played(case, Played.read(file)) if file.is_file() else _not_run(case, "")
    assert case.step is not None, "the registry's lint wants a step for every case that is not functional"
    runs = evidence.runs(case.step)
    if not runs:
        return _not_played(case, folder) or _not_run(case, why_no_load)
    if case.kind == "figure":
        processes = next(step.processes for step in plan.steps if step.name == case.step)
        read = [StepRun.read(path, *evidence.of(path), processes=processes) for path in runs]
        return judge_figure_case(case, read, plan)
    return decisive([judge_step_case(case, *evidence.of(path)) for path in runs])


def _not_played(case: Case, folder: RunFolder) -> CaseResult | None:
    """A step that could not be played says why: the target cannot do it, or a preparation of ours failed at it."""
    told = folder.read(f"steps/{case.step}-1/{NOT_PLAYED}")
    if told is None:
        return None
    verdict = Verdict.NOT_APPLICABLE if told["not_applicable"] else Verdict.INCONCLUSIVE
    return CaseResult(case.id, verdict, told["why"], told["why"], case.expected_zh)


def _not_run(case: Case, why: str) -> CaseResult:
    return CaseResult(
        case.id, Verdict.NOT_RUN, reason_zh=f"未测试：{why or '测试在此之前中止'}",
        reason_en=why or "the run ended before", expected_zh=case.expected_zh,
    )  # fmt: skip


def decisive(results: Sequence[CaseResult]) -> CaseResult:
    """Of several repetitions the one that decides; the figures say how many there were."""
    chosen = min(
        results, key=lambda one: PRECEDENCE.index(one.verdict) if one.verdict in PRECEDENCE else len(PRECEDENCE)
    )
    return replace(chosen, figures={**chosen.figures, "repetitions": len(results)}) if len(results) > 1 else chosen
