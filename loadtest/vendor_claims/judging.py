"""Answers every claim from what a run found: case results, and the step runs with their offered rates."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from loadtest.cases.model import Case, all_cases
from loadtest.confidence.bounds import proportion_bounds
from loadtest.confidence.deciding import judge_limit, judge_values
from loadtest.confidence.judging import MOST_GUARDED, P99
from loadtest.confidence.step_run import StepRun, path_fault
from loadtest.evidence.result import CaseResult
from loadtest.history.record import Outcome
from loadtest.vendor_claims.answers import Answer, ClaimAnswer, CurvePoint, HighestTried
from loadtest.vendor_claims.evidence import answer_by_cases, answered, cases_about
from loadtest.vendor_claims.model import (
    Availability,
    Claim,
    Claims,
    Never,
    OpensWithin,
    PeakRate,
)
from loadtest.vendor_claims.records import Record, beyond_record
from loadtest.verdicts import Verdict

_OUT_OF_REACH = {
    "people_at_once": ("在线人数不是到达速率，发压机造不出“同时在线”", "people online are no arrival rate"),
    "t1_by": (
        "报送时刻要在活动期间的次日观察；可用导出文件核对（voucherlab judge，t1-on-time）",
        "to be watched on the days after; exported delivery times can refute it",
    ),
}
StepRuns = Mapping[str, Sequence[StepRun]]
"""Repetitions by the name of their step."""


def judge_claims(
    claims: Claims, results: Mapping[str, CaseResult], step_runs: StepRuns, highest_tried: HighestTried | None,
    *, alpha: float = 0.05, cases: Mapping[str, Case] | None = None,
) -> list[ClaimAnswer]:  # fmt: skip
    """One answer a claim, in the order of the file. ``highest_tried`` None: nothing was tried under load."""
    known = all_cases() if cases is None else cases
    judge = _Judge(results, step_runs, highest_tried, alpha, known)
    return [judge.answer(claim) for claim in claims.claim]


class _Judge:
    def __init__(
        self, results: Mapping[str, CaseResult], step_runs: StepRuns, highest: HighestTried | None, alpha: float,
        cases: Mapping[str, Case],
    ) -> None:  # fmt: skip
        self._results, self._runs, self._alpha, self._cases = results, step_runs, alpha, cases
        self._highest = highest

    @property
    def _load_zh(self) -> str:
        if self._highest is None:
            return "未做负载测试"
        return f"所试最高 {self._highest.rate_per_s:g} 次/秒，{self._highest.generator_zh}"

    @property
    def _load_en(self) -> str:
        if self._highest is None:
            return "nothing was tried under load"
        return f"highest load tried {self._highest.rate_per_s:g}/s by {self._highest.generator_en}"

    def answer(self, claim: Claim) -> ClaimAnswer:
        """Flag, or decide, or say why not."""
        record = beyond_record(claim)
        if record is not None:
            return _flagged(claim, record)
        match claim:
            case PeakRate():
                return self._peak(claim)
            case OpensWithin():
                return self._opening(claim)
            case Availability():
                return self._availability(claim)
            case Never():
                return answer_by_cases(claim, self._results, cases_about(claim.kind, self._cases), self._load_zh)
        return self._open(claim, *_OUT_OF_REACH[claim.kind])

    def _open(self, claim: Claim, zh: str, en: str) -> ClaimAnswer:
        return answered(claim, Answer.UNDECIDABLE, f"{zh}（{self._load_zh}）", f"{en} ({self._load_en})")()

    def _usable(self) -> list[Sequence[StepRun]]:
        """Steps whose rates and latencies may be used, by rising offered rate."""
        steps = [
            runs
            for runs in self._runs.values()
            if runs
            and not any(run.unfit_zh or run.guarded_share > MOST_GUARDED for run in runs)
            and not path_fault(runs, None)
        ]
        return sorted(steps, key=lambda runs: min(run.offered_per_s() for run in runs))

    def _peak(self, claim: PeakRate) -> ClaimAnswer:
        """Refuted by a step at or below the claimed rate; confirmed by one at or above it that kept both."""
        curve = []
        refuted = confirmed = False
        for runs in self._usable():
            verdict = self._verdict(claim, runs)
            offered = min(run.offered_per_s() for run in runs)
            refuted |= verdict is Verdict.FAIL and max(run.offered_per_s() for run in runs) <= claim.rate_per_s * 1.02
            confirmed |= verdict is Verdict.PASS and offered >= claim.rate_per_s
            curve.append(_point(runs, verdict))
        wanted = f"{claim.rate_per_s:g} 次/秒"
        if refuted:
            return answered(claim, Answer.REFUTED, f"在不高于 {wanted} 的速率下已不满足，见曲线",
                            "it broke at or below the claimed rate: see the curve")(curve=tuple(curve))  # fmt: skip
        if confirmed:
            return answered(claim, Answer.CONFIRMED, f"在不低于 {wanted} 的速率下满足（{self._load_zh}）",
                            f"it held at the claimed rate ({self._load_en})")(curve=tuple(curve))  # fmt: skip
        return answered(claim, Answer.UNDECIDABLE, f"没有在 {wanted} 下得出结论（{self._load_zh}）",
                        f"nothing conclusive at the claimed rate ({self._load_en})")(curve=tuple(curve))  # fmt: skip

    def _verdict(self, claim: PeakRate, runs: Sequence[StepRun]) -> Verdict:
        """Served what was offered, or the claimed rate if more was offered, and with the claimed p99."""
        offered = min(run.offered_per_s() for run in runs)
        least = min(claim.rate_per_s, _NEARLY_ALL * offered)
        rate, _ = judge_values([run.served_per_s() for run in runs], least, self._alpha, "at_least")
        if claim.p99_ms is None:
            return rate
        samples = [run.latencies_ms() for run in runs]
        latency, _ = judge_limit(samples, P99, claim.p99_ms, self._alpha, "at_most")
        if Verdict.FAIL in {rate, latency}:
            return Verdict.FAIL
        return Verdict.PASS if rate is latency is Verdict.PASS else Verdict.INCONCLUSIVE

    def _opening(self, claim: OpensWithin) -> ClaimAnswer:
        offsets = [
            offset for runs in self._usable() for run in runs if (offset := run.opening_offset_ms()) is not None
        ]  # fmt: skip
        figures = {"offsets_ms": [list(one) for one in offsets]}
        if any(low > claim.ms for low, _ in offsets):
            worst = max(low for low, _ in offsets)
            return answered(claim, Answer.REFUTED, f"有一次开放至少晚了 {worst:.0f} ms",
                            f"one opening was at least {worst:.0f} ms late")(figures=figures)  # fmt: skip
        if offsets and all(high <= claim.ms for _, high in offsets):
            return answered(claim, Answer.CONFIRMED, f"{len(offsets)} 次开放都在 {claim.ms:g} ms 之内",
                            f"{len(offsets)} openings were all in time")(figures=figures)  # fmt: skip
        return self._open(claim, "没有能确定开放时刻的开抢", "no opening whose moment is certain enough")

    def _availability(self, claim: Availability) -> ClaimAnswer:
        """Of everything that was sent: lost, broken or never answered counts against it. A test is no year."""
        runs = [run for runs in self._usable() for run in runs]
        sent = sum(int(run.planned.sum()) for run in runs)
        lost = sum(int((run.planned & _broken(run)).sum()) for run in runs)
        if not sent:
            return self._open(claim, "没有负载下的记录", "no record under load")
        least_lost = proportion_bounds(lost, sent, self._alpha)[0]
        figures = {"sent": sent, "lost": lost, "lost_share_at_least": least_lost}
        if least_lost > 1 - claim.share:
            return answered(claim, Answer.REFUTED, f"测试中 {sent} 次请求有 {lost} 次没有得到答复，超过所称的比例",
                            f"{lost} of {sent} requests were not answered")(figures=figures)  # fmt: skip
        zh = f"测试时段内 {sent} 次请求有 {lost} 次没有得到答复；全年可用率不能由几分钟的测试证实"
        return answered(claim, Answer.UNDECIDABLE, f"{zh}（{self._load_zh}）",
                        "minutes of test confirm no year of availability")(figures=figures)  # fmt: skip


_NEARLY_ALL = 0.99
"""A server that keeps up still ends a moment after the last arrival: it is held to nearly all that was offered."""


def _broken(run: StepRun) -> NDArray[np.bool_]:
    return np.isin(run.outcome, (Outcome.OPEN, Outcome.UNKNOWN))


def _flagged(claim: Claim, record: Record) -> ClaimAnswer:
    zh = f"超过任何公开记录（{record.source_zh}），不作测试，请平台方说明口径与依据"
    en = f"beyond any public record ({record.source_en}): not tested, to be explained"
    return answered(claim, Answer.UNDECIDABLE, zh, en)(beyond_record_zh=record.source_zh)


def _point(runs: Sequence[StepRun], verdict: Verdict) -> CurvePoint:
    _, figures = judge_limit([run.latencies_ms() for run in runs], P99, float("inf"), 0.05, "at_most")
    return CurvePoint(
        round(min(run.offered_per_s() for run in runs), 1), round(min(run.served_per_s() for run in runs), 1),
        tuple(None if one is None else round(one, 3) for one in figures.of_runs), verdict.value,
    )  # fmt: skip
