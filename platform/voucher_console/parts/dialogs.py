"""A dialog over a page: it stands beside the page's content, so that filling the page anew leaves it open."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from voucher_console.parts.states import escaped
from voucher_console.view import View


@contextmanager
def dialog_over(view: View, title: str, *, wide: bool = False) -> Iterator[ui.dialog]:
    """What is built inside is the dialog's content. It opens when that is built, and is gone when it is closed."""
    card = "dialog-card wide-card" if wide else "dialog-card"
    with view.layer, ui.dialog().props(f'aria-label="{escaped(title)}"') as dialog, ui.card().classes(card):
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()
