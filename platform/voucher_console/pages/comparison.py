"""多家对照: finished runs of one plan beside each other, clause by clause. No scores, no ranking."""

import asyncio
from functools import partial

from nicegui import ui

from voucher_console.bench.runs import CannotRun
from voucher_console.bench.verdicts import read_verdict
from voucher_console.clause_words import clause_text
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.run_words import plan_told, target_told
from voucher_console.pages.runs import VERDICT_KINDS
from voucher_console.parts.forms import Field, Form
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text


async def build(view: View) -> None:
    """Choose runs; the matrix stands below, and the bench's own page can be made."""
    w, runs = view.w, view.console.runs
    finished = [one for one in runs.all() if one.verdict is not None]
    if not finished:
        show_empty(w("还没有完成的检验。", "No run is finished yet."))
        return
    named = {one.name: f"{one.name}{w('：', ': ')}{target_told(w, one.target)}{w('；', '; ')}{plan_told(w, one.plan)}"
             for one in finished}  # fmt: skip
    chosen = [one for one in view.query.get("runs", "").split(",") if one in named]
    form = Form(w, [Field("runs", w("选择同一计划的检验", "Choose runs of one plan"), "choices", chosen, named)])
    with ui.element("div").classes("buttons"):
        ui.button(w("对照", "Compare"), on_click=lambda: view.to("/comparison?runs=" + ",".join(form.held("runs"))))
    if chosen and _show_matrix(view, chosen):
        _offer_whole(view, chosen)


def _offer_whole(view: View, chosen: list[str]) -> None:
    """A button for the bench's own page, which takes a moment to make."""
    w, runs = view.w, view.console.runs

    async def make() -> None:
        said.clear()
        button.props("loading")
        try:
            text, out = await asyncio.to_thread(runs.compare, chosen)
        except CannotRun as cannot:
            text, out = w(cannot.zh, cannot.en), runs.folder
        finally:
            button.props(remove="loading")
        with said:
            if (page := next(out.glob("*.html"), None)) is None:
                say(text, "pre", "said")
                return
            address = f"/bench-files/{page.relative_to(runs.folder).as_posix()}"
            ui.link(w("打开对照表", "Open the comparison"), address, new_tab=True)

    with ui.element("div").classes("buttons"):
        words = w("生成完整对照表（含曲线）", "Make the whole comparison (with curves)")
        button = ui.button(words, on_click=make).props("outline")
        said = ui.element("div").props("role=status")


def _show_matrix(view: View, names: list[str]) -> bool:
    """Clause by clause, if the runs are of one plan; whether they are."""
    w = view.w
    verdicts = {name: verdict for name in names if (verdict := read_verdict(view.console.runs.one(name).evidence))}
    plans = {verdict.document["digests"]["plan"] for verdict in verdicts.values()}
    if len(plans) > 1:
        say(w("所选检验的计划不同，不能对照。", "These runs are of different plans and cannot be compared."),
            classes="warning").props("role=alert")  # fmt: skip
        return False
    clauses = list(dict.fromkeys(one["id"] for verdict in verdicts.values() for one in verdict.clauses()))

    def cell(name: str, clause: str) -> Cell:
        found = next((one for one in verdicts[name].clauses() if one["id"] == clause), None)
        word = found["verdict"] if found else None
        text = view.named(word) if word else w("由人判断", "By a person")
        if found and 0 < (parts := verdicts[name].played(found))[0] < parts[1]:
            text += w("（选测 {} / {}）", " ({} of {} cases)").format(*parts)
        return lambda: show_state(text, VERDICT_KINDS.get(word or "", "none"))

    columns = [
        Column(w("条款", "Clause")),
        Column(w("内容", "What it asks")),
        *(Column(f"{name} · {target_told(w, view.console.runs.one(name).target)}") for name in verdicts),
    ]
    overall: list[Cell] = [w("总体", "Overall"), "", *(
        partial(show_state, view.named(one.overall), VERDICT_KINDS.get(one.overall, "none"))
        for one in verdicts.values()
    )]  # fmt: skip
    rows = [
        overall,
        *([clause, clause_text(w, clause), *(cell(name, clause) for name in verdicts)] for clause in clauses),
    ]
    show_table(w("逐条对照；不打分、不排名", "Clause by clause; no scores, no ranking"), columns, rows)
    return True


PAGE = Page(
    path="/comparison", title=Text("多家对照", "Vendors compared"), under="/runs", roles=OVERSIGHT, build=build,
    help=Text(
        "同一计划下各家平台逐条并列，只列事实，不打分、不排名。",
        "Vendors tested with one plan beside each other: facts only, no scores and no ranking.",
    ),
)  # fmt: skip
