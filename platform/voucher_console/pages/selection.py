"""One selection sheet: what is missing, who takes part, the evidence clause by clause, the ranking, and its files."""

import asyncio
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.bench.entries import about, held
from voucher_console.bench.selections import FILES, CannotSelect, Checked, Kept
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.selection_changes import show_changes
from voucher_console.pages.selection_editing import look_at, refusal, show_faults_elsewhere
from voucher_console.pages.selection_fields import EDITED, MEETING_PAGE, STANDINGS, faults_of, shown
from voucher_console.pages.selection_tables import show_sheet
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.parts.states import say, show_empty, show_problem
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "json": "application/json",
}  # fmt: skip


async def build(view: View) -> None:
    """What to do next on top; what comes of it below. Raises Refused."""
    w = view.w
    kept, checked = await look_at(view)
    view.link(w("← 返回评选", "← Back to selection"), "/selections")
    say(kept.name, "h2", "data")
    faults = faults_of(w, kept, checked)
    if faults:
        show_faults_elsewhere(view, kept, faults)
    if kept.document is None:
        say(w(f"这份文件要先用文本编辑器改好：{kept.file}", f"A text editor must mend the file first: {kept.file}"),
            classes="warning")  # fmt: skip
        await show_changes(view, kept)
        return
    if checked.tables is not None:
        _show_result(view, checked.sheet or {}, checked.tables)
    _show_ways(view, kept, checked)
    _show_applicants(view, kept, checked.sheet)
    if checked.tables is not None:
        show_sheet(view, checked.tables)
    await show_changes(view, kept)


def _show_result(view: View, sheet: dict[str, Any], tables: dict[str, Any]) -> None:
    why_not = sheet["comparison"]["why_not"]
    say(view.w(why_not["zh"], why_not["en"]) if why_not else tables["facts"][-1]["value"],
        classes="warning" if why_not else "next-step").props("role=status")  # fmt: skip


def _show_ways(view: View, kept: Kept, checked: Checked) -> None:
    w = view.w
    compared = checked.sheet is None or checked.sheet["comparison"]["organised"]
    ways = [(w("会议与评委", "Meeting and judges"), MEETING_PAGE)]
    if compared:  # where the notice has no comparison, nobody scores
        ways.append((w("录入评分", "Enter the scores"), EDITED["scores"]))
    trouble = ui.element("div")
    with ui.element("div").classes("buttons"):
        if view.session.role == "bureau":
            for name, path in ways:
                ui.button(name, on_click=partial(view.to, f"{path}?name={kept.name}"))
            ui.button(w("加一家单位", "Add an applicant"), on_click=lambda: _ask_new(view, kept)).props("outline")
        if checked.tables is not None:
            for kind in FILES:
                name = w(f"下载 {kind}", f"Download {kind}")
                ui.button(name, on_click=partial(_download, view, kept.name, kind, trouble)).props("outline")


async def _download(view: View, name: str, kind: str, trouble: ui.element) -> None:
    trouble.clear()
    if not view.signed_in():
        view.to_sign_in()
        return
    with trouble:
        say(view.w("正在生成，请稍候……", "Being made, one moment…")).props("role=status")
    try:
        made = await asyncio.to_thread(view.console.selections.write, name, view.w.language)
    except CannotSelect as cannot:
        trouble.clear()
        with trouble:
            show_problem(view.w, refusal(cannot).problem)
        return
    trouble.clear()
    with view.body:
        ui.download.content(made[kind], f"{name}.{kind}", _MEDIA[kind])


def _show_applicants(view: View, kept: Kept, sheet: dict[str, Any] | None) -> None:
    w, document = view.w, kept.document or {}
    say(w("报名单位", "Applicants"), "h2")
    entries = document.get("applicants", [])
    if not entries:
        show_empty(w("还没有报名单位。", "No applicant yet."))
        return
    found = {one["id"]: one for one in (sheet or {}).get("applicants", [])}
    columns = [
        Column(w("单位", "Applicant")), Column(w("收件时间", "Received")), Column(w("入围", "Entry")),
        Column(w("证据包", "Bundles"), numeric=True), Column(w("已评分的评委", "Judges with scores"), numeric=True),
        *([Column(w("填写", "Fill in"))] if view.session.role == "bureau" else []),
    ]  # fmt: skip
    rows = [_row(view, kept, one, found.get(one["id"])) for one in entries]
    show_table(w("报名单位", "Applicants"), columns, rows).classes("titled")


