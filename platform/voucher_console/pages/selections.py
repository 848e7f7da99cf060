"""评选: the selection sheets there are, and a new one."""

import asyncio
import unicodedata
from datetime import datetime
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.bench.selections import CannotSelect, Kept
from voucher_console.figures import BEIJING, moment
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.selection_editing import refusal
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.forms import Field
from voucher_console.parts.states import maintainers_only, say, show_empty
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View
from voucher_console.words import Text

_MOST = 10


async def build(view: View) -> None:
    """A button for a new one; the others below."""
    w, selections = view.w, view.console.selections
    if view.session.role == "bureau":
        with ui.element("div").classes("buttons"):
            ui.button(w("新建比选表", "New sheet"), on_click=lambda: _ask_new(view))
    found = await asyncio.to_thread(selections.all)
    if not found:
        show_empty(
            w("还没有比选表。主管部门可点“新建比选表”。", "No sheet yet. The bureau starts one with “New sheet”.")
        )
        return
    columns = [
        Column(w("名称", "Name")), Column(w("报名单位", "Applicants"), numeric=True),
        Column(w("评委", "Judges"), numeric=True), Column(w("最后保存", "Saved last")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            partial(view.link, one.name, f"/selection?name={one.name}"), _count(one, "applicants"),
            _count(one, "judges"), moment(one.saved_at),
        ]
        for one in found
    ]  # fmt: skip
    show_table(w("比选表", "Selection sheets"), columns, rows)
    with maintainers_only(w):
        say(w(f"录入文件在 {selections.folder} 下，命令 voucherlab selection 读的是同一份文件。",
              f"The files lie below {selections.folder}; the command voucherlab selection reads the same ones."),
            classes="as-of")  # fmt: skip


def _count(kept: Kept, kind: str) -> str:
    return "—" if kept.document is None else str(len(kept.document.get(kind, [])))


def _ask_new(view: View) -> None:
    w = view.w
    numbers = {str(n): str(n) for n in range(1, _MOST + 1)}

    async def send(values: dict[str, Any], _: str) -> str:
        name = unicodedata.normalize("NFC", str(values["name"]).strip())
        start = partial(
            view.console.selections.start, name=name, applicants=int(values["applicants"]),
            judges=int(values["judges"]), by=view.session.name,
        )  # fmt: skip
        try:
            await asyncio.to_thread(start)
        except CannotSelect as cannot:
            raise refusal(cannot) from cannot
        return name

    async def go_on(name: str) -> None:
        view.to(f"/selection?name={name}")

    ask_and_act(
        view, title=w("新建比选表", "New sheet"), confirm=w("新建", "Make it"), send=send, then=go_on,
        done=w("已新建", "Made"),
        explains=w("按公告列出入围核对项，由人填写；单位和评委以后还可以增减。",
                   "Lists the notice's checklist for people to fill in; applicants and judges can be added later."),
        fields=[
            Field("name", w("名称（汉字、字母、数字、- 和 _）", "Name (letters, digits, - and _)"),
                  value=w("比选会-", "selection-") + datetime.now(BEIJING).strftime("%Y%m%d")),
            Field("applicants", w("报名单位（家）", "Applicants"), "choice", "3", numbers),
            Field("judges", w("评委（位）", "Judges"), "choice", "5", numbers),
        ],
    )  # fmt: skip


PAGE = Page(
    path="/selections", title=Text("评选", "Selection"), menu=Text("评选", "Selection"), roles=OVERSIGHT, build=build,
    help=Text(
        "比选会用的表：登记收件、核对入围条件、附上证据、录入评委自己打的分；软件不打分。",
        "The sheet for the meeting: receipt, entry checklist, evidence, the judges' own scores. The program scores "
        "nothing.",
    ),
)  # fmt: skip
