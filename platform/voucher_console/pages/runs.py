"""检验: vendors and plans to choose from, a run to start, and all runs so far."""

from datetime import datetime
from functools import partial
from typing import Any

from nicegui import run as threads
from nicegui import ui

from voucher_console.bench.runs import OWN_REFERENCE, CannotRun, Run
from voucher_console.figures import BEIJING, moment
from voucher_console.line import Problem, Refused
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.run_words import SIMULATED, plan_told, target_told
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.parts.states import maintainers_only, say, show_empty
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text

VERDICT_KINDS = {"PASS": "good", "WARN": "warn", "FAIL": "bad", "INVALID": "bad", "INCONCLUSIVE": "warn"}


async def build(view: View) -> None:
    """What can be tested and how, then the runs."""
    w, runs = view.w, view.console.runs
    with ui.element("div").classes("buttons"):
        if view.session.role == "bureau":
            ui.button(w("开始一次检验", "Start a run"), on_click=lambda: _ask_run(view))
        view.link(w("多家对照", "Compare vendors"), "/comparison")
    say(w("被测平台与测试计划", "Targets and plans"), "h2")
    targets, plans = runs.targets(), runs.plans()
    rows: list[list[Cell]] = [[name, w("被测平台文件", "Target file")] for name in targets]
    rows += [[name, _plan_use(view, name)] for name in plans]
    columns = [Column(w("文件", "File")), Column(w("用途", "What it is"))]
    show_table(w("可以选择的文件", "Files to choose from"), columns, rows)
    with maintainers_only(w):
        say(w(f"把 target.toml 放入 {runs.folder / 'targets'}，把自定的计划放入 {runs.folder / 'plans'}。",
              f"Put a target.toml into {runs.folder / 'targets'} and plans of your own into {runs.folder / 'plans'}."),
            classes="as-of")  # fmt: skip
    say(w("检验记录", "Runs"), "h2")
    listed = ui.element("div")

    async def show() -> None:
        found = await threads.io_bound(runs.all) or []
        listed.clear()
        with listed:
            _show_runs(view, found)

    await show()
    view.keep_fresh(show)


def _plan_use(view: View, name: str) -> str:
    size = plan_told(view.w, name)
    own = view.w("自定的测试计划", "Plan of your own")
    return own if size == name else f"{view.w('测试计划 · ', 'Plan, ')}{size}"


def refused_by(cannot: CannotRun) -> Refused:
    """The bench's no, as a dialog shows it."""
    return Refused(Problem("cannot_run", cannot.zh, cannot.en, 422))


def run_state(view: View, run: Run) -> tuple[str, str]:
    """A run's state in words, and how it looks."""
    w = view.w
    if run.running:
        return w("进行中", "Running"), "warn"
    if run.verdict is None:
        return (w("已中止", "Aborted") if run.aborted else w("已中断", "Broken off")), "none"
    return verdict_word(view, run.verdict), VERDICT_KINDS.get(run.verdict, "none")


def verdict_word(view: View, verdict: str) -> str:
    """As the bench writes it, and in words; to English readers they are the same."""
    return view.w(f"{verdict} {view.named(verdict)}", view.named(verdict))


def _show_runs(view: View, runs: list[Run]) -> None:
    w = view.w
    if not runs:
        show_empty(
            w("还没有检验。主管部门可点“开始一次检验”。", "No run yet. The bureau starts one with “Start a run”.")
        )
        return
    columns = [
        Column(w("名称", "Name")), Column(w("被测平台", "Target")), Column(w("计划", "Plan")),
        Column(w("发起人", "Started by")),
        Column(w("开始时间", "Started")), Column(w("状态与结论", "State and verdict")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            partial(view.link, one.name, f"/run?name={one.name}"), target_told(w, one.target),
            plan_told(w, one.plan), one.by,
            moment(one.started_at), partial(show_state, *run_state(view, one)),
        ]
        for one in runs
    ]  # fmt: skip
    show_table(w("检验记录", "Runs"), columns, rows)


def _ask_run(view: View) -> None:
    w, runs = view.w, view.console.runs
    targets = {name: name for name in runs.targets()}
    targets |= {name: target_told(w, name) for name in (OWN_REFERENCE, *SIMULATED)}

    async def send(values: dict[str, Any], _: str) -> Run:
        only = [one for one in str(values["only"] or "").replace("，", ",").split(",") if one.strip()]
        try:
            return runs.start(
                name=values["name"], target=values["target"], plan=values["plan"],
                only=[one.strip() for one in only], by=view.session.name,
            )  # fmt: skip
        except CannotRun as cannot:
            raise refused_by(cannot) from cannot

    async def go_on(run: Run) -> None:
        view.to(f"/run?name={run.name}")

    ask_and_act(
        view, title=w("开始一次检验", "Start a run"), confirm=w("开始", "Start"), send=send, then=go_on,
        done=w("检验已开始", "The run has begun"),
        explains=w("不在本机的平台须有书面许可（写在文件中）；没有许可，一个字节都不会发出。",
                   "A target on another machine needs a permit in its file; without one not a byte leaves."),
        fields=[
            Field("name", w("名称（字母、数字、- 和 _）", "Name (letters, digits, - and _)"),
                  value=datetime.now(BEIJING).strftime("run-%m%d-%H%M%S")),
            Field("target", w("被测平台", "Target"), "choice", "", targets),
            Field("plan", w("测试计划", "Plan"), "choice", "quick",
                  {name: plan_told(w, name) for name in runs.plans()}),
            Field("only", w("只测（可不填）", "Only (may be empty)"), optional=True,
                  hint=w("用例、条款或步骤，逗号分隔", "Cases, clauses or steps, with commas")),
        ],
    )  # fmt: skip


PAGE = Page(
    path="/runs", title=Text("检验", "Testing"), menu=Text("检验", "Testing"), roles=OVERSIGHT, build=build,
    help=Text(
        "用同一份计划检验任何一家平台：逐条给出通过、不通过或无法判定，并附证据。",
        "Test any vendor's platform with the same plan: pass, fail or cannot tell, clause by clause, with evidence.",
    ),
)  # fmt: skip
