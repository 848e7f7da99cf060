"""Long lists: in which order they are asked for, and the way to the next page."""

from urllib.parse import urlencode

from nicegui import ui

from voucher_console.capabilities import Target
from voucher_console.view import View
from voucher_console.words import Words

LOOK_UP = "look_up"
"""The capability of lists that begin with the newest, and of finding what one has a number of (S-83)."""
_MOST_DIGITS = 9  # of a page's number: an address may hold any text, and Python reads no number of thousands of digits


def newest_first(target: Target) -> dict[str, str]:
    """Of a query: the newest first where the target lists so; else the contract's order, the oldest first."""
    return {"order": "newest"} if target.can(LOOK_UP) else {}


def order_told(w: Words, target: Target) -> str:
    """In which order such a list comes."""
    return w("从新到旧", "newest first") if target.can(LOOK_UP) else w("从旧到新", "oldest first")


def part_asked(view: View, a_page: int = 50) -> dict[str, str]:
    """Of a query: so many rows, from where the address says."""
    return {"limit": str(a_page), **({"cursor": view.query["cursor"]} if "cursor" in view.query else {})}


def show_pager(view: View, next_cursor: str | None) -> None:
    """Links to the beginning and to what comes next, where there is something."""
    with ui.element("div").classes("pager"):
        rest = {name: value for name, value in view.query.items() if name != "cursor"}
        if "cursor" in view.query:
            view.link(view.w("回到第一页", "First page"), view.path + (f"?{urlencode(rest)}" if rest else ""))
        if next_cursor is not None:
            view.link(view.w("下一页", "Next page"), f"{view.path}?{urlencode({**rest, 'cursor': next_cursor})}")


def show_pages(view: View, page: int, *, more: bool) -> None:
    """As ``show_pager``, of a list that the console holds whole; ``page`` counts from 0."""
    rest = {name: value for name, value in view.query.items() if name != "page"}
    with ui.element("div").classes("pager"):
        if page:
            before = rest | ({"page": str(page - 1)} if page > 1 else {})
            view.link(view.w("上一页", "Page before"), view.path + (f"?{urlencode(before)}" if before else ""))
        if more:
            view.link(view.w("下一页", "Next page"), f"{view.path}?{urlencode({**rest, 'page': str(page + 1)})}")


def page_asked(view: View, rows: int, a_page: int) -> int:
    """Which page of so many rows the address asks for, counted from 0; the last one where there are not so many."""
    asked = view.query.get("page", "")[:_MOST_DIGITS]
    return min(int(asked) if asked.isdecimal() else 0, max(rows - 1, 0) // a_page)
