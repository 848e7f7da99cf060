"""The judgement as one self-contained page in Chinese."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from loadtest.vendor_files.columns import TABLE_ZH
from loadtest.vendor_files.judged import NOT_REFUTED_ZH, FilesVerdict
from loadtest.verdicts import Verdict

SHOWN = 20
"""Contradictions of one check that the page shows; the workbook holds more."""
BASIS_ZH = {"notice": "公告", "terms": "事先约定", "good_practice": "良好做法"}


def page(verdict: FilesVerdict) -> str:
    """HTML without scripts, fonts or addresses; every text of a vendor's file is escaped."""
    by_verdict = {one: [check for check in verdict.checks if check.verdict is one] for one in Verdict}
    return _template().render(
        verdict=verdict, refuted=by_verdict[Verdict.FAIL], open=by_verdict[Verdict.INCONCLUSIVE],
        not_run=by_verdict[Verdict.NOT_RUN], tables=TABLE_ZH, basis=BASIS_ZH, shown=SHOWN, not_refuted=NOT_REFUTED_ZH,
    )  # fmt: skip


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("loadtest.vendor_files", "sheets"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.j2")
