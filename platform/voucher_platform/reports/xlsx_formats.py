"""The looks of the workbook's cells."""

from dataclasses import dataclass
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

_FONT = {"font_name": "Noto Sans CJK SC", "font_size": 10, "valign": "vcenter"}
_LINES = {**_FONT, "border": 1, "border_color": "#BFBFBF"}


@dataclass(frozen=True)
class Formats:
    """Fonts are free ones by name; none is shipped."""

    title: Format
    note: Format
    header: Format
    wrapped: Format
    plain: dict[str, Format]
    sums: dict[str, Format]

    @classmethod
    def of(cls, book: Workbook) -> "Formats":
        """All formats of one workbook."""
        return cls(
            title=book.add_format({**_FONT, "font_size": 16, "bold": True}),
            note=book.add_format(_FONT),
            header=book.add_format(
                {**_LINES, "bold": True, "bg_color": "#DDEBF7", "align": "center", "text_wrap": True}
            ),
            wrapped=book.add_format({**_LINES, "text_wrap": True, "indent": 1}),
            plain=_cells(book, {}),
            sums=_cells(book, {"bold": True, "bg_color": "#F2F2F2"}),
        )


def _cells(book: Workbook, look: dict[str, Any]) -> dict[str, Format]:
    kinds: dict[str, dict[str, Any]] = {
        "text": {},
        "whole": {"num_format": "#,##0"},
        "yuan": {"num_format": "#,##0.00"},
        "ratio": {"num_format": "0.0000"},
        "share": {"num_format": "0.00%"},
        "absent": {"font_color": "#7F7F7F", "align": "right"},
    }
    return {kind: book.add_format({**_LINES, **look, **own}) for kind, own in kinds.items()}
