"""The report as CSV: UTF-8 with a byte order mark, so that Excel opens the Chinese; one number a line."""

import csv
import io

from voucher_contract.models.reports import T1Report
from voucher_platform.reports.titles import LONG_HEADER, long_form, safety_zh

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _as_text(word: str) -> str:
    """A name that a spreadsheet would run as a formula gets an apostrophe before it."""
    return "'" + word if word.startswith(_STARTS_A_FORMULA) else word


def write_csv(report: T1Report) -> bytes:
    """The long form of the report: every number with its unit and formula beside it. Money is in fen.

    Where a protection is switched off a last line says which, in its last column.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(LONG_HEADER)
    for line in long_form(report):
        number = line.value if isinstance(line.value, int) else f"{line.value:.4f}"
        writer.writerow((*map(_as_text, line.words_before), number, *line.words_after))
    if report.unsafe_settings:
        writer.writerow((*("",) * (len(LONG_HEADER) - 1), safety_zh(report)))
    return out.getvalue().encode("utf-8-sig")
