"""Whether this machine can make the load that a plan wants judged by rate and latency, before the target is asked."""

from typing import Any

from loadtest.agreed.plan import Plan, Step
from loadtest.agreed.reading import ConfigurationError
from loadtest.engine.qualifying import BEYOND_PLAN, USABLE_SHARE, Qualification, planned_peak, qualify, too_fast


def steps_with_limits(plan: Plan) -> list[Step]:
    """Steps whose rates or latencies the plan wants judged; correctness needs no qualified generator."""
    return [
        step
        for step in plan.steps
        if any((step.p99_limit_ms, step.least_rate_per_s, step.opens_within_ms, step.drains_within_s))
    ]


def qualified(plan: Plan) -> dict[str, Any]:
    """What the generator has shown against the null server, for ``run.json``. Raises ConfigurationError.

    A schedule above 0.6 of the qualified rate in some tenth of a second is refused: what came late would be ours.
    """
    steps = steps_with_limits(plan)
    if not steps:
        return {"rate_per_s": 0.0, "zh": "计划未规定速率与延迟限值，未做发压机标定"}
    peak = planned_peak(steps, plan.seed)
    found = qualify(enough_per_s=peak * max(BEYOND_PLAN, 1 / USABLE_SHARE))
    fast = too_fast(steps, plan.seed, found)
    if fast:
        words = ", ".join(f"{name}: {rate:.0f}/s" for name, rate in fast.items())
        raise ConfigurationError(
            f"steps: {words}; one generator process of this machine is good for {found.usable_per_s:.0f}/s in any "
            f"tenth of a second: raise processes or take another machine 发压机能力不足"
        )
    return {"rate_per_s": found.rate_per_s, "zh": _words(found, peak)}


def _words(found: Qualification, peak: float) -> str:
    return f"单进程标定 {found.rate_per_s:.0f} 次/秒（空应答服务器），计划峰值 {peak:.0f} 次/秒"
