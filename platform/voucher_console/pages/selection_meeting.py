"""Where and by whom the meeting is held, and the judges."""

import asyncio
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.bench.entries import held
from voucher_console.bench.selections import CannotSelect, Kept
from voucher_console.page import Page
from voucher_console.pages.selection import ask_removal
from voucher_console.pages.selection_editing import Editing, look_at, refusal
from voucher_console.pages.selection_fields import field_name
from voucher_console.parts.acts import ask_and_act
from voucher_console.parts.entry_cells import EntryCells
from voucher_console.parts.forms import Field
from voucher_console.parts.states import say, show_empty
from voucher_console.view import View
from voucher_console.words import Text

_MEETING = ("held_at", "place", "chaired_by", "recorded_by", "supervised_by")


async def build(view: View) -> None:
    """The meeting, the bureau's key, the judges. Raises Refused."""
    w = view.w
    kept, checked = await look_at(view)
    view.link(w("← 返回比选表", "← Back to the sheet"), f"/selection?name={kept.name}")
    if kept.document is None:
        raise refusal(CannotSelect("文件只能用文本编辑器修改", "Only a text editor can mend the file"))
    editing = Editing(view, kept, checked)
    say(w("会议", "Meeting"), "h2")
    say(w("会议时间不填，就用公告写的时间。", "Without a time of its own it is the notice's."))
    with ui.element("div").classes("entry-fields"):
        for name in _MEETING:
            _field(view, kept, ("meeting", name), editing.cells)
    _show_judges(view, kept, editing)
    _show_key(view, kept, editing)
    editing.show_bar()


def _show_key(view: View, kept: Kept, editing: Editing) -> None:
    """Last, for it needs a file on the machine."""
    w = view.w
    say(w("供系统维护人员：证据包的签署", "For whoever maintains the system: signature of the bundles"), "h2")
    say(w(f"填写公钥文件（放在 {kept.file.parent} 下）后，只采用用该密钥签署的证据包。不填则不核对签署人。",
          f"With a public key (a file below {kept.file.parent}) only bundles signed with it are used. Without one the "
          "signer is not checked."), classes="as-of")  # fmt: skip
    with ui.element("div").classes("entry-fields"):
        _field(view, kept, ("evidence", "public_key"), editing.cells)


def _field(view: View, kept: Kept, where: tuple[str, ...], cells: EntryCells) -> None:
    kind: Any = "moment" if where[-1] == "held_at" else "text"
    cells.text(where, field_name(view.w, where[-1]), held(kept.document or {}, where), kind, visible=True)


def _show_judges(view: View, kept: Kept, editing: Editing) -> None:
    w, judges = view.w, (kept.document or {}).get("judges", [])
    say(w("评委", "Judges"), "h2")
    say(w("用姓名、姓氏或代号都可以。", "A name, initials or a number, as the bureau wishes."))
    if not judges:
        show_empty(w("还没有评委。", "No judge yet."))
    with ui.element("ul").classes("judges"):
        for number, one in enumerate(judges, 1):
            with ui.element("li"):
                where = ("judges", one["id"], "name")
                label = w(f"第 {number} 位评委", f"Judge {number}")
                editing.cells.text(where, label, held(kept.document or {}, where), visible=True)
                take = ui.button(w("移除", "Remove"), color="negative").props("dense outline")
                take.props["aria-label"] = w(f"移除第 {number} 位评委", f"Remove judge {number}")
                remove = partial(
                    ask_removal, view, kept, "judges", one["id"],
                    w("这位评委的评分一并删去，不能恢复。", "This judge's scores go as well, for good."),
                )  # fmt: skip
                take.on_click(partial(editing.once_saved, remove))
    ui.button(w("加一位评委", "Add a judge"), on_click=lambda: editing.once_saved(partial(_ask_new, view, kept))).props(
        "outline"
    )


def _ask_new(view: View, kept: Kept) -> None:
    w = view.w

    async def send(values: dict[str, Any], _: str) -> str:
        try:
            add, by = view.console.selections.add, view.session.name
            made = await asyncio.to_thread(add, kept.name, "judges", "j", values, by=by)
        except CannotSelect as cannot:
            raise refusal(cannot) from cannot
        return str(made)

    ask_and_act(
        view, title=w("加一位评委", "Add a judge"), confirm=w("加入", "Add"), send=send, done=w("已加入", "Added"),
        explains=w("排在最后。", "It comes last."),
        fields=[Field("name", w("姓名或代号", "Name or number"))],
    )  # fmt: skip


PAGE = Page(
    path="/selection-meeting", title=Text("会议与评委", "Meeting and judges"), under="/selections", roles=("bureau",),
    build=build,
    help=Text(
        "写明会议时间、地点和人员，登记评委；签字页按这里的名单印出。",
        "When, where and by whom the meeting is held, and its judges; the page for signatures is printed from this.",
    ),
)  # fmt: skip
