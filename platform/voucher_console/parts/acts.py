"""An act with consequences: said plainly, confirmed in a dialog, sent once, its refusal shown where it was sent."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nicegui import ui
from nicegui.element import Element

from voucher_console.line import Refused, new_key
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import escaped, say, show_problem
from voucher_console.view import View

Send = Callable[[dict[str, Any], str], Awaitable[Any]]
Then = Callable[[Any], Awaitable[None]]


def ask_and_act(
    view: View, *, title: str, explains: str, confirm: str, send: Send,
    done: str | Callable[[Any], str], fields: Sequence[Field] = (), danger: bool = False, then: Then | None = None,
    warning: str = "",
) -> None:  # fmt: skip
    """Open a dialog with ``fields``; on confirming, ``send`` gets their values and the act's own key.

    The key is chosen when the dialog opens and kept while it is open: whoever presses again after a lost reply gets
    the first effect, not a second one. Then ``done`` says what happened; ``then`` is called, or the page built anew.
    """
    key = new_key()
    with ui.dialog().props(f'aria-label="{escaped(title)}"') as dialog, ui.card().classes("dialog-card"):
        say(title, "h2")
        say(explains)
        if warning:
            say(warning, classes="warning")
        form = Form(view.w, fields, takes_focus=True)
        trouble = ui.element("div")
        behind_is_old = False

        async def press() -> None:
            nonlocal behind_is_old
            trouble.clear()
            try:
                values = form.values()
            except NotFilledIn:
                return
            if not view.signed_in():
                view.to_sign_in()
                return
            with _waiting(go):
                try:
                    value = await send(values, key)
                except Refused as refused:
                    behind_is_old = _say_no(view, trouble, refused)
                    return
            behind_is_old = False
            dialog.close()
            with view.body:
                ui.notify(done if isinstance(done, str) else done(value), type="positive")
            await (then(value) if then else view.fill())

        with ui.element("div").classes("buttons"):
            calm = "outline" if fields else "outline data-autofocus"  # Enter without reading does nothing
            ui.button(view.w("取消", "Cancel"), on_click=dialog.close).props(calm)
            go = ui.button(confirm, on_click=press, color="negative" if danger else "primary")

    async def leave() -> None:
        dialog.delete()
        if behind_is_old:  # the refusal may be because somebody else has acted meanwhile: show what is true now
            await view.fill()

    dialog.on("hide", leave)
    dialog.open()


@contextmanager
def _waiting(button: ui.button) -> Iterator[None]:
    """The button cannot be pressed again while what it sent is under way."""
    button.disable()
    button.props("loading")
    try:
        yield
    finally:
        button.props(remove="loading")
        button.enable()


def _say_no(view: View, trouble: Element, refused: Refused) -> bool:
    """The refusal in the dialog; whether the page behind it may be old."""
    if refused.signed_out:
        view.to_sign_in()
        return False
    with trouble:
        show_problem(view.w, refused.problem)
    return True


def reason_field(view: View) -> Field:
    """Why an officer acts: it goes into the audit log."""
    return Field("reason", view.w("原因（记入审计日志）", "Reason (kept in the audit log)"))
