"""Joins and groups over numbered ids. Pure numpy; positions are 0-based rows."""

from collections.abc import Sequence

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints, Mask, present


def taken(values: Ints, at: Ints) -> Ints:
    """``values[at]``, MISSING where ``at`` is MISSING or beyond."""
    out = np.full(len(at), MISSING, dtype=np.int64)
    good = present(at) & (at < len(values))
    out[good] = values[at[good]]
    return out


def first_row_of(ids: Ints, space: int) -> Ints:
    """The first row of each id, by the id's number; MISSING for an id that no row has."""
    rows = np.full(space, MISSING, dtype=np.int64)
    known = np.flatnonzero(present(ids))[::-1]
    rows[ids[known]] = known
    return rows


def repeated(*columns: Ints) -> list[Ints]:
    """Groups of two rows or more that are equal in all columns, none of which is MISSING; rows ascending."""
    known = np.flatnonzero(np.logical_and.reduce([present(column) for column in columns]))
    keys = one_key(*(column[known] for column in columns))
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0]) if len(order) else np.empty(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, len(order)])
    many = sizes > 1
    spans = zip(starts[many].tolist(), sizes[many].tolist(), strict=True)
    return [known[order[start : start + size]] for start, size in spans]


def one_key(*columns: Ints) -> Ints:
    """One number for each combination of values, equal only for equal combinations."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, part = np.unique(column, return_inverse=True)
        _, key = np.unique(key * (int(part.max(initial=0)) + 1) + part, return_inverse=True)
    return key.astype(np.int64)


def merged(identifiers: Sequence[Ints]) -> Ints:
    """The component of each row, where rows that share a value in any column belong together.

    A row without any identifier is alone. Labels sink to the least row number of the component; each pass joins
    across one column, so the passes needed are as many as the longest chain of sharing, which is short among people.
    """
    label = np.arange(len(identifiers[0]), dtype=np.int64)
    while True:
        before = label
        for column in identifiers:
            label = _least_of_group(label, column)
        label = label[label]
        if np.array_equal(before, label):
            return label


def _least_of_group(label: Ints, column: Ints) -> Ints:
    known = np.flatnonzero(present(column))
    if not len(known):
        return label
    least = np.full(int(column[known].max()) + 1, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(least, column[known], label[known])
    out = label.copy()
    out[known] = least[column[known]]
    return out


def level_excess(group: Ints, at: Ints, step: Ints, limit: Ints) -> tuple[Mask, Ints]:
    """Per event: whether it lifts its group's running level above the limit, and the level after it.

    At one instant releases (negative steps) go first, so equal times never make a false alarm. ``limit`` is by event.
    """
    order = np.lexsort((step, at, group))
    level = np.cumsum(step[order])
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0]) if len(order) else np.empty(0, dtype=np.int64)
    base = np.r_[0, level][starts]
    level -= np.repeat(base, np.diff(np.r_[starts, len(order)]))
    out = np.empty(len(order), dtype=np.int64)
    out[order] = level
    return (step > 0) & (out > limit), out
