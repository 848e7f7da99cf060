"""Amounts in yuan or fen, as text, become whole fen. No float ever holds an amount."""

import re
from collections.abc import Sequence

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints

DECIMALS = {"fen": 0, "yuan": 2, "wan_yuan": 6}
"""How many decimals of a unit are whole fen."""
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,16})(?:\.([0-9]{1,12}))?")
_MOST_DIGITS = 16
_NOISE = str.maketrans("", "", ",，¥￥元 ")


def fen_of(text: str, unit: str) -> int | None:
    """Whole fen, or None when the text is no amount or has a fraction of a fen."""
    found = _AMOUNT.fullmatch(text.translate(_NOISE))
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    decimals = DECIMALS[unit]
    digits = (fraction or "").rstrip("0").ljust(decimals, "0")
    # A point in an amount of fen betrays another unit: 30.00 is thirty yuan, never thirty fen.
    if len(digits) > decimals or (fraction and not decimals) or len(whole) + decimals > _MOST_DIGITS:
        return None
    amount = int(whole + digits)
    return -amount if sign == "-" else amount


def fen_cells(cells: Sequence[str], unit: str) -> tuple[Ints, list[int]]:
    """Fen of each cell, MISSING where empty or unreadable, and the positions of the unreadable ones."""
    known: dict[str, int | None] = {"": MISSING}
    for cell in set(cells):
        known.setdefault(cell, fen_of(cell, unit))
    bad = {cell for cell, amount in known.items() if amount is None}
    values = np.array([MISSING if cell in bad else known[cell] for cell in cells], dtype=np.int64)
    return values, [at for at, cell in enumerate(cells) if cell in bad] if bad else []
