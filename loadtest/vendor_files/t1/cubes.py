"""Figures by key and business day: sums and distinct counts, of the day itself and of everything up to its end."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from loadtest.vendor_files.cells.numbers import Ints
from loadtest.vendor_files.joining import one_key
from voucher_contract.models.reports import Dimension


@dataclass(frozen=True)
class Days:
    """Business days ``first`` … ``first + count − 1``, as days since 1970."""

    first: int
    count: int

    def place(self, days: Ints) -> Ints:
        """Where each day stands; days outside belong to nobody and must not be asked for."""
        return days - self.first

    def holds(self, day: int) -> bool:
        """Whether the day is one of them."""
        return self.first <= day < self.first + self.count


@dataclass(frozen=True)
class Cube:
    """Figures of one indicator in one dimension, ``[key, day]``."""

    of_day: Ints
    cumulative: Ints


@dataclass(frozen=True)
class Events:
    """What happened: the business day of each event, and its place in each dimension.

    ``places[dimension]`` is a pair of arrays, events and their keys; an event may stand in several keys (a batch with
    several industries) or, where a dimension is left out, its keys are not all known.
    """

    days: Ints
    places: Mapping[Dimension, tuple[Ints, Ints]]


def summed(events: Events, weight: Ints, dimension: Dimension, keys: int, days: Days) -> Cube:
    """Σ ``weight`` of the events. Integers throughout."""
    rows, key = events.places[dimension]
    figures = np.zeros((keys, days.count), dtype=np.int64)
    np.add.at(figures, (key, days.place(events.days[rows])), weight[rows])
    return Cube(figures, np.cumsum(figures, axis=1))


def distinct(events: Events, entity: Ints, dimension: Dimension, keys: int, days: Days) -> Cube:
    """Different ``entity`` values among the events: of a day, and of all days so far."""
    rows, key = events.places[dimension]
    place = days.place(events.days[rows])
    of_day = np.zeros((keys, days.count), dtype=np.int64)
    _, once = np.unique(one_key(key, place, entity[rows]), return_index=True)
    np.add.at(of_day, (key[once], place[once]), 1)
    order = np.argsort(place, kind="stable")
    _, first = np.unique(one_key(key[order], entity[rows][order]), return_index=True)
    newcomers = np.zeros((keys, days.count), dtype=np.int64)
    np.add.at(newcomers, (key[order][first], place[order][first]), 1)
    return Cube(of_day, np.cumsum(newcomers, axis=1))
