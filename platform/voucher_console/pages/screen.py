"""发放大屏: issuing as it happens, for a wall. Keeps its last values when the network is gone, and says since when."""

import itertools
from datetime import datetime

from nicegui import ui

from voucher_console.feeds import Seen
from voucher_console.figures import clock, count, moment, share, yuan
from voucher_console.live import Shown, shown_from_batches, shown_of
from voucher_console.page import STAFF, Page
from voucher_console.pages.screen_charts import ScreenCharts
from voucher_console.parts.pickers import campaign_of
from voucher_console.parts.states import escaped, say
from voucher_console.trails import Sample
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Campaign

_REFRESH_S = 1.0
_SILENT_AFTER_MS = 8_000
# In the browser: when this console falls silent, the page still says since when its values stand. What beats is the
# console's own pulse and not the figures' time, which stands still when only the platform is away.
_SILENCE = """
(() => {
  const beat = document.querySelector(".screen-beat"), mark = document.querySelector(".screen-silent");
  let last = Date.now();
  new MutationObserver(() => { last = Date.now(); mark.hidden = true; })
    .observe(beat, {childList: true, characterData: true, subtree: true});
  document.addEventListener("visibilitychange", () => { last = Date.now(); });
  setInterval(() => {
    if (Date.now() - last < SILENT_AFTER || document.hidden) return;
    mark.hidden = false;
    mark.textContent = "SAYS " + new Date(last).toLocaleTimeString("zh-CN", {hour12: false, timeZone: "Asia/Shanghai"});
  }, 1000);
})();
"""


async def build(view: View) -> None:
    """Title and time, large numbers, at most six charts."""
    w = view.w
    campaigns: list[Campaign] = await view.every(routes.LIST_CAMPAIGNS)
    if not campaigns:
        say(w("还没有活动。", "No campaign yet."), classes="state")
        view.link(w("返回", "Back"), "/")
        return
    campaign = await campaign_of(view, campaigns)
    target = await view.console.target()
    with ui.element("div").classes("screen"):
        with ui.element("header").classes("screen-top"):
            say(campaign.name, "h1", "data")
            if target.simulated_data:
                say(w("模拟数据", "Simulated data"), "span", "simulated")
            stamp = ui.html("", tag="span", sanitize=False).classes("screen-stamp")
            if len(campaigns) > 1:
                view.link(w("其他活动", "Other campaigns"), "/campaigns")
            view.link(w("返回管理台", "Back to the console"), "/")
        stale = ui.html("", tag="p", sanitize=False).classes("screen-stale").props("role=status")
        say("", "p", "screen-stale screen-silent").props("hidden")
        beat, beats = ui.html("", tag="span", sanitize=False).classes("screen-beat").props("hidden"), itertools.count()
        numbers = _Numbers()
        charts = ScreenCharts(view, with_redemptions=target.can("live_figures"))

    async def show() -> None:
        seen = await _look(view, campaign.id, whole=target.can("live_figures"))
        beat.content = str(next(beats))
        stale.content = escaped(_staleness(view, seen))
        stale.set_visibility(seen.problem is not None)
        if seen.value is None:
            return
        shown: Shown = seen.value
        stamp.content = escaped(_stamp(view, shown, seen.at))
        numbers.show(_numbers(view, shown))
        trail = view.console.trails.of(campaign.id)
        if seen.problem is None and seen.at is not None:
            trail.add(Sample(seen.at, shown.issued, shown.whole.redeemed if shown.whole else None))
        charts.update(campaign.id, shown, trail)

    await show()
    view.keep_fresh(show, _REFRESH_S)
    words = w("与管理台的连接中断，画面为最后一次数据，自", "No connection to the console: last values, since")
    ui.run_javascript(_SILENCE.replace("SILENT_AFTER", str(_SILENT_AFTER_MS)).replace("SAYS", words))


async def _look(view: View, campaign_id: str, *, whole: bool) -> Seen:
    """One request a second to the target for all screens together."""
    if whole:

        async def fetch() -> Shown:
            return shown_of(await view.get(routes.GET_LIVE_FIGURES, campaign_id=campaign_id))

    else:

        async def fetch() -> Shown:
            page = await view.get(routes.LIST_BATCHES, query={"limit": "1"})
            batches = await view.every(routes.LIST_BATCHES)
            return shown_from_batches([one for one in batches if one.campaign_id == campaign_id], page.server_time)

    return await view.console.feeds.share(("screen", view.session.role, campaign_id), fetch, max_age_s=_REFRESH_S)


def _stamp(view: View, shown: Shown, at: datetime | None) -> str:
    business = f"{view.w('业务时间', 'Business time')} {moment(shown.server_time)}"
    return f"{business} · {view.w('取数（电脑时间）', 'fetched (computer time)')} {clock(at)}" if at else business


def _staleness(view: View, seen: Seen) -> str:
    if seen.problem is None:
        return ""
    words = view.w("无法取得新数据，画面为最后一次数据，自", "No new figures: the last values stand, since")
    why = seen.problem.says(view.w.language)
    return f"{words} {moment(seen.failing_since)}" + view.w(f"（{why}）", f" ({why})")


class _Numbers:
    """The large numbers: put there once, and afterwards only those that are new are sent."""

    def __init__(self) -> None:
        self._place = ui.element("dl").classes("screen-numbers")
        self._shown: dict[str, ui.html] = {}

    def show(self, numbers: dict[str, str]) -> None:
        """Show these, which are always of the same names."""
        for name, number in numbers.items():
            if name not in self._shown:
                with self._place, ui.element("div"):
                    say(name, "dt")
                    self._shown[name] = say(number, "dd")
            elif self._shown[name].content != escaped(number):
                self._shown[name].content = escaped(number)


def _numbers(view: View, shown: Shown) -> dict[str, str]:
    w = view.w
    numbers = {
        w("投放总量（张）", "Quota"): count(shown.quota), w("已领取", "Issued"): count(shown.issued),
        w("剩余", "Left"): count(shown.remaining), w("领取率", "Issued share"): share(shown.issued, shown.quota),
    }  # fmt: skip
    if shown.whole is not None:
        figures = shown.whole
        numbers |= {
            w("参与抢券人数", "People who tried"): count(figures.seekers),
            w("已核销", "Redeemed"): count(figures.redeemed),
            w("核销金额", "Redeemed amount"): yuan(figures.redeemed_fen),
            w("退款（笔）", "Refunds"): count(figures.refunds),
        }
    return numbers


PAGE = Page(
    path="/screen", title=Text("发放大屏", "Live screen"), menu=Text("发放大屏", "Live screen"),
    roles=STAFF, build=build,
    bare=True,
    help=Text("实时发放情况，适合投在大屏上。", "Issuing as it happens, for a large screen."),
)  # fmt: skip
