"""The judges' own scores of a selection sheet, typed from their papers."""

from functools import partial
from typing import Any

from voucher_console.bench.entries import held
from voucher_console.bench.selections import Checked, Kept
from voucher_console.page import Page
from voucher_console.pages.selection_editing import Editing, look_at
from voucher_console.pages.selection_fields import field_name, notice_of
from voucher_console.parts.entry_cells import EntryCells
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract.notice import Weight


async def build(view: View) -> None:
    """A table an applicant, a line a judge. Raises Refused."""
    w = view.w
    kept, checked = await look_at(view)
    view.link(w("← 返回比选表", "← Back to the sheet"), f"/selection?name={kept.name}")
    document = kept.document or {}
    scored = _scored(document, checked)
    if not scored or not document.get("judges"):
        _say_why_not(view, checked, judges=bool(document.get("judges")))
        return
    say(w("只录入评委写在纸上的分。没有评的项留空，不要填 0；留空的单位不排名。",
          "Only what the judges wrote. Leave empty what was not scored, never 0: no place then."))  # fmt: skip
    editing = Editing(view, kept, checked)
    for one in scored:
        _show_papers(view, kept, one, editing.cells)
    editing.show_bar()


def _scored(document: dict[str, Any], checked: Checked) -> list[dict[str, Any]]:
    """Who is compared; before the faults are mended nobody knows, so then all of them."""
    entries: list[dict[str, Any]] = document.get("applicants", [])
    if checked.sheet is None:
        return entries
    if not checked.sheet["comparison"]["organised"]:
        return []
    valid = {one["id"] for one in checked.sheet["applicants"] if one["standing"] == "admitted"}
    return [one for one in entries if one["id"] in valid]


def _say_why_not(view: View, checked: Checked, *, judges: bool) -> None:
    w = view.w
    why_not = checked.sheet["comparison"]["why_not"] if checked.sheet else None
    if why_not:
        show_empty(w(why_not["zh"], why_not["en"]))
    elif not judges:
        show_empty(w("还没有评委。请先到“会议与评委”登记。", "No judge yet: enter them under Meeting and judges."))
    else:
        show_empty(w("还没有报名单位。", "No applicant yet."))


def _show_papers(view: View, kept: Kept, applicant: dict[str, Any], cells: EntryCells) -> None:
    w, weights = view.w, notice_of(kept).weights
    columns = [
        Column(w("评委", "Judge")),
        *(Column(w(f"{one.zh}\n（{one.points}分）", f"{one.en}\n({one.points})")) for one in weights),
        Column(w("备注", "Remark")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            str(judge.get("name") or judge["id"]),
            *(partial(_points, view, kept, (judge, applicant), one, cells) for one in weights),
            partial(_remark, view, kept, (judge, applicant), cells),
        ]
        for judge in (kept.document or {})["judges"]
    ]  # fmt: skip
    name = str(applicant.get("name") or applicant["id"])
    box = show_table(name, columns, rows)
    box.classes("entry-table score-table data")
    box.props.pop("tabindex", None)


Pair = tuple[dict[str, Any], dict[str, Any]]


def _points(view: View, kept: Kept, of: Pair, weight: Weight, cells: EntryCells) -> None:
    where = ("scores", of[0]["id"], of[1]["id"], "points", weight.id)
    cells.text(where, _label(of, view.w(weight.zh, weight.en)), held(kept.document or {}, where), "points")


def _remark(view: View, kept: Kept, of: Pair, cells: EntryCells) -> None:
    where = ("scores", of[0]["id"], of[1]["id"], "remark")
    cells.text(where, _label(of, field_name(view.w, "remark")), held(kept.document or {}, where))


def _label(of: Pair, name: str) -> str:
    judge, applicant = of
    return f"{applicant.get('name') or applicant['id']} {judge.get('name') or judge['id']} {name}"


PAGE = Page(
    path="/selection-scores", title=Text("录入评分", "Scores"), under="/selections", roles=("bureau",), build=build,
    help=Text(
        "把每位评委自己打的分照录进来；软件不给任何分，只检查范围、相加和排序。",
        "Copy each judge's own scores; the program gives none, it checks the range, adds up and sorts.",
    ),
)  # fmt: skip
