"""The vendors' curves of one step, laid over each other."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from loadtest.bundle.charts.line_chart import Chart, Line, draw
from loadtest.bundle.charts.step_charts import Figure, edges, legend
from loadtest.bundle.comparing.vendors import Vendor
from loadtest.bundle.step_record import Bins, StepRecord


def common_steps(vendors: Sequence[Vendor]) -> list[tuple[str, list[tuple[Vendor, StepRecord]]]]:
    """Each step of the plan that at least one vendor played, with those who did."""
    names = dict.fromkeys(step.name for one in vendors for step in one.record.steps)
    return [
        (name, [(one, step) for one in vendors for step in one.record.steps if step.name == name]) for name in names
    ]


def overlaid(members: Sequence[tuple[Vendor, StepRecord]]) -> list[Figure]:
    """Successes around the opening and over the whole course, and p99; a step that is INVALID has no curve."""
    valid = [(one, step) for one, step in members if step.status == "valid"]
    opening = [(one.name, step.around_opening) for one, step in valid if step.around_opening is not None]
    whole = [(one.name, step.whole) for one, step in valid if step.whole is not None]
    found = []
    if opening:
        found.append(_figure("开抢前后成功数（每 100 毫秒）", "次", opening, lambda bins: bins.curve("ok"), steps=True))
    if whole:
        found.append(_figure("全程每秒成功数", "次/秒", whole, _per_second, steps=True))
        found.append(_figure("全程 p99 时延（自计划到达时刻起算）", "毫秒", whole, lambda bins: bins.p99_ms))
    return found


def _per_second(bins: Bins) -> Sequence[float]:
    return [count / bins.width_s for count in bins.curve("ok")]


def _figure(
    caption: str, unit: str, curves: Sequence[tuple[str, Bins]], values: Callable[[Bins], Sequence[float | None]],
    *, steps: bool = False,
) -> Figure:  # fmt: skip
    lines = [Line(name, edges(bins), values(bins)) for name, bins in curves]
    chart = Chart(caption, "距开抢（秒）", unit, lines, steps=steps, at=0.0, at_label="公布的开抢时刻")
    return Figure(caption, Markup(draw(chart)), legend(lines))  # noqa: S704 - ElementTree has escaped it
