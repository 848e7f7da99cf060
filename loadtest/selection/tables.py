"""The sheet's tables for a page: the words of workbook and document, and what each cell weighs."""

from typing import Any

from loadtest.selection.grids import Grid, Grids
from loadtest.selection.said import Language
from loadtest.selection.score_grids import ranking, scores
from loadtest.selection.sheet import Sheet


def tables(sheet: Sheet, language: Language) -> dict[str, Any]:
    """By part. Without a comparison there is no table of scores, and ``ranking`` is the sentence that says why."""
    grids = Grids(sheet, language)
    ranked = ranking(grids)
    return {
        "facts": [{"name": name, "value": value} for name, value in grids.facts()],
        "applicants": _table(grids.applicants()), "remarks": grids.remarks(), "entry": _table(grids.entry()),
        "evidence": _table(grids.evidence()), "bundles": _table(grids.bundles()),
        "scores": [
            {"applicant": one.applicant.name, **_table(scores(grids, one))}
            for one in (sheet.admitted if sheet.compared else ())
        ],
        "ranking": ranked if isinstance(ranked, str) else _table(ranked), "notes": grids.notes(),
    }  # fmt: skip


def _table(grid: Grid) -> dict[str, Any]:
    return {
        "headings": list(grid.headings),
        "rows": [[{"text": cell.text, "tone": cell.tone} for cell in row] for row in grid.rows],
    }  # fmt: skip
