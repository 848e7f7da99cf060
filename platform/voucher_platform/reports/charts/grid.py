"""A grid of numbers, darker where there is more, and gaps made plain. Pure."""

from collections.abc import Mapping, Sequence

from voucher_platform.reports.charts.drawing import GAP, WIDTH, box, in_two_lines, picture, shortened, words

_NAMES, _HEAD, _ROW = 130, 40, 25
_SHADES = ("#f5f9ff", "#e6f0ff", "#cfe0ff", "#b3ceff")


def grid(title: str, rows: Sequence[str], columns: Sequence[str], numbers: Mapping[tuple[int, int], int]) -> str:
    """``numbers`` by (row, column); a cell with 0 is a gap, one that is missing is left out."""
    width = (WIDTH - _NAMES) / max(len(columns), 1)
    most = max(numbers.values(), default=0) or 1
    parts = [
        words(_NAMES + width * (at + 0.5), 14 + 14 * line, part, anchor="middle", size=11)
        for at, column in enumerate(columns)
        for line, part in enumerate(in_two_lines(column, int(width / 6.2)))
    ]
    for row, name in enumerate(rows):
        y = _HEAD + _ROW * row
        parts.append(words(_NAMES - 8, y + 16, shortened(name, 18), anchor="end"))
        for column in range(len(columns)):
            if (row, column) not in numbers:
                continue
            number, x = numbers[row, column], _NAMES + width * column
            shade = _SHADES[min(number * len(_SHADES) // (most + 1), len(_SHADES) - 1)] if number else GAP
            parts += [
                box(x + 1, y + 1, width - 2, _ROW - 2, shade),
                words(x + width / 2, y + 16, f"{number:,}", anchor="middle"),
            ]
    return picture(title, _HEAD + _ROW * len(rows) + 4, parts)