def _row(view: View, kept: Kept, one: dict[str, Any], found: dict[str, Any] | None) -> list[Cell]:
    w, document = view.w, kept.document or {}
    papers = [paper for paper in document.get("scores", []) if paper["applicant"] == one["id"] and paper.get("points")]
    name = str(one.get("name") or one["id"])
    row: list[Cell] = [
        lambda: say(name, "span", "data"), shown(w, one.get("received_at")),
        partial(_standing, view, found) if found else "—", str(len(one.get("bundles", []))),
        f"{len(papers)} / {len(document.get('judges', []))}",
    ]  # fmt: skip
    return [*row, partial(_row_buttons, view, kept, one["id"], name)] if view.session.role == "bureau" else row


def _standing(view: View, found: dict[str, Any]) -> None:
    standing = str(found["standing"])
    words, kind = STANDINGS[standing]
    show_state(view.w.of(words), kind)


def _row_buttons(view: View, kept: Kept, entry: str, name: str) -> None:
    w = view.w
    with ui.element("div").classes("buttons tight"):
        fill = ui.button(w("填写", "Fill in"))
        fill.on_click(partial(view.to, f"{EDITED['applicants']}?name={kept.name}&id={entry}"))
        fill.props["aria-label"] = w(f"填写 {name}", f"Fill in {name}")
        take = ui.button(w("移除", "Remove"), color="negative", on_click=lambda: ask_removal(
            view, kept, "applicants", entry,
            w("这家单位的登记、核对和评分一并删去，不能恢复。逾期或不符合条件的单位应当留在表上。",
              "Its entry, checklist and scores go with it for good. Who was late or refused should stay on the sheet."),
        ))  # fmt: skip
        fill.props("dense outline")
        take.props("dense outline")
        take.props["aria-label"] = w(f"移除 {name}", f"Remove {name}")


def ask_removal(view: View, kept: Kept, kind: str, entry: str, explains: str) -> None:
    """Take a judge or applicant out after asking; not where somebody has changed it since the page was opened."""
    w, document = view.w, kept.document or {}
    seen = about(document, kind, entry)
    name = str(held(document, (kind, entry, "name")) or entry)

    async def send(_: dict[str, Any], __: str) -> bool:
        try:
            take_out, by = view.console.selections.remove, view.session.name
            await asyncio.to_thread(take_out, kept.name, kind, entry, seen, by=by)
        except CannotSelect as cannot:
            raise refusal(cannot) from cannot
        return True

    ask_and_act(
        view, title=w(f"移除：{name}", f"Remove: {name}"), explains=explains, confirm=w("移除", "Remove"),
        send=send, done=w("已移除", "Removed"), danger=True,
    )  # fmt: skip


def _ask_new(view: View, kept: Kept) -> None:
    w = view.w

    async def send(values: dict[str, Any], _: str) -> str:
        try:
            add, by = view.console.selections.add, view.session.name
            made = await asyncio.to_thread(add, kept.name, "applicants", "a", values, by=by)
        except CannotSelect as cannot:
            raise refusal(cannot) from cannot
        return str(made)

    async def go_on(entry: str) -> None:
        view.to(f"{EDITED['applicants']}?name={kept.name}&id={entry}")

    ask_and_act(
        view, title=w("加一家单位", "Add an applicant"), explains=w("加在名单最后。", "It comes last on the list."),
        confirm=w("加入", "Add"), send=send, then=go_on, done=w("已加入", "Added"),
        fields=[Field("name", w("单位名称", "Name of the applicant"))],
    )  # fmt: skip


PAGE = Page(
    path="/selection", title=Text("比选表", "Selection sheet"), under="/selections", roles=OVERSIGHT, build=build,
    help=Text(
        "上面写着还缺什么；名单、逐条证据和排名在下面，分数都是评委自己打的，软件只相加、排序。",
        "What is still missing stands on top, evidence and ranking below; all scores are the judges' own, only added "
        "up and sorted.",
    ),
)  # fmt: skip
