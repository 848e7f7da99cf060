"""Fields and forms: each with its label, read as the figures they mean, faults said at the field."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from nicegui import ui
from pydantic import ValidationError

from voucher_console.figures import BadInput, count_of, fen_of, moment_of, reference_of
from voucher_console.parts.states import escaped, say
from voucher_console.words import Words

Kind = Literal["text", "reference", "password", "yuan", "count", "moment", "choice", "choices", "check"]


@dataclass(frozen=True)
class Field:
    """One thing to fill in. ``options``: value → what it is called. An optional field left empty is None.

    ``all_or_none``: choices get two buttons, for all of them and for none. A ``reference`` is an account or a number of
    a bank or of ours.
    """

    name: str
    label: str
    kind: Kind = "text"
    value: Any = ""
    options: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    optional: bool = False
    all_or_none: bool = False


class NotFilledIn(Exception):
    """Some field does not hold what it should; it says so itself."""


class Form:
    """Fields built into the present place. ``on_change`` hears of every change; in a dialog the first field of text
    ``takes_focus``, so that an officer can type at once.
    """

    def __init__(
        self, w: Words, fields: Sequence[Field], on_change: Callable[[], object] | None = None, *,
        takes_focus: bool = False,
    ) -> None:  # fmt: skip
        self.w, self._fields = w, fields
        self._held: dict[str, Any] = {}
        self._inputs: dict[str, ui.input] = {}
        self._faults: dict[str, ui.html] = {}
        with ui.element("div").classes("form"):
            for one in fields:
                _BUILDERS.get(one.kind, _build_input)(self, one, on_change)
        if takes_focus and self._inputs:
            next(iter(self._inputs.values())).props("autofocus")

    def held(self, name: str) -> Any:
        """What stands in a field now, as typed."""
        return self._held[name]

    def put(self, name: str, value: Any) -> None:
        """Write into a field of text."""
        self._held[name] = value
        self._inputs[name].set_value(value)

    def on_enter(self, act: Callable[[], Awaitable[None]]) -> None:
        """The Enter key in a field of text does what the button does."""
        for shown in self._inputs.values():
            shown.on("keydown.enter", act)

    def values(self) -> dict[str, Any]:
        """What the fields mean. Raises NotFilledIn after marking the faults."""
        values: dict[str, Any] = {}
        wrong = False
        for one in self._fields:
            try:
                values[one.name] = self._value(one)
                self.mark(one.name, None)
            except BadInput as bad:
                wrong = True
                self.mark(one.name, self.w(bad.zh, bad.en))
        if wrong:
            raise NotFilledIn
        return values

    def _value(self, one: Field) -> Any:
        held = self._held[one.name]
        if one.kind in {"choices", "check", "choice"}:
            return held
        text = str(held or "").strip()
        if not text:
            if one.optional:
                return None
            raise BadInput("请填写", "Fill this in")
        return _READERS[one.kind](text)

    def mark(self, name: str, fault: str | None) -> None:
        """Say at a field what is wrong with it, or take that back."""
        if name in self._faults:
            self._faults[name].content = escaped(fault or "")
            self._faults[name].props(**({"add": "role=alert"} if fault else {"remove": "role"}))
        shown = self._inputs.get(name)
        if shown is not None:
            shown.error = fault

    def mark_faults(self, error: ValidationError) -> list[str]:
        """What the contract does not take, said at its fields; what belongs to none of them is returned."""
        left = []
        for one in error.errors():
            name = str(one["loc"][0]) if one["loc"] else ""
            if name in self._inputs or name in self._faults:
                self.mark(name, self._fault(one))
            else:
                left.append(f"{'.'.join(map(str, one['loc']))}: {one['msg']}")
        return left

    def _fault(self, error: Mapping[str, Any]) -> str:
        most = error.get("ctx", {}).get("max_length")
        if error["type"] == "string_too_long":
            return self.w(f"最多 {most} 个字符", f"At most {most} characters")
        if error["type"] == "string_pattern_mismatch":
            return self.w("有不能用的字符，如空格或换行", "It holds characters that cannot be used, such as blanks")
        return self.w("不符合要求，请修改", f"It does not fit: {error['msg']}")

    def hold(self, name: str, value: Any, on_change: Callable[[], object] | None) -> None:
        """Note what a field holds now."""
        self._held[name] = value
        if on_change is not None:
            on_change()

    def keep(self, name: str, shown: ui.input, value: Any) -> None:
        """Note a field of text as it is built."""
        self._inputs[name], self._held[name] = shown, value

    def begin(self, name: str, value: Any, fault: ui.html | None = None) -> None:
        """Note another field as it is built; ``fault``: where it says what is wrong with it."""
        self._held[name] = value
        if fault is not None:
            self._faults[name] = fault


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str, "reference": reference_of, "password": str, "yuan": fen_of, "count": count_of, "moment": moment_of,
}  # fmt: skip
_PROPS = {
    "moment": "type=datetime-local stack-label", "yuan": "inputmode=decimal", "count": "inputmode=numeric",
    "password": "type=password autocomplete=current-password",
}  # fmt: skip


def _build_input(form: Form, one: Field, on_change: Callable[[], object] | None) -> None:
    shown = ui.input(one.label, value=str(one.value), on_change=lambda e: form.hold(one.name, e.value, on_change))
    shown.props("outlined dense " + _PROPS.get(one.kind, "")).classes("field")
    if one.hint:
        shown.props["hint"] = one.hint
    form.keep(one.name, shown, one.value)


def _build_choice(form: Form, one: Field, on_change: Callable[[], object] | None) -> None:
    chosen = one.value or next(iter(one.options), "")
    with ui.element("label").classes("field choice"):
        say(one.label, "span")
        select = ui.element("select").on(
            "change", lambda e: form.hold(one.name, e.args, on_change), js_handler="(e) => emit(e.target.value)"
        )
        with select:
            for value, name in one.options.items():
                option = say(name, "option")
                option.props["value"] = value
                if value == chosen:
                    option.props["selected"] = True
    form.begin(one.name, chosen)


def _build_choices(form: Form, one: Field, on_change: Callable[[], object] | None) -> None:
    chosen: list[str] = list(one.value or [])

    def turn(value: str, *, on: bool) -> None:
        held = set(form.held(one.name)) | {value} if on else set(form.held(one.name)) - {value}
        form.hold(one.name, [known for known in one.options if known in held], on_change)

    with ui.element("fieldset").classes("field choices"):
        say(one.label, "legend")
        boxes = [
            ui.checkbox(name, value=value in chosen, on_change=lambda e, v=value: turn(v, on=bool(e.value)))
            for value, name in one.options.items()
        ]
        if one.all_or_none:
            for name, on in ((form.w("全选", "All"), True), (form.w("清空", "None"), False)):
                press = partial(_turn_all, boxes, on=on)
                ui.button(name, on_click=press).props("dense flat").classes("all-or-none")
        if one.hint:
            say(one.hint, "small")
        form.begin(one.name, chosen, say("", "small", "fault"))


def _turn_all(boxes: Sequence[ui.checkbox], *, on: bool) -> None:
    for box in boxes:
        box.set_value(on)


def _build_check(form: Form, one: Field, on_change: Callable[[], object] | None) -> None:
    ui.checkbox(one.label, value=bool(one.value), on_change=lambda e: form.hold(one.name, bool(e.value), on_change))
    form.begin(one.name, bool(one.value))


_BUILDERS = {"choice": _build_choice, "choices": _build_choices, "check": _build_check}
