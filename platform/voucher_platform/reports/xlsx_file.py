"""The report as a workbook an officer can read and hand on as it is."""

import io

import xlsxwriter
from xlsxwriter.workbook import Workbook

from voucher_contract.models.reports import T1Report
from voucher_platform.reports.titles import DIMENSIONS
from voucher_platform.reports.xlsx_formats import Formats
from voucher_platform.reports.xlsx_sheets import write_about, write_data, write_dimension, write_total


def write_xlsx(report: T1Report, campaign_name: str) -> bytes:
    """Sheets: 总体 and one a dimension (money in yuan), 明细数据 (money in fen), 说明 (source, every definition).

    Whoever opens it sees figures; that the day is not over, or a protection off, stands above them.
    """
    out = io.BytesIO()
    book: Workbook = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": f"{campaign_name} T+1 {report.day}"})
    formats = Formats.of(book)
    write_total(book.add_worksheet(DIMENSIONS["total"]), formats, report, campaign_name)
    for dimension, title in DIMENSIONS.items():
        if dimension != "total":
            write_dimension(book, book.add_worksheet(title), formats, report, dimension)
    write_data(book.add_worksheet("明细数据"), formats, report)
    write_about(book.add_worksheet("说明"), formats, report, campaign_name)
    book.close()
    return out.getvalue()
