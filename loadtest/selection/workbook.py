"""selection.xlsx: overview, entry, evidence, scores and places with formulas that officers can check, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from loadtest.selection.cells import Book, row_height, widen
from loadtest.selection.grids import Grid, Grids, weights_of
from loadtest.selection.model import POINT_STEPS
from loadtest.selection.said import Language
from loadtest.selection.sheet import Sheet, Standing

_TEXT_WIDTH = 130


@dataclass(frozen=True)
class _Sums:
    """Where one applicant's sum stands on the score sheet."""

    standing: Standing
    total: str


def workbook(sheet: Sheet, language: Language) -> bytes:
    """The workbook. Scores and places are formulas over the judges' own points, with their values stored beside."""
    grids = Grids(sheet, language)
    book = Book(sheet.meeting.held_at or sheet.notice.notice.meeting_at)
    _overview(book, grids)
    _grid_sheet(book, grids.say("part.entry"), grids.entry())
    _grid_sheet(book, grids.say("part.evidence"), grids.evidence())
    _grid_sheet(book, grids.say("part.bundles"), grids.bundles())
    _ranking(book, grids, _scores(book, grids))
    computed = grids.computed()
    if computed is not None:
        _grid_sheet(book, grids.say("part.computed"), computed)
    notes = book.sheet(grids.say("part.notes"))
    widen(notes, [_TEXT_WIDTH])
    numbered = [f"{number}. {note}" for number, note in enumerate(grids.notes(), 1)]
    for row, text in enumerate(numbered):
        notes.write_string(row, 0, text, book.text)
        notes.set_row(row, row_height([text], [_TEXT_WIDTH]))
    return book.content()


def _overview(book: Book, grids: Grids) -> None:
    page = book.sheet(grids.say("part.overview"))
    grid = grids.applicants()
    widen(page, grid.widths)
    last = len(grid.widths) - 1
    page.merge_range(0, 0, 0, last, "", book.title)
    page.write_string(0, 0, grids.say("part.sheet"), book.title)
    page.set_row(0, 30)
    row = 1
    wide = sum(grid.widths[2:])
    for row, (label, value) in enumerate(grids.facts(), 1):
        page.merge_range(row, 0, row, 1, "", book.label)
        page.write_string(row, 0, label, book.label)
        page.merge_range(row, 2, row, last, "", book.plain)
        page.write_string(row, 2, value, book.plain)
        page.set_row(row, row_height([value], [wide]))
    row = _heading(page, book, row + 2, grids.say("part.applicants"))
    row = book.grid(page, row, grid)
    row = _heading(page, book, row + 1, grids.say("part.remarks"))
    remarks = grids.remarks() or [grids.say("part.no_remarks")]
    book.texts(page, row, last, [f"{number}. {one}" for number, one in enumerate(remarks, 1)], sum(grid.widths))


def _grid_sheet(book: Book, name: str, grid: Grid) -> None:
    """A sheet that is one table; its heading and its fixed columns stay in sight."""
    page = book.sheet(name, repeat=0)
    widen(page, grid.widths)
    book.grid(page, 0, grid)
    page.freeze_panes(1, grid.fixed)


def _scores(book: Book, grids: Grids) -> list[_Sums]:
    """A block an applicant: a line a judge, then sum and mean, and an empty line. Nothing without a comparison."""
    sheet, page = grids.sheet, book.sheet(grids.say("part.scores"), repeat=0)
    items = weights_of(sheet.notice, grids.language)
    widths = [26, 18, *(16 for _ in items), 14, 34]
    widen(page, widths)
    if not sheet.compared:
        book.texts(page, 0, len(widths) - 1, [sheet.not_compared().text(grids.language)], sum(widths))
        return []
    headings = [grids.say("head.applicant"), grids.say("head.judge"), *items, grids.say("head.total")]
    headings.append(grids.say("head.remark"))
    page.set_row(0, row_height(headings, widths))
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading, book.head)
    page.freeze_panes(1, 2)
    sums, row = [], 1
    for one in sheet.admitted:
        found, row = _score_block(page, book, grids, row, one)
        sums.append(found)
    return sums


def _score_block(page: Any, book: Book, grids: Grids, top: int, one: Standing) -> tuple[_Sums, int]:
    judges, weights = one.tally.papers, grids.sheet.notice.weights
    total_at = 2 + len(weights)
    incomplete = grids.say("score.incomplete")
    for row, paper in enumerate(judges, top):
        page.write_string(row, 0, one.applicant.name, book.label)
        page.write_string(row, 1, paper.judge.name, book.label)
        for column, weight in enumerate(weights, 2):
            points = paper.points[weight.id]
            if points is None:
                page.write_string(row, column, grids.say("score.missing"), book.missing)
            else:
                page.write_number(row, column, points / POINT_STEPS, book.points)
            page.data_validation(row, column, row, column, _range(grids, weight.points))
        given = _span(row, 2, row, total_at - 1)
        formula = _whole(given, len(weights), f"ROUND(SUM({given}),2)", incomplete)
        page.write_formula(row, total_at, formula, book.result, _value(paper.total, incomplete))
        page.write_string(row, total_at + 1, paper.remark, book.plain)
        page.set_row(row, row_height([one.applicant.name, paper.remark], [26, 34]))
    below = top + len(judges)
    spans = [_span(top, column, below - 1, column) for column in range(2, total_at + 1)]
    columns = [[paper.points[weight.id] for paper in judges] for weight in weights]
    columns.append([paper.total for paper in judges])
    for offset, name in enumerate(("sum", "mean")):
        row = below + offset
        page.write_string(row, 0, one.applicant.name, book.label)
        page.write_string(row, 1, grids.say(f"score.{name}"), book.label)
        for column, (span, values) in enumerate(zip(spans, columns, strict=True), 2):
            formula, value = _over_judges(name, span, values, incomplete)
            page.write_formula(row, column, formula, book.result, value)
        page.write_string(row, total_at + 1, "", book.plain)
        page.set_row(row, row_height([one.applicant.name], [26]))
    return _Sums(one, xl_rowcol_to_cell(below, total_at, row_abs=True, col_abs=True)), below + 3


