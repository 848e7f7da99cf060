"""selection.docx: the sheet as a document for the meeting, with a line to sign for every judge."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from loadtest.selection.evidence import Bundle
from loadtest.selection.grids import Cell, Grid, Grids, split, weights_of
from loadtest.selection.paper import Paper
from loadtest.selection.said import Language
from loadtest.selection.score_grids import ranking, scores
from loadtest.selection.sheet import Sheet
from voucher_contract.notice import Clause, Weight

_APPLICANTS_ACROSS, _SIGNATURE_MM = 3, 12
_ZH_NUMBERS = "一二三四五六七八九十"


def word_file(sheet: Sheet, language: Language) -> bytes:
    """The document."""
    grids = Grids(sheet, language)
    paper = Paper()
    paper.title(grids.say("part.sheet"), grids.say("part.of_notice", title=grids.title()))
    numbers = count()
    for name, content in _parts(grids):
        paper.heading(_numbered(next(numbers), grids.say(f"part.{name}"), language))
        for part in content:
            _put(paper, part, leads=name in {"scores", "evidence"}, row_mm=_SIGNATURE_MM if name == "signatures" else 0)
    return paper.content(f"{grids.title()} {grids.say('part.sheet')}")


def _put(paper: Paper, part: str | Grid, *, leads: bool, row_mm: float) -> None:
    if isinstance(part, str):
        paper.text(part, leads=leads)
    else:
        paper.table(part, row_mm=row_mm)


def _parts(grids: Grids) -> Iterator[tuple[str, list[str | Grid]]]:
    yield "overview", [_facts(grids)]
    yield "applicants", [_applicants(grids)]
    remarks = grids.remarks() or [grids.say("part.no_remarks")]
    yield "remarks", [f"{number}. {one}" for number, one in enumerate(remarks, 1)]
    yield "entry", [_narrow(one, (15, 40)) for one in split(grids.entry(), _APPLICANTS_ACROSS)]
    bundles = _bundles(grids)
    yield "evidence", [bundles if bundles.rows else grids.say("evidence.none"), *_by_item(grids)]
    computed = grids.computed()
    if computed is not None:
        yield "computed", [computed]
    if grids.sheet.compared:
        yield "scores", [part for one in grids.sheet.admitted for part in (one.applicant.name, scores(grids, one))]
    yield "ranking", [ranking(grids)]
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
        tuple(whole.headings[at] for at in kept), (8, 19, 22, 22, 19, 31, 15),
        tuple(tuple(_day_over_hour(row[at], at) for at in kept) for row in whole.rows),
    )  # fmt: skip


def _day_over_hour(cell: Cell, column: int) -> Cell:
    """The two columns of times are narrow: the hour stands below the day."""
    return replace(cell, text=cell.text.replace(" ", "\n")) if column in {2, 3} else cell


def _narrow(grid: Grid, fixed: Sequence[int]) -> Grid:
    return Grid(grid.headings, (*fixed, *(25 for _ in grid.headings[len(fixed) :])), grid.rows, grid.fixed)


def _bundles(grids: Grids) -> Grid:
    """Only what identifies a bundle; where and when it was tested stands in the workbook."""
    whole = grids.bundles()
    kept = (0, 1, 2, 3, 5, 7, 8)
    return Grid(
        tuple(whole.headings[at] for at in kept), (18, 17, 27, 16, 9, 22, 20),
        tuple(tuple(row[at] for at in kept) for row in whole.rows),
    )  # fmt: skip


def _by_item(grids: Grids) -> Iterator[str | Grid]:
    """The clauses laid beside each scored item, then those that belong to none."""
    notice = grids.sheet.notice
    beside = {clause for weight in notice.weights for clause in weight.clauses}
    groups = [(words.replace("\n", ""), weight.clauses) for words, weight in _with_words(grids)]
    rest = tuple(one.id for one in notice.clauses if one.id not in beside)
    groups.append((grids.say("part.other_clauses"), rest))
    for words, clauses in groups:
        if clauses:
            yield words
            yield from _clauses(grids, [one for one in notice.clauses if one.id in clauses])


def _with_words(grids: Grids) -> Iterator[tuple[str, Weight]]:
    notice = grids.sheet.notice
    return zip(weights_of(notice, grids.language), notice.weights, strict=True)


def _clauses(grids: Grids, clauses: Sequence[Clause]) -> Iterator[Grid]:
    """Verdict and level in one cell, so that three applicants fit beside each other."""
    held = grids.columns()
    rows = tuple(
        (Cell(clause.id), Cell(grids.own(clause)), *(_together(grids, bundle, clause) for _, bundle in held))
        for clause in clauses
    )  # fmt: skip
    headings = (grids.say("head.clause"), grids.say("head.requirement"), *(name for name, _ in held))
    whole = Grid(headings, (14, 46, *(22 for _ in held)), rows, 2)
    yield from split(whole, _APPLICANTS_ACROSS)


def _together(grids: Grids, bundle: Bundle | None, clause: Clause) -> Cell:
    verdict, level = grids.verdict_and_level(bundle, clause)
    words, *also = verdict.text.split("\n")
    return Cell("\n".join([f"{words} {level.text}".strip(), *also]), verdict.tone)


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
