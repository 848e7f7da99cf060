"""The sheet as it will be printed: the bench's own tables in its own words."""

from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_facts, show_table
from voucher_console.view import View

# How many leading columns of a table have a heading of ours; the others are headed by an applicant's name.
_OWN_HEADINGS = {"entry": 2, "evidence": 3}
# The column of long sentences, which keeps its width on a narrow screen.
_LONG = {"entry": 1, "evidence": 1, "applicants": 5, "ranking": 4}


def show_sheet(view: View, tables: dict[str, Any]) -> None:
    """Remarks first, then the tables in the order of the meeting."""
    w = view.w
    say(w("需要注意", "Please note"), "h2")
    if tables["remarks"]:
        with ui.element("ul").classes("remarks"):
            for one in tables["remarks"]:
                say(one, "li")
    else:
        show_empty(w("没有需要特别注意的。", "Nothing in particular."))
    _ranking(view, tables)
    for name, title in (
        ("evidence", w("证据对照（逐条，附级别）", "Evidence clause by clause, with its level")),
        ("bundles", w("证据包", "Bundles of evidence")), ("entry", w("入围核对", "Entry checklist")),
        ("applicants", w("报名与收件", "Applicants and receipt")),
    ):  # fmt: skip
        say(title, "h2")
        if tables[name]["rows"]:
            _show(title, tables[name], name).classes("titled")
        else:
            show_empty(w("还没有。", "None yet."))
    say(w("会议", "Meeting"), "h2")
    show_facts([(one["name"], one["value"]) for one in tables["facts"]])
    say(w("说明", "Notes"), "h2")
    with ui.element("ol").classes("remarks"):
        for one in tables["notes"]:
            say(one, "li")


def _ranking(view: View, tables: dict[str, Any]) -> None:
    """Places and the judges' own points; where there is no comparison, the sentence that says why, and no point."""
    w = view.w
    say(w("排名", "Ranking"), "h2")
    if isinstance(tables["ranking"], str):
        show_empty(tables["ranking"])
        return
    _show(w("按全体评委合计分", "By the sum of all judges"), tables["ranking"], "ranking")
    say(w("评委自己打的分", "The judges' own scores"), "h2")
    for one in tables["scores"]:
        _show(one["applicant"], one, "scores").classes("data")


def _show(title: str, table: dict[str, Any], name: str) -> Element:
    headings = table["headings"]
    own = _OWN_HEADINGS.get(name, len(headings))
    columns = [
        Column(heading, breaks=number == _LONG.get(name), data=number >= own) for number, heading in enumerate(headings)
    ]
    rows: list[list[Cell]] = [[partial(_cell, cell) for cell in row] for row in table["rows"]]
    return show_table(title, columns, rows).classes("sheet-table")


def _cell(cell: dict[str, str]) -> None:
    say(cell["text"], "span", f"tone tone-{cell['tone']}")
