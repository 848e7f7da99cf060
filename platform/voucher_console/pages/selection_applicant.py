"""One applicant of a selection sheet: receipt, evidence, entry checklist."""

from datetime import datetime
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.bench.entries import held
from voucher_console.bench.selections import CannotSelect, Kept
from voucher_console.figures import BadInput, field_second, moment, moment_of
from voucher_console.page import Page
from voucher_console.pages.selection_editing import Editing, look_at, refusal
from voucher_console.pages.selection_fields import ANSWERS, field_name, notice_of
from voucher_console.parts.entry_cells import EntryCells
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract.notice import EntryItem, Heading


async def build(view: View) -> None:
    """Fields from top to bottom, and a bar that saves them. Raises Refused."""
    w = view.w
    kept, checked = await look_at(view)
    entry = view.query.get("id", "")
    view.link(w("← 返回比选表", "← Back to the sheet"), f"/selection?name={kept.name}")
    if kept.document is None or held(kept.document, ("applicants", entry)) is None:
        raise refusal(CannotSelect("没有这家单位", "There is no such applicant"))
    say(str(held(kept.document, ("applicants", entry, "name")) or entry), "h2", "data")
    editing = Editing(view, kept, checked)
    _show_receipt(view, kept, entry, editing.cells)
    _show_evidence(view, kept, entry, editing.cells)
    _show_checklist(view, kept, entry, editing.cells)
    editing.show_bar()


def _show_receipt(view: View, kept: Kept, entry: str, cells: EntryCells) -> None:
    w, heading = view.w, notice_of(kept).notice
    say(w("登记", "Receipt"), "h2")
    opens, closes = moment(heading.opens_at), moment(heading.deadline_at)
    say(w(f"征集 {opens} 开始，{closes} 截止（北京时间），逾期不收。",
          f"The call opened {opens} and ended {closes} (Beijing time); late papers are refused."))  # fmt: skip
    say(w(f"这两个时间取自《{heading.title_zh}》，不在页面上修改。公告有变更的，请系统维护人员按使用说明换用新的公告文件。",
          f"Both times are those of “{heading.title_en}” and are not changed here. Where the notice has changed, "
          "whoever maintains the system puts the new notice's file in, as the manual says."),
        classes="as-of")  # fmt: skip
    received = ("applicants", entry, "received_at")

    def compare(typed: str) -> None:
        cells.note(received, _out_of_time(view, heading, typed))

    with ui.element("div").classes("entry-fields"):
        for name, kind in (("name", "text"), ("received_at", "moment"), ("received_by", "text"), ("note", "text")):
            where = ("applicants", entry, name)
            then = compare if where == received else None
            label, now = field_name(w, name), _held(kept, where)
            cells.text(where, label, now, kind, visible=True, then=then)  # type: ignore[arg-type]
        where = ("applicants", entry, "branch")
        cells.check(
            where, w("是分支机构（须有一级机构授权书）", "A branch (its authorisation is needed)"), _held(kept, where)
        )
    held_now = _held(kept, received)
    if isinstance(held_now, datetime):
        compare(field_second(held_now))


def _out_of_time(view: View, heading: Heading, typed: str) -> str:
    """What a time of receipt means that lies outside the call; "" for one within, or none that can be read."""
    w = view.w
    try:
        received = moment_of(typed)
    except BadInput:
        return ""
    if received > heading.deadline_at:
        return w(f"晚于截止时间 {moment(heading.deadline_at)}：逾期不收，仍留在表上。",
                 f"After the deadline {moment(heading.deadline_at)}: late, refused, stays on the sheet.")  # fmt: skip
    if received < heading.opens_at:
        return w(f"早于征集开始 {moment(heading.opens_at)}，请核对。",
                 f"Before the call opened {moment(heading.opens_at)}: please check.")  # fmt: skip
    return ""


