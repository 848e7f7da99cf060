"""An act with consequences: said plainly, confirmed in a dialog, sent once, its refusal shown where it was sent."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nicegui import ui
from nicegui.element import Element
from pydantic import ValidationError

from voucher_console.line import Problem, Refused, new_key
from voucher_console.parts.dialogs import dialog_over
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import say, show_problem
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
    After a refusal the page is built anew, too: it may be because somebody else has acted meanwhile.
    """
    key = new_key()
    with dialog_over(view, title) as dialog:
        say(title, "h2")
        say(explains)
        if warning:
            say(warning, classes="warning")
        form = Form(view.w, fields, takes_focus=True)
        trouble = ui.element("div")

        async def press() -> None:
            trouble.clear()
            try:
                values = form.values()
            except NotFilledIn:
                return
            if not view.signed_in():
                view.to_sign_in()
                return
            try:
                with waiting(go):
                    value = await send(values, key)
            except ValidationError as error:
                say_faults(form, trouble, error)
                return
            except Refused as refused:
                await _say_no(view, trouble, refused)
                return
            dialog.close()
            with view.body:
                ui.notify(done if isinstance(done, str) else done(value), type="positive")
            await (then(value) if then else view.fill())

        with ui.element("div").classes("buttons"):
            calm = "outline" if fields else "outline data-autofocus"  # Enter without reading does nothing
            ui.button(view.w("取消", "Cancel"), on_click=dialog.close).props(calm)
            go = ui.button(confirm, on_click=press, color="negative" if danger else "primary")


def say_faults(form: Form, trouble: Element, error: ValidationError) -> None:
    """What the contract does not take: at its field, or in the dialog where it belongs to none."""
    left = form.mark_faults(error)
    if left:
        with trouble:
            problem = Problem(
                "invalid_request", "请检查填写内容", "Please check what was filled in", 422, "", tuple(left)
            )
            show_problem(form.w, problem)


@contextmanager
def waiting(button: ui.button) -> Iterator[None]:
    """The button cannot be pressed again while what it sent is under way."""
    button.disable()
    button.props("loading")
    try:
        yield
    finally:
        button.props(remove="loading")
        button.enable()


async def _say_no(view: View, trouble: Element, refused: Refused) -> None:
    """The refusal in the dialog; what is true now behind it, before it is closed: a click may follow at once."""
    if refused.signed_out:
        view.to_sign_in()
        return
    with trouble:
        show_problem(view.w, refused.problem)
    await view.fill()


def reason_field(view: View) -> Field:
    """Why an officer acts: it goes into the audit log."""
    return Field("reason", view.w("原因（记入审计日志）", "Reason (kept in the audit log)"))
