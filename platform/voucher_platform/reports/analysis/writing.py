"""Putting the analysis together: all rules in the order of the sections, sentences and footnotes numbered."""

from collections.abc import Callable

from voucher_contract.models.round_report import ReportFigure, RoundReport, Sentence
from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.issuing import write_issuing
from voucher_platform.reports.analysis.redeeming import write_redeeming, write_refunds
from voucher_platform.reports.analysis.risk import write_risk
from voucher_platform.reports.analysis.saying import Said
from voucher_platform.reports.analysis.serving import write_comparison, write_refusals, write_service
from voucher_platform.reports.analysis.signs import write_signs
from voucher_platform.reports.analysis.spending import write_leverage, write_money
from voucher_platform.reports.analysis.structure import write_structure

_RULES: tuple[Callable[[Book], list[Said]], ...] = (
    write_issuing, write_redeeming, write_leverage, write_structure, write_refunds, write_money, write_refusals,
    write_service, write_risk, write_signs, write_comparison,
)  # fmt: skip


def with_analysis(report: RoundReport) -> RoundReport:
    """The same report with its sentences, and a table of every figure they cite, numbered in the order of first use."""
    book = Book(report)
    said = [one for rule in _RULES for one in rule(book)]
    cited: dict[str, Figure] = {}
    for one in said:
        for figure in one.figures:
            known = cited.setdefault(figure.id, figure)
            assert known.value == figure.value, f"{figure.id} has two values"
    figures = [_figure(number, figure) for number, figure in enumerate(cited.values(), 1)]
    sentences = [_sentence(number, one) for number, one in enumerate(said, 1)]
    return report.model_copy(update={"figures": figures, "analysis": sentences})


def _figure(number: int, figure: Figure) -> ReportFigure:
    zh, en = figure.shown
    return ReportFigure(
        id=figure.id, number=number, title_zh=figure.title[0], title_en=figure.title[1], unit=figure.unit,
        value=figure.value, shown_zh=zh, shown_en=en, formula_zh=figure.formula[0], formula_en=figure.formula[1],
    )  # fmt: skip


def _sentence(number: int, said: Said) -> Sentence:
    return Sentence(
        id=f"s{number}", section=said.section, text_zh=said.text[0], text_en=said.text[1],
        figures=[figure.id for figure in said.figures], names=list(said.names), caution=said.caution,
    )  # fmt: skip