def _show_evidence(view: View, kept: Kept, entry: str, cells: EntryCells) -> None:
    """The runs that the console knows; folders that were named in the file by hand stay, and can be taken out."""
    w, where = view.w, ("applicants", entry, "bundles")
    say(w("证据", "Evidence"), "h2")
    named = [str(one) for one in _held(kept, where) or ()]
    found = {
        f"../../runs/{one.name}/evidence": f"{one.name}（{one.target}，{one.plan}，{view.named(one.verdict)}）"
        if w.language == "zh" else f"{one.name} ({one.target}, {one.plan}, {view.named(one.verdict)})"
        for one in view.console.runs.all() if one.verdict is not None and not one.running
    }  # fmt: skip
    options = {**found, **{one: one for one in named if one not in found}}
    if not options:
        show_empty(w("还没有完成的检验。先到“检验”测试这家单位的平台。", "No run is finished yet: test it first."))
        return
    cells.several(where, w("这家单位的证据包（可选多个）", "This applicant's bundles (one or more)"), named, options)


def _show_checklist(view: View, kept: Kept, entry: str, cells: EntryCells) -> None:
    w = view.w
    say(w("入围核对", "Entry checklist"), "h2")
    say(w("填“是”或“否”的须写明核对人；新填的先记在您名下，可以改。待核实、未核对的不算通过。",
          "Yes and no need the name of who checked; yours is filled in first and can be changed. Unclear and not "
          "checked is not met."))  # fmt: skip
    ui.button(
        w("未核对和待核实的都填“是”", "Yes to all not checked or unclear"),
        on_click=lambda: _answer_yes(view, kept, entry, cells),
    ).props("outline")
    say(w("“任一项即可”和“仅分支机构”的不会代填，请逐项核对。填完仍要点“保存”。",
          "Not those of which any one is enough, nor those for branches only. It still has to be saved."),
        classes="as-of")  # fmt: skip
    columns = [
        Column(w("条款", "Clause")), Column(w("核对项", "Condition")), Column(w("结果", "Answer")),
        Column(w("核对人", "Checked by")), Column(w("说明", "Note")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [item.clause, _item(view, item), *(partial(_cell, view, kept, entry, item, name, cells) for name in
                                           ("answer", "checked_by", "note"))]
        for item in notice_of(kept).entry
    ]  # fmt: skip
    box = show_table(w("逐项核对", "Item by item"), columns, rows)
    box.classes("entry-table titled", remove="cards")
    box.props.pop("tabindex", None)


def _answer_yes(view: View, kept: Kept, entry: str, cells: EntryCells) -> None:
    """Yes where nobody has said anything yet; by whoever pressed the button, who stands for it."""
    for item in notice_of(kept).entry:
        answer, checker = (("applicants", entry, "checklist", item.id, name) for name in ("answer", "checked_by"))
        if item.any_of or item.only_branch or cells.typed(answer) not in {"", "unclear"}:
            continue
        cells.fill(answer, "yes")
        if not cells.typed(checker):
            cells.fill(checker, view.session.name)


def _item(view: View, item: EntryItem) -> str:
    w = view.w
    words = w(item.zh, item.en)
    if item.any_of:
        words += w("（任一项即可）", " (any one is enough)")
    return words + (w("（仅分支机构）", " (branches only)") if item.only_branch else "")


def _cell(view: View, kept: Kept, entry: str, item: EntryItem, name: str, cells: EntryCells) -> None:  # noqa: PLR0917 - bound to a cell of a table, which passes nothing
    w = view.w
    where = ("applicants", entry, "checklist", item.id, name)
    label = f"{w(item.zh, item.en)} {field_name(w, name)}"
    if name != "answer":
        cells.text(where, label, _held(kept, where), hint=field_name(w, name))
        return
    checker = (*where[:-1], "checked_by")

    def sign(answer: str) -> None:
        """Whoever answers stands for it, unless somebody else's name is there already."""
        if answer in {"yes", "no"} and not cells.typed(checker):
            cells.fill(checker, view.session.name)

    cells.choice(where, label, _held(kept, where), {word: w.of(text) for word, text in ANSWERS.items()}, sign)


def _held(kept: Kept, where: tuple[str, ...]) -> Any:
    return held(kept.document or {}, where)


PAGE = Page(
    path="/selection-applicant", title=Text("报名单位", "Applicant"), under="/selections", roles=("bureau",),
    build=build,
    help=Text(
        "登记收件时间，勾选证据，逐项核对入围条件；缺少或有误的地方在栏目旁写明。",
        "Enter the receipt, choose the evidence, go through the entry conditions; what is missing or wrong is said "
        "beside its field.",
    ),
)  # fmt: skip
