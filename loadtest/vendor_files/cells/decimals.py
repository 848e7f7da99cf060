"""Plain whole numbers, and the numbers of a report: kept as millionths, so that a ratio's digits stay exact."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints

MILLIONTHS = 1_000_000
_WHOLE = re.compile(r"-?[0-9]{1,15}(\.0+)?")
_NOISE = str.maketrans("", "", ",，¥￥ ")
_NOTHING = {"", "-", "—", "--", "/", "——"}
_MOST = Decimal(9_000_000_000_000)


def number_cells(cells: Sequence[str]) -> tuple[Ints, list[int]]:
    """Whole numbers; MISSING where empty or unreadable, and the positions of the unreadable ones."""
    bad = [at for at, cell in enumerate(cells) if cell and not _WHOLE.fullmatch(cell)]
    lost = set(bad)
    values = [int(cell.partition(".")[0]) if cell and at not in lost else MISSING for at, cell in enumerate(cells)]
    return np.array(values, dtype=np.int64), bad


def decimal_cells(cells: Sequence[str]) -> tuple[Ints, Ints, list[int]]:
    """Millionths of decimal numbers and percentages, the millionths of a step of their last digit, and bad positions.

    A report's figure is rounded to the digits it shows, so the step says how far the true figure may be from it.
    """
    values, steps = np.full(len(cells), MISSING, dtype=np.int64), np.zeros(len(cells), dtype=np.int64)
    bad = []
    for at, cell in enumerate(cells):
        if cell in _NOTHING:
            continue
        found = _millionths(cell)
        if found is None:
            bad.append(at)
        else:
            values[at], steps[at] = found
    return values, steps, bad


def _millionths(cell: str) -> tuple[int, int] | None:
    plain = cell.translate(_NOISE)
    scale = MILLIONTHS // 100 if plain.endswith("%") else MILLIONTHS
    try:
        number = Decimal(plain.removesuffix("%"))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > _MOST:
        return None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    step = int(Decimal(scale).scaleb(min(exponent, 0)))
    return int((number * scale).to_integral_value()), step
