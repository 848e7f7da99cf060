"""After the load: what stayed unknown is asked again under its key, and what was promised is read twice.

Everything goes past any fault proxy and into the same history, under a worker number of its own.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from loadtest.history.columns import History
from loadtest.history.reading import read_history
from loadtest.history.record import Kind, Outcome
from loadtest.history.writer import HistoryWriter
from loadtest.lab.world import World
from loadtest.scenarios.cast import Cast
from loadtest.scenarios.preparing import HISTORY
from loadtest.scenarios.recording import RESOLVING, Recorder
from loadtest.scenarios.requests import Requests
from loadtest.scenarios.schedule import Planned, load, planned_rows
from voucher_contract import routes

_OPEN = (Outcome.OPEN, Outcome.UNKNOWN, Outcome.PENDING, Outcome.OK_UNREADABLE)
_READS = 2
_WRITES = (Kind.CLAIM, Kind.REDEEM, Kind.REFUND, Kind.VOID, Kind.RAISE)


async def resolve(world: World, folder: Path) -> int:
    """Shrink the unknown and read what was acknowledged. Returns when the first of its requests left (monotonic ns)."""
    cast = Cast.read(folder)
    before = read_history(folder / HISTORY)
    began = time.monotonic_ns()
    history = HistoryWriter(folder / HISTORY, RESOLVING, cast.run)
    try:
        recorder = Recorder(world, history, Requests(cast))
        await recorder.all(open_operations(before, planned_by_key(folder)))
        acknowledged = _acknowledged(read_history(folder / HISTORY))
        if world.adapter.missing(routes.GET_CLAIM.name) is not None:
            acknowledged = []  # a wire that cannot be asked for a claim by its key
        for _ in range(_READS):
            await recorder.all(_reads(recorder, cast, acknowledged))
    finally:
        history.close()
    return began


def planned_by_key(folder: Path) -> Mapping[int, Planned]:
    """Each logical operation of the schedule as it was first planned."""
    found: dict[int, Planned] = {}
    for row in planned_rows(load(folder)):
        found.setdefault(row.key, row)
    return found


def open_operations(history: History, planned: Mapping[int, Planned]) -> list[Planned]:
    """Writes that may have taken effect and of which no attempt was granted; numbered on from their last attempt."""
    writes = np.isin(history.kind, _WRITES)
    granted = set(history.key[writes & (history.outcome == Outcome.OK)].tolist())
    unsure = writes & np.isin(history.outcome, _OPEN)
    attempts: dict[int, int] = {}
    for key, attempt in zip(history.key[unsure].tolist(), history.attempt[unsure].tolist(), strict=True):
        attempts[key] = max(attempts.get(key, 0), attempt)
    return [
        planned[key]._replace(t=time.monotonic_ns(), attempt=attempt + 1)
        for key, attempt in attempts.items()
        if key in planned and key not in granted
    ]


def _acknowledged(history: History) -> list[tuple[int, int, int]]:
    """Key, person and batch of every claim that was granted."""
    rows = (history.kind == Kind.CLAIM) & (history.outcome == Outcome.OK)
    keys, first = np.unique(history.key[rows], return_index=True)
    people, subjects = history.person[rows][first], history.subject[rows][first]
    return list(zip(keys.tolist(), people.tolist(), subjects.tolist(), strict=True))


def _reads(recorder: Recorder, cast: Cast, acknowledged: list[tuple[int, int, int]]) -> list[Planned]:
    now = time.monotonic_ns()
    claims = [
        Planned(now, recorder.key(), key, person, 0, subject, Kind.READ_CLAIM, 0)
        for key, person, subject in acknowledged
    ]
    remaining = [
        Planned(now, recorder.key(), 0, 0, 0, subject, Kind.READ_REMAINING, 0) for subject in range(len(cast.batches))
    ]
    return claims + remaining
