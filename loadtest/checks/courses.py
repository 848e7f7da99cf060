"""Step functions over time: how many vouchers may be, or certainly are, in somebody's hands at each instant."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from loadtest.history.columns import FOREVER, Ints


@dataclass(frozen=True)
class Course:
    """``values[0]`` holds before the first event, ``values[i + 1]`` after event i. Times ascend.

    Events at one instant are ordered by whoever made the course, so that each order that matters is a value of its own.
    """

    times: Ints
    values: Ints
    monotone: bool

    def up_to(self, instants: Ints) -> Ints:
        """The value once every event up to and at each instant has happened."""
        return self.values[np.searchsorted(self.times, instants, "right")]

    def most_within(self, start: Ints, end: Ints) -> Ints:
        """The greatest value at any instant of each closed interval."""
        right = np.searchsorted(self.times, end, "right")
        if self.monotone:
            return self.values[right]
        return _extreme(self.values, np.searchsorted(self.times, start, "left"), right, np.maximum)

    def least_within(self, start: Ints, end: Ints) -> Ints:
        """The smallest value at any instant of each closed interval."""
        left = np.searchsorted(self.times, start, "left")
        if self.monotone:
            return self.values[left]
        return _extreme(self.values, left, np.searchsorted(self.times, end, "right"), np.minimum)


def course(ups: Ints, downs: Ints, *, ups_first: bool, start: int = 0) -> Course:
    """Plus one at each of ``ups``, minus one at each of ``downs``; ``FOREVER`` never comes.

    ``ups_first``: at one instant ups come before downs, which gives an upper bound; else downs first, a lower one.
    """
    ups, downs = ups[ups < FOREVER], downs[downs < FOREVER]
    times = np.concatenate([ups, downs])
    steps = np.concatenate([np.ones(len(ups), np.int64), np.full(len(downs), -1, np.int64)])
    order = np.lexsort((-steps if ups_first else steps, times)) if len(downs) else np.argsort(times, kind="stable")
    values = np.empty(len(times) + 1, np.int64)
    values[0] = start
    np.cumsum(steps[order], out=values[1:])
    values[1:] += start
    return Course(times[order], values, monotone=not len(downs))


def _extreme(values: Ints, left: Ints, right: Ints, better: Callable[[Ints, Ints], Ints]) -> Ints:
    """The best of ``values[left … right]`` for each pair, by doubling: two overlapping spans cover any range.

    Only one level of the table is in memory at a time; queries are answered at the level of their length.
    """
    length = right - left + 1
    level_of = np.where(length > 0, np.floor(np.log2(np.maximum(length, 1))).astype(np.int64), 0)
    found = np.empty(len(left), np.int64)
    table, span = values, 1
    for level in range(int(level_of.max(initial=0)) + 1):
        asked = level_of == level
        found[asked] = better(table[left[asked]], table[right[asked] - span + 1])
        if len(table) > span:
            table, span = better(table[:-span], table[span:]), span * 2
    return found
