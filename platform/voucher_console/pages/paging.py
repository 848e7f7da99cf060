"""The way to the next page of a long list."""

from urllib.parse import urlencode

from nicegui import ui

from voucher_console.view import View

_MOST_DIGITS = 9  # of a page's number: an address may hold any text, and Python reads no number of thousands of digits


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
