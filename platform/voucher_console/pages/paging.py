"""The way to the next page of a long list."""

from urllib.parse import urlencode

from nicegui import ui

from voucher_console.view import View


def show_pager(view: View, next_cursor: str | None) -> None:
    """Links to the beginning and to what comes next, where there is something."""
    with ui.element("div").classes("pager"):
        rest = {name: value for name, value in view.query.items() if name != "cursor"}
        if "cursor" in view.query:
            view.link(view.w("回到第一页", "First page"), view.path + (f"?{urlencode(rest)}" if rest else ""))
        if next_cursor is not None:
            view.link(view.w("下一页", "Next page"), f"{view.path}?{urlencode({**rest, 'cursor': next_cursor})}")
