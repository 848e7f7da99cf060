"""How much room a text needs in a workbook, so that nothing is cut in programs that do not find out by themselves."""

from collections.abc import Sequence

_FIRST_WIDE = 0x2E80  # from here on, letters of East Asia are as wide as two of ours
_LINE_POINTS, _TALLEST_POINTS = 15.0, 400.0


def width_of(text: str) -> int:
    """Columns the longest line takes, in the width of a digit."""
    return max(sum(2 if ord(letter) >= _FIRST_WIDE else 1 for letter in line) for line in text.split("\n"))


def row_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Points of a row in which each text is wrapped at its column's width; both have one entry a column."""
    lines = (
        sum(max(1, -int(-width_of(line) // max(1.0, width - 2))) for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return min(_LINE_POINTS * max(lines, default=1), _TALLEST_POINTS)
