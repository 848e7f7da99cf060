"""One run: live while it lasts, with its verdict and witnesses afterwards."""

from typing import Any

from nicegui import run as threads
from nicegui import ui

from voucher_console.bench.progress import Progress, StepProgress, read_progress
from voucher_console.bench.runs import CannotRun, Run
from voucher_console.bench.verdicts import Verdict, read_verdict
from voucher_console.figures import count, moment
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.run_verdict import show_verdict
from voucher_console.pages.run_words import plan_told, target_told
from voucher_console.pages.runs import refused_by, run_state
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.charts import bars, curves
from voucher_console.parts.states import maintainers_only, say, show_empty
from voucher_console.parts.tables import show_facts, show_state
from voucher_console.view import View
from voucher_console.words import Text

_OUTCOME_WORDS = {
    "open": Text("等待答复", "Waiting"), "ok": Text("成功", "Done"), "refused": Text("按规则拒绝", "Refused by rule"),
    "not_executed": Text("限流或过载", "Shed"), "guarded": Text("风控拦截", "Stopped by a risk rule"),
    "no_effect": Text("请求无效", "Wrong request"), "unknown": Text("结果未知", "Unknown"),
    "ok_unreadable": Text("成功但不可读", "Done, unreadable"), "pending": Text("处理中", "Pending"),
    "not_sent": Text("未发出", "Not sent"),
}  # fmt: skip


async def build(view: View) -> None:
    """State, progress, charts, what the bench says; then the verdict."""
    w, runs = view.w, view.console.runs
    view.link(w("← 返回检验", "← Back to testing"), "/runs")
    try:
        run = runs.one(view.query.get("name", ""))
    except CannotRun as cannot:
        show_empty(w(cannot.zh, cannot.en))
        return
    say(run.name, "h2", "data")
    facts, acts, charts = ui.element("div"), ui.element("div").classes("buttons"), ui.element("div").classes("charts")
    result = ui.element("div")
    with maintainers_only(w, opened=run.verdict is None):
        words = w("测试程序的输出", "What the bench says")
        said = ui.element("pre").classes("said").props(f'tabindex=0 aria-label="{words}"')
    drawn = _Drawn(view, charts)

    async def show() -> None:
        now = runs.one(run.name)
        seen = await view.console.feeds.share(
            ("progress", run.name), lambda: threads.io_bound(read_progress, run.evidence), max_age_s=1.0
        )
        facts.clear()
        with facts:
            _show_facts(view, now, seen.value)
        if seen.value is not None and seen.value.step is not None:
            drawn.update(seen.value.step)
        said.clear()
        with said:
            say(now.output(), "span")

    async def show_until_it_ends() -> None:
        # Not in `show`, which is part of filling the page: a filling that waits for another one would wait for itself.
        await show()
        if not runs.one(run.name).running:
            view.fill_soon()

    await show()
    if run.running:
        with acts:
            if view.session.role == "bureau":
                ui.button(w("中止", "Abort"), color="negative", on_click=lambda: _ask_abort(view, run))
        view.keep_fresh(show_until_it_ends)
        return
    verdict = read_verdict(run.evidence)
    with result:
        if verdict is None:
            show_empty(_why_no_verdict(view, run))
        else:
            _show_finished(view, run, verdict, acts)


def _show_finished(view: View, run: Run, verdict: Verdict, acts: ui.element) -> None:
    w = view.w
    again = ui.element("pre").classes("said").props(f'tabindex=0 aria-label="{w("重新判定", "Judged again")}"')
    again.set_visibility(False)
    with acts:
        report = f"/bench-files/runs/{run.name}/evidence/report.html"
        ui.link(w("打开完整报告", "Open the whole report"), report, new_tab=True)
        words = w("用留存证据重新判定", "Judge again from the evidence")
        ui.button(words, on_click=lambda: _judge_again(view, run, again)).props("outline")
    show_verdict(view, verdict)


