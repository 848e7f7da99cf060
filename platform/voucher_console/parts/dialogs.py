"""A dialog over a page: it stands beside the page's content, so that filling the page anew leaves it open."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from voucher_console.view import View


@contextmanager
def dialog_over(view: View, title: str, *, wide: bool = False) -> Iterator[ui.dialog]:
    """What is built inside is the dialog's content. It opens when that is built, and is gone when it is closed."""
    card = "dialog-card wide-card" if wide else "dialog-card"
    with view.layer, ui.dialog() as dialog, ui.card().classes(card):
        # As it is: a string of props would be read like a program's, and a name may hold quotes and backslashes.
        dialog.props["aria-label"] = title
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()
