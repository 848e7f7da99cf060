"""The judges' own scores and the places that follow from them, as grids of words: for the document and for a page."""

from loadtest.selection.grids import Cell, Grid, Grids, weights_of
from loadtest.selection.model import POINT_STEPS
from loadtest.selection.sheet import Standing


def scores(grids: Grids, one: Standing) -> Grid:
    """A line a judge, then sum and mean of all of them."""
    weights = grids.sheet.notice.weights
    rows = [
        (
            Cell(paper.judge.name), *(_points(grids, paper.points[weight.id], "score.missing") for weight in weights),
            _sum(grids, paper.total, "score.incomplete"), Cell(paper.remark),
        )
        for paper in one.tally.papers
    ]  # fmt: skip
    blank = tuple(Cell("") for _ in weights)
    mean = one.tally.mean
    shown = Cell(grids.say("score.incomplete"), "open", True) if mean is None else _mean(mean)
    rows.append((Cell(grids.say("score.sum")), *blank, _sum(grids, one.tally.total, "score.incomplete"), Cell("")))
    rows.append((Cell(grids.say("score.mean")), *blank, shown, Cell("")))
    headings = (
        grids.say("head.judge"), *weights_of(grids.sheet.notice, grids.language), grids.say("head.total"),
        grids.say("head.remark"),
    )  # fmt: skip
    return Grid(headings, (20, *(22 for _ in weights), 15, 15), tuple(rows))


def _points(grids: Grids, points: int | None, missing: str) -> Cell:
    return Cell(grids.say(missing), "open", True) if points is None else Cell(f"{points / POINT_STEPS:g}", centred=True)


def _sum(grids: Grids, points: int | None, missing: str) -> Cell:
    return Cell(grids.say(missing), "open", True) if points is None else _mean(points / POINT_STEPS)


def _mean(mean: float) -> Cell:
    return Cell(f"{mean:.2f}", centred=True)


def ranking(grids: Grids) -> str | Grid:
    """By place, then those without one and why; a sentence where there is no comparison."""
    sheet = grids.sheet
    if not sheet.compared:
        return sheet.not_compared().text(grids.language)
    rest = [one for one in sheet.standings if one.place is None]
    rows = tuple(
        (
            grids.place(one), Cell(one.applicant.name),
            _sum(grids, one.tally.total if one.place else None, "computed.none"),
            Cell("") if one.place is None or one.tally.mean is None else _mean(one.tally.mean),
            Cell(grids.why_unranked(one)),
        )
        for one in (*sheet.ranked, *rest)
    )  # fmt: skip
    headings = tuple(grids.say(f"head.{name}") for name in ("rank", "applicant", "sum", "mean", "reason"))
    return Grid(headings, (18, 26, 16, 13, 50), rows)