def _over_judges(name: str, span: str, values: Sequence[int | None], incomplete: str) -> tuple[str, float | str]:
    """Sum or mean of a column, only where every judge gave a score; without judges there is nothing to add."""
    given = [one for one in values if one is not None]
    if not values:
        return f'="{incomplete}"', incomplete
    whole = len(given) == len(values)
    if name == "sum":
        return _whole(span, len(values), f"ROUND(SUM({span}),2)", incomplete), _value(
            sum(given) if whole else None, incomplete
        )
    mean = sum(given) / POINT_STEPS / len(values) if whole else incomplete
    return _whole(span, len(values), f"AVERAGE({span})", incomplete), mean


def _ranking(book: Book, grids: Grids, sums: Sequence[_Sums]) -> None:
    sheet, page = grids.sheet, book.sheet(grids.say("part.ranking"), repeat=0)
    names, widths = ("rank", "applicant", "sum", "mean", "tie", "reason"), [10, 30, 18, 14, 10, 70]
    widen(page, widths)
    if not sheet.compared:
        book.texts(page, 0, len(widths) - 1, [sheet.not_compared().text(grids.language)], sum(widths))
        return
    for column, name in enumerate(names):
        page.write_string(0, column, grids.say(f"head.{name}"), book.head)
    page.freeze_panes(1, 0)
    in_order = sorted(sums, key=lambda one: (one.standing.place is None, one.standing.place or 0))
    totals = _span(1, 2, len(in_order), 2)
    for row, one in enumerate(in_order, 1):
        _place_row(page, book, grids, row, one, totals=totals)
    left_out = [one for one in sheet.standings if not one.admitted]
    if not left_out:
        return
    top = _heading(page, book, len(in_order) + 2, grids.say("ranking.not_in_ranking"))
    for row, standing in enumerate(left_out, top):
        reason = grids.why_unranked(standing)
        page.write_string(row, 0, "—", book.missing)
        page.write_string(row, 1, standing.applicant.name, book.label)
        page.merge_range(row, 2, row, 5, "", book.plain)
        page.write_string(row, 2, reason, book.plain)
        page.set_row(row, row_height([standing.applicant.name, reason], [30, 112]))


def _place_row(page: Any, book: Book, grids: Grids, row: int, one: _Sums, *, totals: str) -> None:
    """Place, sum, mean and tie follow the score sheet by formula."""
    standing, judges = one.standing, len(one.standing.tally.papers)
    unranked, incomplete, shared = (
        grids.say(key) for key in ("ranking.unranked", "score.incomplete", "ranking.shared")
    )
    own = xl_rowcol_to_cell(row, 2)
    source = f"'{grids.say('part.scores')}'!{one.total}"
    total, mean = standing.tally.total, standing.tally.mean
    rank = f'=IF(ISNUMBER({own}),RANK({own},{totals}),"{unranked}")'
    page.write_formula(row, 0, rank, book.place, standing.place or unranked)
    page.write_string(row, 1, standing.applicant.name, book.label)
    page.write_formula(row, 2, f"={source}", book.result, _value(total, incomplete))
    average = f'=IF(ISNUMBER({own}),{own}/{max(judges, 1)},"{incomplete}")'
    page.write_formula(row, 3, average, book.result, incomplete if mean is None else mean)
    tie = f'=IF(ISNUMBER({own}),IF(COUNTIF({totals},{own})>1,"{shared}",""),"")'
    page.write_formula(row, 4, tie, book.place, shared if standing.tied else "")
    reason = grids.why_unranked(standing)
    page.write_string(row, 5, reason, book.plain)
    page.set_row(row, row_height([standing.applicant.name, reason], [30, 70]))


def _heading(page: Any, book: Book, row: int, text: str) -> int:
    page.write_string(row, 0, text, book.part)
    page.set_row(row, 22)
    return row + 1


def _range(grids: Grids, most: int) -> dict[str, Any]:
    return {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most,
        "error_title": grids.say("score.hint_title"), "error_message": grids.say("score.hint", most=most),
    }  # fmt: skip


def _span(top: int, left: int, bottom: int, right: int) -> str:
    first = xl_rowcol_to_cell(top, left, row_abs=True, col_abs=True)
    return f"{first}:{xl_rowcol_to_cell(bottom, right, row_abs=True, col_abs=True)}"


def _whole(span: str, count: int, formula: str, incomplete: str) -> str:
    return f'=IF(COUNT({span})={count},{formula},"{incomplete}")'


def _value(hundredths: int | None, incomplete: str) -> float | str:
    return incomplete if hundredths is None else hundredths / POINT_STEPS
