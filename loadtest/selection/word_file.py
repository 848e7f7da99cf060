"""selection.docx: the sheet as a document for the meeting, with a line to sign for every judge."""

from collections.abc import Iterator, Sequence
from itertools import count

from loadtest.selection.evidence import Bundle
from loadtest.selection.grids import Cell, Grid, Grids, split, weights_of
from loadtest.selection.model import POINT_STEPS
from loadtest.selection.paper import Paper
from loadtest.selection.said import Language
from loadtest.selection.sheet import Sheet, Standing
from voucher_contract.notice import Clause

_APPLICANTS_ACROSS, _SIGNATURE_MM = 3, 12
_ZH_NUMBERS = "一二三四五六七八九十"


def word_file(sheet: Sheet, language: Language) -> bytes:
    """The document."""
    grids = Grids(sheet, language)
    paper = Paper()
    paper.title(grids.title(), grids.say("part.sheet"))
    numbers = count()
    for name, content in _parts(grids):
        paper.heading(_numbered(next(numbers), grids.say(f"part.{name}"), language))
        for part in content:
            _put(paper, part, row_mm=_SIGNATURE_MM if name == "signatures" else 0)
    return paper.content(f"{grids.title()} {grids.say('part.sheet')}")


def _put(paper: Paper, part: str | Grid, *, row_mm: float) -> None:
    if isinstance(part, str):
        paper.small(part)
    else:
        paper.table(part, row_mm=row_mm)


def _parts(grids: Grids) -> Iterator[tuple[str, list[str | Grid]]]:
    yield "overview", [_facts(grids)]
    yield "applicants", [_applicants(grids)]
    remarks = grids.remarks() or [grids.say("part.no_remarks")]
    yield "remarks", [f"{number}. {one}" for number, one in enumerate(remarks, 1)]
    yield "entry", [_narrow(one, (11, 40)) for one in split(grids.entry(), _APPLICANTS_ACROSS)]
    yield "evidence", [_bundles(grids), *(_clauses(grids))]
    computed = grids.computed()
    if computed is not None:
        yield "computed", [computed]
    if grids.sheet.compared:
        yield "scores", [part for one in grids.sheet.admitted for part in _scores(grids, one)]
    yield "ranking", [_ranking(grids)]
    yield "notes", [f"{number}. {one}" for number, one in enumerate(grids.notes(), 1)]
    yield "signatures", [_signatures(grids)]


def _facts(grids: Grids) -> Grid:
    rows = tuple((Cell(label, "quiet"), Cell(value)) for label, value in grids.facts())
    return Grid((grids.say("head.matter"), grids.say("head.content")), (22, 80), rows)


def _applicants(grids: Grids) -> Grid:
    """Without the columns that stand elsewhere in the document: paper is narrower than a screen."""
    whole = grids.applicants()
    kept = (0, 1, 2, 3, 4, 5, 7)
    return Grid(
        tuple(whole.headings[at] for at in kept), (8, 20, 20, 20, 15, 38, 14),
        tuple(tuple(row[at] for at in kept) for row in whole.rows),
    )  # fmt: skip


def _narrow(grid: Grid, fixed: Sequence[int]) -> Grid:
    return Grid(grid.headings, (*fixed, *(25 for _ in grid.headings[len(fixed) :])), grid.rows, grid.fixed)


def _bundles(grids: Grids) -> Grid:
    """Only what identifies a bundle; where and when it was tested stands in the workbook."""
    whole = grids.bundles()
    kept = (0, 1, 2, 3, 5, 7, 8)
    return Grid(
        tuple(whole.headings[at] for at in kept), (18, 16, 22, 20, 9, 24, 22),
        tuple(tuple(row[at] for at in kept) for row in whole.rows),
    )  # fmt: skip


def _clauses(grids: Grids) -> Iterator[Grid]:
    """Verdict and level in one cell, so that three applicants fit beside each other."""
    held = grids.columns()
    notice = grids.sheet.notice
    rows = tuple(
        (Cell(clause.id), Cell(grids.own(clause)), *(_together(grids, bundle, clause) for _, bundle in held))
        for clause in notice.clauses
    )  # fmt: skip
    headings = (grids.say("head.clause"), grids.say("head.requirement"), *(name for name, _ in held))
    whole = Grid(headings, (14, 46, *(22 for _ in held)), rows, 2)
    yield from split(whole, _APPLICANTS_ACROSS)


def _together(grids: Grids, bundle: Bundle | None, clause: Clause) -> Cell:
    verdict, level = grids.verdict_and_level(bundle, clause)
    return Cell(f"{verdict.text}\n{level.text}" if level.text else verdict.text, verdict.tone)


def _scores(grids: Grids, one: Standing) -> Iterator[str | Grid]:
    weights = grids.sheet.notice.weights
    yield one.applicant.name
    rows = [
        (
            Cell(paper.judge.name), *(_points(grids, paper.points[weight.id], "score.missing") for weight in weights),
            _points(grids, paper.total, "score.incomplete"), Cell(paper.remark),
        )
        for paper in one.tally.papers
    ]  # fmt: skip
    blank = tuple(Cell("") for _ in weights)
    mean = one.tally.mean
    shown = grids.say("score.incomplete") if mean is None else f"{mean:.2f}"
    rows.append((Cell(grids.say("score.sum")), *blank, _points(grids, one.tally.total, "score.incomplete"), Cell("")))
    rows.append((Cell(grids.say("score.mean")), *blank, Cell(shown), Cell("")))
    headings = (
        grids.say("head.judge"), *weights_of(grids.sheet.notice, grids.language), grids.say("head.total"),
        grids.say("head.remark"),
    )  # fmt: skip
    yield Grid(headings, (20, *(20 for _ in weights), 13, 22), tuple(rows))


def _points(grids: Grids, points: int | None, missing: str) -> Cell:
    return Cell(grids.say(missing), "open") if points is None else Cell(f"{points / POINT_STEPS:g}")


def _ranking(grids: Grids) -> str | Grid:
    sheet = grids.sheet
    if not sheet.compared:
        return sheet.not_compared().text(grids.language)
    rest = [one for one in sheet.standings if one.place is None]
    rows = tuple(
        (
            grids.place(one), Cell(one.applicant.name),
            _points(grids, one.tally.total if one.place else None, "computed.none"),
            Cell("" if one.place is None or one.tally.mean is None else f"{one.tally.mean:.2f}"),
            Cell(grids.why_unranked(one)),
        )
        for one in (*sheet.ranked, *rest)
    )  # fmt: skip
    headings = tuple(grids.say(f"head.{name}") for name in ("rank", "applicant", "sum", "mean", "reason"))
    return Grid(headings, (18, 26, 16, 13, 50), rows)


def _signatures(grids: Grids) -> Grid:
    meeting = grids.sheet.meeting
    others = (("chair", meeting.chaired_by), ("record", meeting.recorded_by), ("supervise", meeting.supervised_by))
    people = [(grids.say("head.judge"), judge.name) for judge in grids.sheet.entered.file.judges]
    people += [(grids.say(f"part.{key}"), who or "") for key, who in others]
    rows = tuple((Cell(role), Cell(name), Cell(""), Cell("")) for role, name in people)
    headings = tuple(grids.say(f"head.{name}") for name in ("role", "name", "signed", "date"))
    return Grid(headings, (20, 26, 34, 24), rows)


def _numbered(number: int, text: str, language: Language) -> str:
    return f"{_ZH_NUMBERS[number]}、{text}" if language == "zh" else f"{number + 1}. {text}"
