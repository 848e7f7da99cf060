"""Cases of kind ``figure``: latencies, rates, opening and draining of a step against the plan's limits.

Adequacy first: an unfit generator makes the figure INVALID; a bad path, or more than 1 % stopped by risk rules, makes
it INCONCLUSIVE, and so do fewer runs than α needs. A limit that the plan does not state is NOT_APPLICABLE, with the
figure printed all the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loadtest.agreed.plan import Plan, Step
from loadtest.cases.model import Case
from loadtest.confidence.bounds import proportion_bounds
from loadtest.confidence.deciding import LimitFigures, judge_limit, judge_values
from loadtest.confidence.step_run import StepRun, path_fault
from loadtest.evidence.result import CaseResult
from loadtest.verdicts import Verdict

__all__ = ["StepRun", "judge_figure_case"]

MOST_GUARDED = 0.01
P99 = 0.99


@dataclass(frozen=True)
class Judged:
    """A verdict with its figures and the words for what was measured."""

    verdict: Verdict
    figures: dict[str, Any]
    actual_zh: str
    reason_zh: str = ""
    reason_en: str = ""


Judge = Callable[[Sequence[StepRun], float, float, Step], Judged]


def judge_figure_case(case: Case, step_runs: Sequence[StepRun], plan: Plan) -> CaseResult:
    """Judge one case over all repetitions of its step. Raises KeyError for a check or step that does not exist."""
    step = {one.name: one for one in plan.steps}[case.step or ""]
    limit_of, judge = _CHECKS[case.check or ""]
    limit = limit_of(step)
    if limit is None:
        return _result(case, Judged(Verdict.NOT_APPLICABLE, _plain_figures(step_runs), "", "计划未规定该项限值",
                                    "the plan states no such limit"))  # fmt: skip
    unusable = _unusable(step_runs, limit if case.check == "latency_p99" else None)
    if unusable is not None:
        return _result(case, unusable)
    judged = judge(step_runs, limit, plan.alpha, step)
    return _result(case, Judged(judged.verdict, _plain_figures(step_runs) | judged.figures, judged.actual_zh,
                                judged.reason_zh, judged.reason_en))  # fmt: skip


def _result(case: Case, judged: Judged) -> CaseResult:
    return CaseResult(
        case.id, judged.verdict, judged.reason_zh, judged.reason_en, case.expected_zh, judged.actual_zh, judged.figures
    )  # fmt: skip


def _unusable(runs: Sequence[StepRun], limit_ms: float | None) -> Judged | None:
    unfit = [(number, run) for number, run in enumerate(runs, 1) if run.unfit_zh]
    if unfit:
        zh = "；".join(f"第 {number} 次：{'，'.join(run.unfit_zh)}" for number, run in unfit)
        en = "; ".join(f"run {number}: {', '.join(run.unfit_en)}" for number, run in unfit)
        return Judged(Verdict.INVALID, _plain_figures(runs), "", f"发压端不合格：{zh}", f"the generator is unfit: {en}")
    guarded = max(run.guarded_share for run in runs)
    if guarded > MOST_GUARDED:
        return Judged(
            Verdict.INCONCLUSIVE, _plain_figures(runs), "", f"{guarded:.1%} 的请求被风控拦截，超过 1%，性能不作判定",
            f"{guarded:.1%} of requests were stopped by risk rules",
        )  # fmt: skip
    bad = path_fault(runs, limit_ms)
    if bad:
        return Judged(Verdict.INCONCLUSIVE, _plain_figures(runs), "", f"网络路径不合格：{bad}", "the path is bad")
    return None


def _plain_figures(runs: Sequence[StepRun]) -> dict[str, Any]:
    return {
        "offered_per_s": [round(run.offered_per_s(), 1) for run in runs],
        "served_per_s": [round(run.served_per_s(), 1) for run in runs],
        "guarded_share": [round(run.guarded_share, 5) for run in runs],
    }


def _interval(figures: LimitFigures, unit: str) -> str:
    low, high = ("无界" if one is None else f"{one:.4g} {unit}" for one in (figures.lower, figures.upper))
    return f"{figures.runs} 次，置信界 [{low}，{high}]，限值 {figures.limit:g} {unit}"


def _judged(verdict: Verdict, figures: LimitFigures, unit: str) -> Judged:
    zh = en = ""
    if verdict is Verdict.INCONCLUSIVE:
        short = figures.runs < figures.runs_needed
        needed = (f"只测了 {figures.runs} 次，α = {figures.alpha:g} 至少需要 {figures.runs_needed} 次",
                  f"{figures.runs} runs; α = {figures.alpha:g} needs {figures.runs_needed}")  # fmt: skip
        zh, en = needed if short else ("置信区间跨过限值", "the interval holds the limit")
    elif verdict is Verdict.FAIL:
        zh, en = "整个置信区间都不满足限值", "the whole interval breaks the limit"
    return Judged(verdict, figures.as_json(), _interval(figures, unit), zh, en)


def _latency(runs: Sequence[StepRun], limit: float, alpha: float, _step: Step) -> Judged:
    verdict, figures = judge_limit([run.latencies_ms() for run in runs], P99, limit, alpha, "at_most")
    return _judged(verdict, figures, "ms")


def _rate(runs: Sequence[StepRun], limit: float, alpha: float, _step: Step) -> Judged:
    """A platform cannot serve more than is offered: below the limit only the bench is to blame."""
    verdict, figures = judge_values([run.served_per_s() for run in runs], limit, alpha, "at_least")
    if verdict is Verdict.FAIL and min(run.offered_per_s() for run in runs) < limit:
        return Judged(Verdict.INCONCLUSIVE, figures.as_json(), _interval(figures, "次/秒"), "施加的速率低于限值",
                      "less was offered than the limit")  # fmt: skip
    return _judged(verdict, figures, "次/秒")


def _drain(runs: Sequence[StepRun], limit: float, alpha: float, step: Step) -> Judged:
    verdict, figures = judge_values([run.drain_s(step.spike_s) for run in runs], limit, alpha, "at_most")
    return _judged(verdict, figures, "秒")


def _opening(runs: Sequence[StepRun], limit: float, alpha: float, _step: Step) -> Judged:
    """Every opening counts: one that is certainly later than the limit breaks it; all certainly in time keep it.

    How often a platform that was always in time may yet be late is bounded beside it.
    """
    offsets = [run.opening_offset_ms() for run in runs]
    known = [offset for offset in offsets if offset is not None]
    late = [offset for offset in known if offset[0] > limit]
    in_time = len(known) == len(runs) and all(offset[1] <= limit for offset in known)
    verdict = Verdict.FAIL if late else Verdict.PASS if in_time else Verdict.INCONCLUSIVE
    share = proportion_bounds(len(late), len(runs), alpha)[1]
    figures = {"offsets_ms": [list(offset) if offset else None for offset in offsets], "limit": limit,
               "late_share_upper": share}  # fmt: skip
    shown = "；".join(f"{low:.0f}–{high:.0f} ms" for low, high in known)
    why = {
        Verdict.PASS: ("", ""),
        Verdict.FAIL: ("晚于公布时刻开放，超过限值", "it opened later than the limit"),
        Verdict.INCONCLUSIVE: (
            "开放时刻的界跨过限值，或没有领取成功",
            "the bounds hold the limit, or nothing was granted",
        ),
    }[verdict]
    return Judged(verdict, figures, f"{len(runs)} 次开放的延迟：{shown}", *why)


_CHECKS: dict[str, tuple[Callable[[Step], float | None], Judge]] = {
    "latency_p99": (lambda step: step.p99_limit_ms, _latency),
    "least_rate": (lambda step: step.least_rate_per_s, _rate),
    "opening_offset": (lambda step: step.opens_within_ms, _opening),
    "drain_time": (lambda step: step.drains_within_s, _drain),
}
