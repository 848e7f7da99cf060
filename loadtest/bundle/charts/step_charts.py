"""The charts of one step: throughput and latency over the whole course, and the opening second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from loadtest.bundle.charts.line_chart import STYLES, Chart, Line, draw
from loadtest.bundle.step_record import Bins, StepRecord
from loadtest.bundle.wording import curve_words
from voucher_contract.refusals import REFUSALS

_FIRST = ("offered", "sent", "ok")
REFUSAL_ZH: Mapping[str, str] = {code: refusal.zh for code, refusal in REFUSALS.items()}


@dataclass(frozen=True)
class Figure:
    """A drawn chart with its caption and legend; ``rows`` are its numbers, for a table."""

    caption: str
    svg: Markup
    legend: tuple[tuple[str, str, str], ...]
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[float | None, ...], ...] = ()


def figures_of(step: StepRecord) -> tuple[Figure, ...]:
    """Whatever the step has curves for."""
    found: list[Figure] = []
    if step.around_opening is not None:
        bins = step.around_opening
        found.append(counts_figure(bins, f"开抢前后（每 {bins.width_s * 1000:g} 毫秒的次数）", table=True))
    if step.whole is not None:
        found.append(counts_figure(step.whole, f"全程吞吐（每 {step.whole.width_s:g} 秒的次数）"))
        found.append(latency_figure(step.whole, "全程时延（自计划到达时刻起算）", limit_ms=_limit(step)))
    return tuple(found)


def counts_figure(bins: Bins, caption: str, *, table: bool = False) -> Figure:
    """Counts by bin, offered and sent first."""
    names = sorted((one.name for one in bins.curves), key=lambda name: (_rank(name), name))
    xs = edges(bins)
    lines = [Line(curve_words(name, REFUSAL_ZH), xs, bins.curve(name)) for name in names]
    chart = Chart(caption, "距开抢（秒）", "次", lines, steps=True, at=0.0, at_label="公布的开抢时刻")
    rows = tuple(zip(xs, *(line.values for line in lines), strict=True)) if table else ()
    return Figure(caption, Markup(draw(chart)), legend(lines), ("秒", *(line.label for line in lines)), rows)  # noqa: S704 - ElementTree has escaped it


def latency_figure(bins: Bins, caption: str, *, limit_ms: float | None = None) -> Figure:
    """p50 and p99 by bin of the intended time; a gap where the percentile falls on what was never answered."""
    lines = [Line("p50", edges(bins), bins.p50_ms), Line("p99", edges(bins), bins.p99_ms)]
    label = f"限值 {limit_ms:g} 毫秒" if limit_ms is not None else ""
    chart = Chart(caption, "距开抢（秒）", "毫秒", lines, limit=limit_ms, limit_label=label)
    return Figure(caption, Markup(draw(chart)), legend(lines))  # noqa: S704 - ElementTree has escaped it


def edges(bins: Bins) -> list[float]:
    """The left edge of every bin in seconds after the opening."""
    count = len(bins.curves[0].counts) if bins.curves else 0
    return [round(bins.start_s + number * bins.width_s, 6) for number in range(count)]


def legend(lines: Sequence[Line]) -> tuple[tuple[str, str, str], ...]:
    """Label, colour and dash of every line, in the order in which they are drawn."""
    return tuple((line.label, *STYLES[number % len(STYLES)]) for number, line in enumerate(lines))


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _limit(step: StepRecord) -> float | None:
    limit = step.facts.get("p99_limit_ms")
    return float(limit) if isinstance(limit, int | float) else None
