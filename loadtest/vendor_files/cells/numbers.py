"""The one number for "nothing there", and ids as small numbers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
MISSING = int(np.iinfo(np.int64).min)
"""Stands for an empty or unreadable cell in every column: no amount, instant or id reaches it."""


class Vocabulary:
    """Ids of one space, numbered in the order in which they were first seen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, cells: Sequence[str]) -> Ints:
        """The number of each id; MISSING where the cell is empty."""
        numbers = self._numbers
        return np.array(
            [numbers.setdefault(cell, len(numbers)) if cell else MISSING for cell in cells], dtype=np.int64
        )  # fmt: skip

    def find(self, cell: str) -> int | None:
        """The number of an id that was seen."""
        return self._numbers.get(cell)

    def words(self) -> list[str]:
        """All ids by number."""
        return list(self._numbers)


def present(values: Ints) -> Mask:
    """Where a value is known."""
    mask: Mask = values != MISSING
    return mask