def _show_facts(view: View, run: Run, progress: Progress | None) -> None:
    w = view.w
    pairs = [
        (w("状态与结论", "State and verdict"), lambda: show_state(*run_state(view, run))),
        (w("被测平台", "Target"), target_told(w, run.target)), (w("计划", "Plan"), plan_told(w, run.plan)),
        (w("发起人", "Started by"), run.by),
        (w("开始时间", "Started"), moment(run.started_at)),
    ]  # fmt: skip
    if progress is not None:
        loaded = run.running or progress.steps_done
        steps = f"{progress.steps_done} / {progress.steps_all}" if loaded else w("未选测", "Not selected")
        pairs += [
            (w("用例", "Cases"), f"{progress.cases_played} / {progress.cases_all}"),
            (w("负载步骤", "Load steps"), steps),
        ]
    if progress is not None and progress.step is not None:
        step = progress.step
        pairs += [
            (w("当前步骤", "Step"), f"{step.name} · {step.planned_rate_per_s:g}/s × {step.duration_s:g} s"),
            (w("请求", "Attempts"), count(step.attempts)),
        ]
    show_facts(pairs)  # type: ignore[arg-type]


class _Drawn:
    """The three charts of a live step; drawn when there is something, then only their numbers change."""

    def __init__(self, view: View, place: ui.element) -> None:
        self._w, self._place = view.w, place
        self._charts: list[ui.echart] = []

    def update(self, step: StepProgress) -> None:
        """Show this step's figures."""
        options = [self._rates(step), self._lag(step), self._outcomes(step)]
        if not self._charts:
            with self._place:
                self._charts = [ui.echart(one).classes("chart") for one in options]
            return
        for chart, one in zip(self._charts, options, strict=True):
            chart.options.clear()
            chart.options.update(one)
            chart.update()

    def _rates(self, step: StepProgress) -> dict[str, object]:
        w = self._w
        series = [(w("计划", "Planned"), step.intended_per_s), (w("实发", "Sent"), step.sent_per_s)]
        return curves(w("速率（次/秒）", "Rate per second"), _times(step), series)

    def _lag(self, step: StepProgress) -> dict[str, object]:
        w = self._w
        return curves(w("发送滞后 p99（毫秒）", "Lag p99 (ms)"), _times(step), [(w("滞后", "Lag"), step.lag_ms)])

    def _outcomes(self, step: StepProgress) -> dict[str, object]:
        w = self._w
        names = [w.of(_OUTCOME_WORDS[one]) for one in step.outcomes]
        return bars(w("结果", "Outcomes"), names, list(step.outcomes.values()))


def _times(step: StepProgress) -> list[str]:
    return [f"{one:g} s" for one in step.seconds]


def _why_no_verdict(view: View, run: Run) -> str:
    w = view.w
    if run.aborted is None:
        return w("没有结论：测试被中断，或配置有误（见下方输出）。",
                 "No verdict: it was broken off, or the configuration is wrong (see below).")  # fmt: skip
    by, at = run.aborted.by, moment(run.aborted.at)
    return w(f"没有结论：{by} 于 {at} 中止了这次检验。此前的证据保留在 {run.evidence}。",
             f"No verdict: {by} broke this run off at {at}. The evidence so far stays in {run.evidence}.")  # fmt: skip


def _ask_abort(view: View, run: Run) -> None:
    w = view.w

    async def send(_: dict[str, Any], __: str) -> None:
        try:
            await threads.io_bound(view.console.runs.abort, run.name, by=view.session.name)
        except CannotRun as cannot:
            raise refused_by(cannot) from cannot

    ask_and_act(
        view, title=w("中止检验", "Abort the run"), confirm=w("中止", "Abort"), send=send, danger=True,
        done=w("检验已中止", "The run is broken off"),
        explains=w("不再发送请求，也不会有结论；此前的证据保留。",
                   "No more requests are sent and there will be no verdict; the evidence so far stays."),
    )  # fmt: skip


async def _judge_again(view: View, run: Run, place: ui.element) -> None:
    place.clear()
    place.set_visibility(True)
    with place:
        say(view.w("正在重新判定……", "Judging again…"), "span")
    text = await threads.io_bound(view.console.runs.judge_again, run.name)
    place.clear()
    with place:
        say(str(text), "span")


PAGE = Page(
    path="/run", title=Text("一次检验", "One run"), under="/runs", roles=OVERSIGHT, build=build,
    help=Text(
        "进行中看速率、滞后与结果，可随时中止；结束后看结论、逐条依据和证据。",
        "While it runs: rate, lag and outcomes, and a button to break it off. Afterwards: verdict, clauses, witnesses.",
    ),
)  # fmt: skip
