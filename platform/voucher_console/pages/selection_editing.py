"""Filling in a selection sheet: fields with their faults, a bar that saves, and what happens when two save at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from nicegui import ui

from voucher_console.bench.entries import Conflict, Where
from voucher_console.bench.selections import CannotSelect, Checked, Kept
from voucher_console.figures import BEIJING, clock
from voucher_console.line import Problem, Refused
from voucher_console.pages.selection_fields import described, faults_of, is_missing, page_of, shown
from voucher_console.parts.entry_cells import EntryCells, Unreadable
from voucher_console.parts.states import escaped, say
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View


def refusal(cannot: CannotSelect) -> Refused:
    """Said as any other no."""
    return Refused(Problem("cannot_select", cannot.zh, cannot.en, 422))


async def look_at(view: View) -> tuple[Kept, Checked]:
    """The sheet of ``?name=`` and what the bench says of it. Raises Refused."""
    try:
        return await asyncio.to_thread(view.console.selections.check, view.query.get("name", ""), view.w.language)
    except CannotSelect as cannot:
        raise refusal(cannot) from cannot


class Editing:
    """The fields of one page and how they are saved. Build the fields into ``cells``, then ``show_bar``."""

    def __init__(self, view: View, kept: Kept, checked: Checked) -> None:
        self._view, self._kept, self._checked = view, kept, checked
        self.cells = EntryCells(view.w, self._changed)
        self._touched = False

    def show_bar(self) -> None:
        """The button, what was saved when, what is in the way; and the faults at their fields."""
        w = self._view.w
        self._trouble = ui.element("div").classes("save-trouble")
        with ui.element("div").classes("save-bar"):
            self._button = ui.button(w("保存", "Save"), on_click=self.save)
            self._status = say("", "span", "save-status").props("role=status")
        self._show_faults()

    async def save(self) -> bool:
        """Write what was changed, unless a field cannot be read or somebody else has changed it meanwhile.

        True where all that is on the page now stands in the file.
        """
        w, selections = self._view.w, self._view.console.selections
        self._trouble.clear()
        try:
            changes = self.cells.changes()
        except Unreadable as bad:
            named = self._first_named(bad.fields)
            self._say(w(f"没有保存：有 {len(bad.fields)} 处看不懂，{named}。",
                        f"Not saved. Fields that cannot be read: {len(bad.fields)}, {named}."), bad=True)  # fmt: skip
            self.cells.go_to(self.cells.first(bad.fields))
            return False
        if not changes:
            self._settle()
            # A field that could not be read may hold again what it held before.
            self._show_faults(w("没有修改。", "Nothing has changed. "), go_there=True)
            return True
        if not self._view.signed_in():
            self._say(w("登录已失效，没有保存。请在另一个标签页重新登录，再回来保存；填写的内容都还在。",
                        "Your sign-in has run out: not saved. Sign in again in another tab and come back; "
                        "what you entered is all still here."), bad=True)  # fmt: skip
            return False
        self._say(w("正在保存……", "Saving…"))
        self._button.disable()
        try:
            found = await asyncio.to_thread(selections.save, self._kept.name, changes, by=self._view.session.name)
            if found:
                self._tell_conflicts(found)
                return False
            self.cells.saved(changes)
            self._settle()
            await self._check_anew()
        except CannotSelect as cannot:
            self._say(w(cannot.zh, cannot.en), bad=True)
            return False
        finally:
            self._button.enable()
        return not self._touched

    def once_saved(self, act: Callable[[], object]) -> None:
        """Do what builds the page anew, but not while it would throw away what is typed there."""
        if self._touched:
            self._say(
                self._view.w("本页有修改还没有保存，请先保存。", "Save the changes on this page first."), bad=True
            )
            return
        act()

    async def _check_anew(self) -> None:
        selections, w = self._view.console.selections, self._view.w
        try:
            self._kept, self._checked = await asyncio.to_thread(selections.check, self._kept.name, w.language)
        except CannotSelect as cannot:
            self._say(w(f"已保存，但还没有检查：{cannot.zh}。", f"Saved, but not checked: {cannot.en}."), bad=True)
            return
        at = clock(datetime.now(BEIJING))
        self._show_faults(w(f"{at} 已保存。", f"Saved at {at}. "), go_there=not self._touched)

    def _show_faults(self, done: str = "", *, go_there: bool = False) -> None:
        """Each at its field, and after ``done`` in the bar; ``go_there`` takes the officer to the first wrong one."""
        w = self._view.w
        faults = faults_of(w, self._kept, self._checked)
        missing = {where for where in faults if is_missing(self._kept, where)}
        elsewhere = self.cells.show_faults(faults, missing)
        here = [where for where in faults if where not in elsewhere]
        wrong = [where for where in here if where not in missing]
        if wrong:
            named = self._first_named(wrong)
            done += w(f"本页有 {len(wrong)} 处需要修改，{named}。填写的内容照样留着，改好之前没有排名，也不能下载。",
                      f"To mend on this page: {len(wrong)}, {named}. What was typed is kept as it is; ranking and "
                      "downloads wait until it is mended. ")  # fmt: skip
        if len(here) > len(wrong):
            left = len(here) - len(wrong)
            done += w(f"本页还要填写 {left} 处。", f"Still to fill in on this page: {left}. ")
        if elsewhere:
            done += w(f"其他页还有 {len(elsewhere)} 处。", f"On other pages: {len(elsewhere)}. ")
        if self._touched:
            done += w("此后的修改还没有保存。", "Changes since then are not saved yet.")
        self._say(done, bad=bool(wrong))
        if wrong and go_there:
            self.cells.go_to(self.cells.first(wrong))

    def _first_named(self, faults: Sequence[Where]) -> str:
        """The first of them on the page, by its name."""
        w = self._view.w
        name = described(w, self._kept, self.cells.first(faults))
        if len(faults) == 1:
            return w(f"就是“{name}”", f"“{name}”")
        return w(f"第一处是“{name}”", f"the first is “{name}”")

    def _tell_conflicts(self, found: Sequence[Conflict]) -> None:
        w = self._view.w
        self._say(w("没有保存：别人刚刚改过同一处。", "Not saved: somebody has just changed the same field."), bad=True)
        rows: list[list[Cell]] = [
            [described(w, self._kept, one.change.where), shown(w, one.theirs), shown(w, one.change.after)]
            for one in found
        ]
        columns = [
            Column(w("栏目", "Field")), Column(w("别人已保存的", "Saved by somebody else"), breaks=True),
            Column(w("您填写的", "What you entered"), breaks=True),
        ]  # fmt: skip
        with self._trouble, ui.element("div").classes("warning").props("role=alert"):
            say(w("打开本页之后，另一位工作人员改了下面的内容。您填写的都还在页面上，一处也没有保存。",
                  "Since you opened this page somebody else has changed what stands below. "
                  "Nothing of yours is saved yet, and all of it is still on the page."))  # fmt: skip
            show_table(w("两人都改了的栏目", "Changed by both"), columns, rows)
            with ui.element("div").classes("buttons"):
                ui.button(w("这几处以我填写的为准", "Keep mine"), on_click=partial(self._keep_mine, found))
                theirs = w("这几处保留别人的", "Keep theirs")
                ui.button(theirs, on_click=partial(self._keep_theirs, found)).props("outline")
        # It stands below a long page, and the officer may be anywhere on it.
        self._trouble.client.run_javascript(f"document.getElementById('{self._trouble.html_id}').scrollIntoView()")

    async def _keep_mine(self, found: Sequence[Conflict]) -> None:
        for one in found:
            self.cells.seen(one.change.where, one.theirs)
        await self.save()

    async def _keep_theirs(self, found: Sequence[Conflict]) -> None:
        for one in found:
            self.cells.give_up(one.change.where)
        if await self.save():
            await self._view.fill()

    def _changed(self) -> None:
        if self._touched:
            return
        self._touched = True
        self._say(self._view.w("有修改还没有保存。", "Changes are not saved yet."))
        self._ask_before_leaving("(e) => e.preventDefault()")

    def _settle(self) -> None:
        """All is saved but what was typed while it was being written."""
        self._touched = self.cells.unsaved()
        if not self._touched:
            self._ask_before_leaving("null")

    def _ask_before_leaving(self, handler: str) -> None:
        # By the bar's own client: the button that was pressed may be gone by now.
        self._status.client.run_javascript(f"window.onbeforeunload = {handler}")

    def _say(self, text: str, *, bad: bool = False) -> None:
        self._status.content = escaped(text)
        self._status.classes(replace="save-status bad" if bad else "save-status")


def show_faults_elsewhere(view: View, kept: Kept, faults: Mapping[Where, list[str]]) -> None:
    """Every fault of the sheet, with the way to the page where it is mended. What is only not filled in is no alarm."""
    w = view.w
    missing = {where: words for where, words in faults.items() if is_missing(kept, where)}
    wrong = {where: words for where, words in faults.items() if where not in missing}
    if wrong:
        with ui.element("div").classes("problem").props("role=alert"):
            say(w(f"有 {len(wrong)} 处有误，改好之后才有比选表：",
                  f"Wrong, and no sheet until mended: {len(wrong)}"), classes="problem-title")  # fmt: skip
            _list_faults(view, kept, wrong, "fault-list")
    if missing:
        say(w(f"还要填写 {len(missing)} 处，填好之后就有比选表：",
              f"Still to fill in before there is a sheet: {len(missing)}"), classes="next-step")  # fmt: skip
        _list_faults(view, kept, missing, "remarks")


def _list_faults(view: View, kept: Kept, faults: Mapping[Where, list[str]], classes: str) -> None:
    with ui.element("ul").classes(classes):
        for where, words in faults.items():
            with ui.element("li"):
                _fault(view, kept, where)
                say(view.w("：", ": ") + " ".join(words), "span")


def _fault(view: View, kept: Kept, where: Where) -> None:
    name, page = described(view.w, kept, where), page_of(kept.name, where)
    if page and view.session.role == "bureau" and kept.document is not None:
        view.link(name, page)
    else:
        say(name, "strong")
