"""Tables of plain HTML: header cells that say what they head, numbers to the right; on a phone each row is a card whose
cells carry the name of their column.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from voucher_console.parts.states import say

Cell = str | Callable[[], object]
_SHORT = 6
_DATE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


@dataclass(frozen=True)
class Column:
    """``numeric``: to the right, in figures of one width. ``breaks``: long words may break over lines.

    ``data``: the title is a name that somebody has given, in whatever language.
    """

    title: str
    numeric: bool = False
    breaks: bool = False
    data: bool = False


def show_table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Element:
    """A table; a cell is text, or a function that builds into it. The first cell of a row names the row."""
    with ui.element("div").classes("table-box cards").props("tabindex=0 role=region") as box, ui.element("table"):
        # As it is: a string of props would be read like a program's, and a name may hold quotes and backslashes.
        box.props["aria-label"] = caption
        say(caption, "caption")
        with ui.element("thead"), ui.element("tr"):
            for column in columns:
                classes = "num" * column.numeric + " data" * column.data
                say(column.title, "th", classes.strip()).props("scope=col")
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
                        _cell(cell, column, heads=number == 0)
    return box


def _cell(cell: Cell, column: Column, *, heads: bool) -> None:
    tag, classes = ("th", "row-head") if heads else ("td", "")
    classes += " num" * column.numeric + " breaks" * column.breaks
    if isinstance(cell, str):
        # A date, or a word such as a district's name, is read as one thing: it does not break over lines.
        whole = _DATE.match(cell) or len(cell) <= _SHORT
        shown: Element = say(cell, tag, f"{classes} when" if whole else classes)
    else:
        with ui.element(tag).classes(classes) as shown:
            cell()
    shown.props["data-column"] = column.title
    if heads:
        shown.props("scope=row")


def show_lines(*lines: str) -> None:
    """A cell of some lines, the first of which is what one looks for."""
    for number, line in enumerate(lines):
        say(line, "span", "line" if number == 0 else "line under")


def show_facts(pairs: Sequence[tuple[str, Cell]]) -> Element:
    """Names and values as a list of definitions."""
    with ui.element("dl").classes("facts") as facts:
        for name, value in pairs:
            with ui.element("div"):
                say(name, "dt")
                if isinstance(value, str):
                    say(value, "dd")
                else:
                    with ui.element("dd"):
                        value()
    return facts


def show_state(text: str, kind: str) -> Element:
    """A state as a word in a frame: its colour only repeats what the word says."""
    return say(text, "span", f"tag tag-{kind}")
