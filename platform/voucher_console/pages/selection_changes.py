"""Who changed what in a selection sheet, the newest first: folded up below the sheet."""

import asyncio
from datetime import datetime
from typing import Any

from nicegui import ui

from voucher_console.bench.entries import Where
from voucher_console.bench.selection_changes import Noted, newest
from voucher_console.bench.selections import Kept
from voucher_console.figures import moment
from voucher_console.pages.selection_fields import described, notice_of, shown
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View

_TIMES = {"received_at", "held_at"}


async def show_changes(view: View, kept: Kept) -> None:
    """The last changes that were made in the console, and how many more the file has."""
    w = view.w
    found, rest = await asyncio.to_thread(newest, kept.file.parent)
    with ui.element("details").classes("changes"):
        say(w("修改记录", "Changes"), "summary", "fold")
        say(w("每次在管理台修改这份比选表都记在这里，从新到旧；直接用文本编辑器改文件的不在其中。",
              "Every change made in the console, the newest first; not what a text editor changed in the file."),
            classes="as-of")  # fmt: skip
        if not found:
            show_empty(w("还没有在管理台修改过。", "Nothing was changed in the console yet."))
            return
        columns = [
            Column(w("时间", "Time")), Column(w("修改人", "Who")), Column(w("改了什么", "What"), breaks=True),
            Column(w("修改前", "Before"), breaks=True), Column(w("修改后", "After"), breaks=True),
        ]  # fmt: skip
        show_table(w("修改记录", "Changes"), columns, [_row(view, kept, one) for one in found]).classes("titled")
        if rest:
            say(w(f"还有更早的 {rest} 条，在这份比选表目录的 changes.jsonl 中，可请系统维护人员取出。",
                  f"{rest} earlier ones stand in changes.jsonl in the sheet's folder; whoever maintains the system "
                  "can fetch them."), classes="as-of")  # fmt: skip


def _row(view: View, kept: Kept, one: Noted) -> list[Cell]:
    before, after = (_told(view, kept, one, value) for value in (one.before, one.after))
    return [moment(one.at), one.by, _what(view, kept, one), before, after]


def _what(view: View, kept: Kept, one: Noted) -> str:
    w = view.w
    if one.kind == "start":
        return w("新建比选表", "The sheet was made")
    words = described(w, kept, one.where, one.names)
    judge = one.where[0] == "judges"
    if one.kind == "add":
        return w(f"加入评委：{words}", f"Judge added: {words}") if judge else w(
            f"加入单位：{words}", f"Applicant added: {words}"
        )  # fmt: skip
    if one.kind == "remove":
        return w(f"移除评委：{words}", f"Judge removed: {words}") if judge else w(
            f"移除单位：{words}", f"Applicant removed: {words}"
        )  # fmt: skip
    return words


def _told(view: View, kept: Kept, one: Noted, value: Any) -> str:
    """A value in words; of a whole entry, what else would be lost from sight: the scores that went with it."""
    w = view.w
    if one.kind == "change":
        return shown(w, _time(one.where, value))
    if value is None:
        return "—"
    if one.kind == "start":
        return w(f"报名单位 {value['applicants']} 家，评委 {value['judges']} 位",
                 f"Applicants: {value['applicants']}, judges: {value['judges']}")  # fmt: skip
    if one.kind == "add":
        return str(value.get("name") or value["id"])
    other = "applicant" if one.where[0] == "judges" else "judge"
    papers = (_paper(view, kept, value["names"][paper[other]], paper.get("points", {})) for paper in value["scores"])
    return w("；", "; ").join(papers) or w("没有评分", "No scores")


def _paper(view: View, kept: Kept, name: str, points: dict[str, Any]) -> str:
    w = view.w
    items = (f"{w(one.zh, one.en)} {shown(w, points.get(one.id))}" for one in notice_of(kept).weights)
    return f"{name}{w('：', ': ')}" + w("，", ", ").join(items)


def _time(where: Where, value: Any) -> Any:
    """JSON has no times: they are kept as text, beside what a text editor may have put there."""
    if where[-1] not in _TIMES or not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value
