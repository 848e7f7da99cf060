"""The schedule of a step: every operation that will be asked for, whole, before the first is sent.

It lies in the step's folder as ``schedule.npy``, so that anybody can see what was meant to be sent, and when. With
several workers, worker ``i`` of ``n`` plays rows ``i``, ``i + n``, …: simultaneous rows leave from different processes.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtest.arrivals import Offsets
from loadtest.history.record import Kind

PLANNED = np.dtype(
    [
        ("t", "<i8"),  # nanoseconds after the start of the step
        ("key", "<u8"),  # logical operation; rows of one key are the same request again
        (
            "target",
            "<u8",
        ),  # row of the cast's vouchers (REDEEM, VOID), of its redemptions (REFUND), else 0
        ("person", "<u4"),  # row of the cast's people; of its tills for REDEEM and REFUND
        ("amount", "<i4"),  # fen of an order's payable total or of a refund, quota of a raise, else 0
        ("subject", "<u2"),  # row of the cast's batches
        ("kind", "u1"),
        ("attempt", "u1"),  # 0 the first, 1 the first planned repetition …
    ]
)
Schedule = NDArray[np.void]


class Planned(NamedTuple):
    """One row of a schedule as plain numbers; the same fields in the same order."""

    t: int
    key: int
    target: int
    person: int
    amount: int
    subject: int
    kind: int
    attempt: int


_FILE = "schedule.npy"


def rows(
    kind: Kind, times: Offsets, *, first_key: int, person: object = 0, subject: object = 0, target: object = 0,
    amount: object = 0,
) -> Schedule:  # fmt: skip
    """One operation of ``kind`` at each time, keys ascending from ``first_key``; the rest are numbers or columns."""
    made = np.zeros(len(times), PLANNED)
    made["t"], made["kind"] = times, kind
    made["key"] = np.arange(first_key, first_key + len(times))
    columns = {"person": person, "subject": subject, "target": target, "amount": amount}
    for name, values in columns.items():
        made[name] = values
    return made


def repeated(planned: Schedule, rng: np.random.Generator, *, latest_ns: int, attempt: int = 1) -> Schedule:
    """The same requests again under the same keys, each up to ``latest_ns`` later: over whatever connection is free."""
    again = planned.copy()
    again["t"] += rng.integers(0, max(latest_ns, 1), len(again))
    again["attempt"] = attempt
    return again


def in_order(*parts: Schedule) -> Schedule:
    """All parts in the order of their times; rows of one time keep the order of the parts."""
    together = np.concatenate(parts) if parts else np.zeros(0, PLANNED)
    return together[np.argsort(together["t"], kind="stable")]


def store(folder: Path, planned: Schedule) -> None:
    """Write it into the step's folder."""
    np.save(folder / _FILE, planned)


def load(folder: Path, worker: int = 0, workers: int = 1) -> Schedule:
    """The rows of one worker of several, numbered from 0."""
    whole: Schedule = np.load(folder / _FILE)
    return whole[worker::workers].copy()


def planned_rows(schedule: Schedule) -> list[Planned]:
    """The rows as plain numbers, quick to read one by one."""
    return [Planned(*row) for row in schedule.tolist()]
