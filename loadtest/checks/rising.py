"""The greatest of many values while they rise, suffix by suffix."""

import numpy as np

from loadtest.history.columns import Ints

_OUT = 2**60


class RisingMaximum:
    """Values at places 0 … n − 1, each left out until it was raised itself.

    Blocks of about √n places keep their maximum, so a step costs some √n additions in numpy: a million steps take
    seconds, and no step waits for the whole.
    """

    def __init__(self, values: Ints) -> None:
        self._width = max(16, int(np.sqrt(len(values))))
        blocks = -(-len(values) // self._width)
        padded = np.full(blocks * self._width, -2 * _OUT, np.int64)
        padded[: len(values)] = values - _OUT
        self._values = padded.reshape(blocks, self._width)
        self._best = self._values.max(axis=1)
        self._lifted = np.zeros(blocks, np.int64)  # added to a whole block, but not yet to its values

    def raise_from(self, place: int) -> None:
        """Take ``place`` in, and add one to it and to every place after it."""
        block, at = divmod(place, self._width)
        self._values[block, at] += _OUT
        self._values[block, at:] += 1
        self._best[block] = self._values[block].max() + self._lifted[block]
        self._lifted[block + 1 :] += 1
        self._best[block + 1 :] += 1

    def highest(self) -> int:
        """The greatest value of all places taken in; far below zero when there is none."""
        return int(self._best.max())
