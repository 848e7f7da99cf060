"""The charts of the live screen: six at most, and three where the target tells of issuing alone."""

from typing import Any

from nicegui import ui

from voucher_console.drawings import Options
from voucher_console.figures import clock
from voucher_console.live import Shown
from voucher_console.parts.charts import at_any_height, bars, curves, parts_of_whole
from voucher_console.trails import Trail
from voucher_console.view import View

_SIZE = 18
_MOST_BATCHES, _MOST_BARS = 8, 8


class ScreenCharts:
    """Drawn once; afterwards only their numbers change, without animation."""

    def __init__(self, view: View, *, with_redemptions: bool) -> None:
        self._view = view
        self._whole = with_redemptions
        self._place = ui.element("div").classes("screen-charts" if with_redemptions else "screen-charts few")
        self._charts: list[ui.echart] = []
        self._drawn: Options = []

    def update(self, campaign_id: str, shown: Shown, trail: Trail) -> None:
        """Show these figures; a chart whose figures are as they were is left alone."""
        kind = (campaign_id, self._view.w.language, self._view.session.role)
        options = self._view.console.drawings.of(kind, shown, lambda: self._options(shown, trail))
        if not self._charts:
            with self._place:
                # A copy of the outermost: the chart keeps it as its own, and changes it below.
                self._charts = [ui.echart(dict(one)).classes("screen-chart") for one in options]
        for chart, one, before in zip(self._charts, options, self._drawn, strict=False):
            if one != before:
                chart.options.clear()
                chart.options.update(one)
                chart.update()
        self._drawn = options

    def _options(self, shown: Shown, trail: Trail) -> Options:
        options = [self._course(trail), self._rate(trail), self._batches(shown)]
        if self._whole:
            options += [self._categories(shown), self._districts(shown), self._attempts(shown)]
        return [at_any_height(one) for one in options]

    def _course(self, trail: Trail) -> dict[str, Any]:
        w = self._view.w
        series: list[tuple[str, list[float | None]]] = [(w("已领取", "Issued"), [one.issued for one in trail.samples])]
        if self._whole:
            series.append((w("已核销", "Redeemed"), [one.redeemed for one in trail.samples]))
        title = w("领取与核销走势", "Over time") if self._whole else w("领取走势", "Issued over time")
        return curves(title, [clock(one.at) for one in trail.samples], series, dark=True, size=_SIZE)

    def _rate(self, trail: Trail) -> dict[str, Any]:
        w = self._view.w
        return curves(w("每秒领取（张）", "Issued per second"), [clock(one.at) for one in trail.samples],
                      [(w("每秒", "Per second"), trail.issued_per_s())], dark=True, size=_SIZE)  # fmt: skip

    def _batches(self, shown: Shown) -> dict[str, Any]:
        w = self._view.w
        largest = sorted(shown.batches, key=lambda one: one.quota, reverse=True)[:_MOST_BATCHES]
        issued = [one.quota - one.remaining for one in largest]
        stacks = [(w("已领取", "Issued"), issued), (w("剩余", "Left"), [one.remaining for one in largest])]
        return parts_of_whole(w("各券种", "Batches"), [one.name for one in largest], stacks, dark=True, size=_SIZE)

    def _categories(self, shown: Shown) -> dict[str, Any]:
        rows = sorted(shown.whole.by_category, key=lambda one: -one.redeemed) if shown.whole else []
        title, names = (
            self._view.w("各行业核销（笔）", "Redeemed by industry"),
            [self._view.named(one.category) for one in rows],
        )
        return bars(title, names, [one.redeemed for one in rows], dark=True, size=_SIZE, colour=2)

    def _districts(self, shown: Shown) -> dict[str, Any]:
        rows = sorted(shown.whole.by_district, key=lambda one: -one.redeemed)[:_MOST_BARS] if shown.whole else []
        title, names = (
            self._view.w("各区域核销（笔，前 8）", "Redeemed by district (top 8)"),
            [self._view.named(one.district) for one in rows],
        )
        return bars(title, names, [one.redeemed for one in rows], dark=True, size=_SIZE, colour=2)

    def _attempts(self, shown: Shown) -> dict[str, Any]:
        attempts = shown.whole.attempts if shown.whole else {}
        rows = sorted(attempts.items(), key=lambda one: -one[1])[:_MOST_BARS]
        w = self._view.w
        # The numbers above leave voided ones out; an attempt that won has won, whatever came of its voucher.
        won = w("领取成功（含后来作废）", "Won, voided since or not")
        names = [won if word == "issued" else self._view.refusal_named(word) for word, _ in rows]
        title = w("抢券结果（次）", "Attempts")
        return bars(title, names, [number for _, number in rows], dark=True, size=_SIZE, colour=1)
