"""An A4 document by the margins, type sizes and page numbers of GB/T 9704. Fonts are named, never shipped."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from loadtest.selection.grids import Cell, Grid, Tone

# GB/T 9704-2012: page 210×297, text area 156×225, 37 above, 28 at the binding.
_TOP_MM, _BOTTOM_MM, _LEFT_MM, _RIGHT_MM, TEXT_MM = 37, 35, 28, 26, 156
_TITLE_FONT, _BELOW_FONT, _HEAD_FONT, _BODY_FONT = "方正小标宋简体", "楷体_GB2312", "黑体", "仿宋_GB2312"
_LATIN = "Times New Roman"
_TITLE_PT, _BODY_PT, _TABLE_PT, _NUMBER_PT, _LEADING_PT = 22, 16, 10.5, 14, 28
_FILL: dict[Tone, str] = {
    "plain": "", "good": "DDF3E4", "remark": "FFF3D1", "bad": "FBD9D7", "open": "E6E8EC", "quiet": "F4F5F7",
}  # fmt: skip
_HEAD_FILL, _SHORT_TABLE = "E8EDF4", 16


class Paper:
    """A document under construction."""

    def __init__(self) -> None:
        self._document = Document()
        self._styles()
        self._page()

    def title(self, title: str, below: str) -> None:
        """The title in the middle, and below it what it belongs to."""
        self._document.add_paragraph(title, style="Sheet title")
        self._document.add_paragraph(below, style="Below title")
        self._document.add_paragraph(style="Small")

    def heading(self, text: str) -> None:
        """A part's heading; it stays with what follows."""
        self._document.add_paragraph(text, style="Part")

    def text(self, text: str, *, leads: bool = False) -> None:
        """A paragraph in the size of tables; one that ``leads`` stays with the table it introduces."""
        self._document.add_paragraph(text, style="Lead" if leads else "Small")

    def table(self, grid: Grid, *, row_mm: float = 0) -> None:
        """A table as wide as the text; headings come back on every page, no row is torn apart, nor a short table."""
        lines = [[Cell(text) for text in grid.headings], *grid.rows]
        table = self._document.add_table(len(lines), len(grid.headings), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        _narrow_margins(table)
        total = sum(grid.widths)
        widths = [Mm(TEXT_MM * width / total) for width in grid.widths]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        for number, (row, cells) in enumerate(zip(table.rows, lines, strict=True)):
            together = len(lines) <= _SHORT_TABLE and number < len(lines) - 1
            _fill_row(row, cells, widths, head=number == 0, together=together)
            if row_mm and number:
                row.height, row.height_rule = Mm(row_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
        self._document.add_paragraph(style="Small")

    def content(self, title: str) -> bytes:
        """The file."""
        self._document.core_properties.title = title
        self._document.core_properties.author = "voucherlab"
        self._document.core_properties.comments = ""
        out = BytesIO()
        self._document.save(out)
        return out.getvalue()

    def _styles(self) -> None:
        styles = self._document.styles
        normal = styles["Normal"]
        _font(normal, _BODY_FONT, _BODY_PT)
        for name, font, size in (
            ("Sheet title", _TITLE_FONT, _TITLE_PT), ("Below title", _BELOW_FONT, _BODY_PT),
            ("Part", _HEAD_FONT, _BODY_PT), ("Small", _BODY_FONT, _TABLE_PT), ("Lead", _HEAD_FONT, _TABLE_PT),
            ("Cell", _BODY_FONT, _TABLE_PT), ("Head cell", _HEAD_FONT, _TABLE_PT),
        ):  # fmt: skip
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            _font(style, font, size)
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        for name in ("Sheet title", "Below title", "Head cell"):
            styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for name in ("Sheet title", "Below title", "Part"):
            styles[name].paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
            styles[name].paragraph_format.line_spacing = Pt(_LEADING_PT + (8 if name == "Sheet title" else 0))
        for name in ("Part", "Lead", "Head cell"):
            styles[name].paragraph_format.keep_with_next = True
        styles["Small"].paragraph_format.space_after = Pt(3)

    def _page(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(_TOP_MM), Mm(_BOTTOM_MM)
        section.left_margin, section.right_margin = Mm(_LEFT_MM), Mm(_RIGHT_MM)
        section.footer_distance = Mm(_BOTTOM_MM - 12)
        self._document.settings.odd_and_even_pages_header_footer = True
        _number_page(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
        _number_page(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _font(style: Any, name: str, size: float) -> None:
    style.font.size, style.font.name, style.font.color.rgb = Pt(size), _LATIN, RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), name)


def _fill_row(row: Any, cells: Sequence[Cell], widths: Sequence[int], *, head: bool, together: bool) -> None:
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way to these two marks
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for place, cell, width in zip(row.cells, cells, widths, strict=True):
        place.width, place.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
        lines = cell.text.split("\n")
        paragraphs = [place.paragraphs[0], *(place.add_paragraph() for _ in lines[1:])]
        for paragraph, line in zip(paragraphs, lines, strict=True):
            # By its id: python-docx looks a name up in all styles, for every cell.
            paragraph._p.style = _id_of("Head cell" if head else "Cell")  # noqa: SLF001
            paragraph.add_run(line)
            if together:
                paragraph.paragraph_format.keep_with_next = True
            if cell.centred:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        fill = _HEAD_FILL if head else _FILL[cell.tone]
        if fill:
            _shade(place, fill)


def _id_of(style: str) -> str:
    return style.replace(" ", "")


def _shade(cell: Any, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - as above


def _narrow_margins(table: Any) -> None:
    """Narrow inner margins, so that small columns still hold a word."""
    margins = OxmlElement("w:tblCellMar")
    for side, twentieths in (("top", "25"), ("left", "60"), ("bottom", "25"), ("right", "60")):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), twentieths)
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)  # noqa: SLF001 - as above


def _number_page(paragraph: Any, alignment: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, on the outer side, one letter in."""
    paragraph.alignment = alignment
    indent = Pt(_NUMBER_PT)
    paragraph.paragraph_format.right_indent = indent if alignment == WD_ALIGN_PARAGRAPH.RIGHT else None
    paragraph.paragraph_format.left_indent = indent if alignment == WD_ALIGN_PARAGRAPH.LEFT else None
    paragraph.add_run("— ").font.size = Pt(_NUMBER_PT)
    run = paragraph.add_run()
    run.font.size = Pt(_NUMBER_PT)
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        part.text = text or None
        run._r.append(part)  # noqa: SLF001 - as above
    paragraph.add_run(" —").font.size = Pt(_NUMBER_PT)
