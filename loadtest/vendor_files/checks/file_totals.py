"""Sums that the files themselves print, and cells that do not read."""

from loadtest.vendor_files.cells.numbers import present
from loadtest.vendor_files.columns import COLUMNS
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, Found, file_check
from loadtest.vendor_files.tables import BadCell


@file_check(
    "file-totals-add-up", clauses=("N3.3", "N3.4"), needs={},
    zh="文件中的合计行等于明细之和", en="A file's own total is the sum of its rows",
)  # fmt: skip
def file_totals_add_up(e: Evidence) -> Findings:
    """Only of files without a `where`: rows that were left out may belong to the sum."""
    found, judged = [], 0
    for total in e.loaded.sum_rows:
        source = e.mapping.sources()[total.table]
        if source.where is not None:
            continue
        rows = e.table(total.table)
        above = (rows.file == total.file) & (rows.line < total.line)
        for column, said in total.sums.items():
            values = rows[column][above]
            judged += 1
            real = int(values[present(values)].sum())
            if real != said and bool(present(values).all()):
                title = COLUMNS[total.table][column].zh
                statement = f"第 {total.line} 行合计{title} {said} 分，以上 {int(above.sum())} 行之和为 {real} 分"
                found.append(Found(statement, (), {"file": total.file, "line": total.line, "said": said, "sum": real}))
    if not judged:
        raise CannotJudge("文件中没有合计行")
    return Findings(len(found), tuple(found), judged)


@file_check(
    "cells-readable", clauses=("N3.3",), needs={}, basis="good_practice",
    zh="单元格均能按约定格式读出", en="Every cell reads as agreed",
)  # fmt: skip
def cells_readable(e: Evidence) -> Findings:
    """What does not read is left out of every other check; it may be a slip of the export."""
    found = tuple(
        Found(f"{_title(cell)}列的“{cell.text}”无法读出", (), {"file": cell.file, "line": cell.line})
        for cell in e.loaded.bad_cells
    )
    rows = sum(len(table) for table in e.loaded.tables.values())
    return Findings(e.loaded.bad_cell_count, found, rows)


def _title(cell: BadCell) -> str:
    return COLUMNS[cell.table][cell.column].zh
