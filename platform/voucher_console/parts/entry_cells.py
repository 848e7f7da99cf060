"""Small fields, each bound to a field of a kept file: what is typed, what is wrong with it, what has changed.

Plain inputs, because a page has hundreds of them. A value that cannot be read stays in its field and says so there.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from nicegui import ui

from voucher_console.bench.entries import Change, Where
from voucher_console.figures import BadInput, field_second, moment_of, points_of
from voucher_console.parts.states import escaped, say
from voucher_console.words import Words

Kind = Literal["text", "moment", "points"]
_READERS: dict[Kind, Callable[[str], Any]] = {"text": str, "moment": moment_of, "points": points_of}
_PROPS: dict[Kind, str] = {"text": "", "moment": "type=datetime-local step=1", "points": "inputmode=decimal"}
# A date typed half is an empty value to scripts: it must not be taken for one that was cleared.
_EMIT = "(e) => emit(e.target.validity.badInput ? '?' : e.target.value)"


class Unreadable(Exception):
    """The ``fields`` hold what cannot be read, at least one; they say so themselves."""

    def __init__(self, fields: list[Where]) -> None:
        super().__init__(str(fields))
        self.fields = fields


@dataclass
class _Held:
    """``shown`` and ``typed`` as they stand in the field; ``before`` is what the file held when it was shown.

    ``sent``: what was typed when it was last asked for, to be written into the file.
    """

    label: str
    before: Any
    shown: Any
    typed: Any
    read: Callable[[Any], Any]
    control: ui.element
    fault: ui.html
    cell: ui.element
    faults: list[str] = field(default_factory=list)
    note: ui.html | None = None
    sent: Any = None


class EntryCells:
    """The fields of a page. ``on_change`` hears of every change."""

    def __init__(self, w: Words, on_change: Callable[[], object]) -> None:
        self._w, self._on_change = w, on_change
        self._held: dict[Where, _Held] = {}

    def text(
        self, where: Where, label: str, before: Any, kind: Kind = "text", *, visible: bool = False, hint: str = "",
        then: Callable[[str], object] | None = None,
    ) -> None:  # fmt: skip
        """A field of one line. ``visible``: with its label above it; else only screen readers are told.

        ``then`` hears what was typed.
        """
        shown = field_second(before) if isinstance(before, datetime) else "" if before is None else str(before)
        with self._around(where, label, before, shown, _reader(kind), visible=visible):
            control = ui.element("input").props(_PROPS[kind]).classes(f"cell-input cell-{kind}")
            # Only what it begins with: a value would be written into the field again at every update of the page, also
            # over what is just being typed.
            control.props["defaultValue"] = shown
            if hint:
                control.props["placeholder"] = hint
        self._listen(where, control, _EMIT, then)

    def choice(
        self, where: Where, label: str, before: Any, options: Mapping[str, str],
        then: Callable[[str], object] | None = None,
    ) -> None:  # fmt: skip
        """One of several; "" is nothing. ``then`` hears what was chosen."""
        shown = str(before or "")
        with self._around(where, label, before, shown, lambda typed: typed or None):
            control = ui.element("select").classes("cell-input")
            with control:
                for value, name in options.items() if shown in options else {**options, shown: shown}.items():
                    option = say(name, "option")
                    option.props["value"] = value
                    if value == shown:
                        option.props["selected"] = True
        self._listen(where, control, "(e) => emit(e.target.value)", then)

    def check(self, where: Where, label: str, before: Any) -> None:
        """Yes or no."""
        with self._around(where, label, before, bool(before), bool):
            control = ui.checkbox(label, value=bool(before), on_change=lambda e: self._typed(where, bool(e.value)))
        self._held[where].control = control

    def several(self, where: Where, label: str, before: Any, options: Mapping[str, str]) -> None:
        """Any of several, in the order of ``options``."""
        shown = [str(one) for one in before or ()]

        def turn(value: str, *, on: bool) -> None:
            held = {*self._held[where].typed} | {value} if on else {*self._held[where].typed} - {value}
            self._typed(where, [one for one in options if one in held])

        with self._around(where, label, before, shown, list):
            control = ui.element("fieldset").classes("choices")
            with control:
                say(label, "legend")
                for value, name in options.items():
                    ui.checkbox(name, value=value in shown, on_change=lambda e, v=value: turn(v, on=bool(e.value)))
        self._held[where].control = control

    def typed(self, where: Where) -> Any:
        """What stands in a field now."""
        return self._held[where].typed

    def label(self, where: Where) -> str:
        """What a field is called."""
        return self._held[where].label

    def fill(self, where: Where, text: str) -> None:
        """Write into a field of text, or choose, as if the officer had."""
        held = self._held[where]
        self._typed(where, text)
        control = held.control
        control.client.run_javascript(f"document.getElementById('{control.html_id}').value = {json.dumps(text)}")

    def note(self, where: Where, text: str) -> None:
        """Beside a field, what is worth knowing of it though nothing is wrong there; "" for nothing any more."""
        held = self._held[where]
        if held.note is None:
            if not text:
                return
            with held.cell:
                held.note = say("", "span", "warning").props("role=status")
        held.note.content = escaped(text)
        held.note.set_visibility(bool(text))

    def changes(self) -> list[Change]:
        """What the officer has changed. Raises Unreadable after marking the faults; then nothing counts."""
        found: list[Change] = []
        unreadable: list[Where] = []
        for where, held in self._held.items():
            if held.typed == held.shown:
                continue
            try:
                found.append(Change(where, held.before, held.read(held.typed)))
                held.sent = held.typed
            except BadInput as bad:
                unreadable.append(where)
                self._tell(held, [self._w(bad.zh, bad.en)])
        if unreadable:
            raise Unreadable(unreadable)
        return found

    def saved(self, changes: list[Change]) -> None:
        """These stand in the file now. What was typed since they were asked for does not."""
        for change in changes:
            held = self._held[change.where]
            held.before, held.shown = change.after, held.sent

    def unsaved(self) -> bool:
        """Whether a field holds what the file does not."""
        return any(held.typed != held.shown for held in self._held.values())

    def seen(self, where: Where, theirs: Any) -> None:
        """The officer knows what somebody else has written there."""
        self._held[where].before = theirs

    def give_up(self, where: Where) -> None:
        """What the officer typed there is not wanted any more."""
        held = self._held[where]
        held.typed = held.shown

    def show_faults(self, faults: Mapping[Where, list[str]], missing: Collection[Where] = ()) -> list[Where]:
        """Say each fault at its field, one of a whole row at the row's last field; those that have no field here.

        Those that are only ``missing`` are said quietly.
        """
        told: dict[Where, list[str]] = {}
        rest = []
        for where, words in faults.items():
            at = self._said_at(where)
            if at is None:
                rest.append(where)
            else:
                told.setdefault(at, []).extend(words)
        for where, held in self._held.items():
            self._tell(held, told.get(where, []), quiet=where in missing)
        return rest

    def first(self, faults: Collection[Where]) -> Where:
        """The one whose field stands first on the page, of at least one that has a field here."""
        places = {where: place for place, where in enumerate(self._held)}
        return min(faults, key=lambda where: places.get(self._said_at(where) or where, len(places)))

    def go_to(self, fault: Where) -> None:
        """Bring the field where a fault is said into view, and put the focus there."""
        control = self._held[self._said_at(fault) or fault].control
        # A set of boxes takes no focus itself: its first one does. In the middle, where no bar lies over the field.
        control.client.run_javascript(
            f"const at = document.getElementById('{control.html_id}'), fields = 'input, select, [tabindex]';"
            "(at?.matches(fields) ? at : at?.querySelector(fields))?.focus({preventScroll: true});"
            "at?.scrollIntoView({block: 'center'});"
        )

    def _said_at(self, fault: Where) -> Where | None:
        if fault in self._held:
            return fault
        return next((one for one in reversed(self._held) if one[: len(fault)] == fault), None)

    @contextmanager
    def _around(
        self, where: Where, label: str, before: Any, shown: Any, read: Callable[[Any], Any], *, visible: bool = False
    ) -> Iterator[None]:
        with ui.element("label" if visible else "div").classes("cell") as cell:
            if visible:
                say(label, "span", "cell-label")
            yield
            fault = say("", "span", "cell-fault")
            fault.set_visibility(False)
        self._held[where] = _Held(label, before, shown, shown, read, fault, fault, cell)

    def _listen(
        self, where: Where, control: ui.element, emit: str, then: Callable[[str], object] | None = None
    ) -> None:
        held = self._held[where]
        held.control = control
        control.props["aria-label"] = held.label
        control.props["aria-describedby"] = held.fault.html_id

        def hear(typed: Any) -> None:
            self._typed(where, typed)
            if then is not None:
                then(typed)

        control.on("change", lambda e: hear(e.args), js_handler=emit)

    def _typed(self, where: Where, value: Any) -> None:
        self._held[where].typed = value
        self._on_change()

    def _tell(self, held: _Held, faults: list[str], *, quiet: bool = False) -> None:
        if faults == held.faults:
            return
        held.faults = faults
        held.fault.classes(replace="as-of" if quiet else "cell-fault")
        held.fault.content = escaped(" ".join(faults))
        held.fault.set_visibility(bool(faults))
        if held.control.tag not in {"input", "select"}:
            return
        if faults and not quiet:
            held.control.props["aria-invalid"] = "true"
        else:
            held.control.props.pop("aria-invalid", None)
        held.control.update()


def _reader(kind: Kind) -> Callable[[Any], Any]:
    def read(typed: Any) -> Any:
        text = str(typed).strip()
        return _READERS[kind](text) if text else None

    return read
