"""Attempts become logical operations: all attempts with one (person, key, payload) have at most one effect.

What each attempt proves of the operation, on a platform that keeps the contract (for another, an alarm is right):

* An **ok** attempt: the effect lies no later than its reply, and no earlier than the first attempt that could cause it.
* An attempt **without a reply that proves anything** (open, unknown, pending) may cause the effect at any time after
  its invoke, also after its repetition was answered: it may still lie in a queue.
* A **refused** attempt had no effect (S-7), and at some instant between its invoke and its reply the operation as a
  whole had none yet: else the key would have got its effect back (S-16). So the effect lies *after that invoke*. It
  does not prove that there will be none: if an earlier attempt is unknown, the operation stays possible, from the
  refusal's invoke on. That is why a lost request whose repetition is refused never weakens the judgement of what
  happened before it was repeated.
* A **pending** attempt (202) that is asked for again and refused has ended refused (S-34): no effect.
* Attempts that were shed, guarded or wrong prove nothing, and have no effect.
* A **read of the claim** by its key that finds the voucher proves the effect by its reply. One that finds nothing
  proves nothing about later; it only tells that the bench has asked (``settled``).

So an operation is certain, possible or none, and its effect lies within [invoke, reply]; ``reply`` is FOREVER unless it
is certain. Where several attempts bound the effect, the tightest bounds count.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loadtest.history.columns import BEFORE_ALL, FOREVER, Column, Flags, History, Ints
from loadtest.history.record import Kind, Outcome

NONE: Final = 0
POSSIBLE: Final = 1
CERTAIN: Final = 2
_BLOCK = 1 << 19
_OPEN = (Outcome.OPEN, Outcome.UNKNOWN, Outcome.PENDING)


@dataclass(frozen=True)
class Operations:
    """One row a logical operation.

    ``rows`` are attempts of the history, those of one operation together: operation i owns those from ``start[i]`` to
    ``start[i + 1]``. ``state`` is NONE, POSSIBLE or CERTAIN; ``invoke`` and ``reply`` bound the effect. ``row`` is the
    attempt that tells most: the first readable success, else the first success, else the first attempt. ``settled``:
    possible, but asked again and then refused or not found. ``sent``: something of it left the generator.
    """

    history: History
    rows: NDArray[np.uint32]
    start: Ints
    state: NDArray[np.uint8]
    invoke: Ints
    reply: Ints
    row: NDArray[np.uint32]
    settled: Flags
    sent: Flags

    def __len__(self) -> int:
        return len(self.state)

    def attempts(self, operation: int) -> list[int]:
        """The rows of its attempts, in the order of their invokes."""
        rows = self.rows[self.start[operation] : self.start[operation + 1]]
        return [int(row) for row in rows[np.argsort(self.history.t_invoke[rows], kind="stable")]]

    def of(self, name: str, operations: Column | slice = slice(None)) -> Column:
        """A column of the history at the telling attempt of each operation."""
        return self.history.columns[name][self.row[operations]]


@dataclass(frozen=True)
class Refusals:
    """Attempts refused by a rule of the business.

    The interval in which a refusal must have been justified begins with the attempt's own invoke, or with that of an
    earlier attempt of the same operation that was still under way: a repetition is given the outcome of the first
    (S-19, S-34), which may have been decided before it was sent. Places of the latter are ``repeated``, and their
    intervals begin at ``earlier``.
    """

    history: History
    row: NDArray[np.uint32]
    repeated: Ints
    earlier: Ints

    @property
    def since(self) -> Ints:
        """Where each interval begins."""
        since: Ints = self.history.t_invoke[self.row].astype(np.int64, copy=False)
        since[self.repeated] = np.minimum(since[self.repeated], self.earlier)
        return since

    @property
    def reply(self) -> Ints:
        """Where each interval ends."""
        reply: Ints = self.history.t_reply[self.row]
        return reply


def operations_of(history: History) -> Operations:
    """All logical operations of a history; computed once."""
    if "operations" not in history.derived:
        history.derived["operations"] = _gather(history)
    operations: Operations = history.derived["operations"]
    return operations


def refusals_of(history: History) -> Refusals:
    """All attempts refused by a rule of the business; computed once."""
    if "refusals" not in history.derived:
        history.derived["refusals"] = _refusals(operations_of(history))
    refusals: Refusals = history.derived["refusals"]
    return refusals


def _gather(history: History) -> Operations:
    rows, first = _together(history, _taken(history))
    start = np.append(first, len(rows))
    count = len(first)
    found = Operations(
        history, rows, start, np.empty(count, np.uint8), np.empty(count, np.int64), np.empty(count, np.int64),
        np.empty(count, np.uint32), np.empty(count, bool), np.empty(count, bool),
    )  # fmt: skip
    for at in range(0, count, _BLOCK):  # in blocks, so that what is made on the way stays small
        block = slice(at, min(at + _BLOCK, count))
        mine = rows[start[block.start] : start[block.stop]]
        begins = first[block] - start[block.start]
        found.state[block], found.invoke[block], found.reply[block], found.settled[block] = _judge(
            history, mine, begins
        )
        found.sent[block] = np.logical_or.reduceat(history.sent[mine], begins)
        found.row[block] = _telling(history, mine, begins)
    return found


def _taken(history: History) -> NDArray[np.uint32]:
    """Rows of all writes, and of those reads of a claim that tell something."""
    read = history.kind == Kind.READ_CLAIM
    tells = (history.outcome == Outcome.OK) | (history.outcome == Outcome.REFUSED) | history.has_code("not_found")
    taken = (history.kind <= Kind.RAISE) | (read & (history.target != 0) & tells)
    return np.flatnonzero(taken).astype(np.uint32)


def _together(history: History, rows: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], Ints]:
    """Rows ordered by operation, and where each begins. Keys hardly ever repeat, so one plain sort is enough."""
    read = history.kind[rows] == Kind.READ_CLAIM
    key = np.where(read, history.target[rows], history.key[rows])
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        rows, key, read = rows[order], key[order], read[order]
        del order
    columns = _payload(history, rows, read)
    same_key = key[1:] == key[:-1]
    if any((same_key & (one[1:] != one[:-1])).any() for one in columns):
        order = np.lexsort((history.t_invoke[rows], *columns, key))
        rows, key = rows[order], key[order]
        columns = [one[order] for one in columns]
    new = np.ones(len(rows), bool)
    new[1:] = key[1:] != key[:-1]
    for one in columns:
        new[1:] |= one[1:] != one[:-1]
    return rows, np.flatnonzero(new)


def _payload(history: History, rows: NDArray[np.uint32], read: Flags) -> list[Column]:
    """What was asked, and by whom; a read of a claim counts with the claim it reads. Columns of zeros are left out."""
    found = []
    for name in ("person", "kind", "subject", "target", "amount"):
        whole = history.columns[name]
        if whole.strides == (0,):
            continue
        column: Column = whole[rows]
        if name in {"kind", "target"} and read.any():
            column = np.where(read, Kind.CLAIM if name == "kind" else 0, column)
        found.append(column)
    return found


def _judge(history: History, rows: NDArray[np.uint32], first: Ints) -> tuple[NDArray[np.uint8], Ints, Ints, Flags]:
    """State, bounds of the effect, and whether it was asked again, for each operation."""
    outcome = history.outcome[rows]
    invoke: Ints = history.t_invoke[rows]
    reply: Ints = history.t_reply[rows]
    attempt = history.kind[rows] != Kind.READ_CLAIM
    lengths = np.diff(np.append(first, len(rows)))
    ok = (outcome == Outcome.OK) | (outcome == Outcome.OK_UNREADABLE)
    unproven = np.isin(outcome, _OPEN) & attempt
    refused = outcome == Outcome.REFUSED

    effect_by = _least(np.where(ok, reply, FOREVER), first)
    effect_from = _least(np.where((ok | unproven) & attempt, invoke, FOREVER), first)
    orphan = effect_from == FOREVER  # found by a read only: then any attempt may have caused it
    if orphan.any():
        effect_from = np.where(orphan, _least(np.where(attempt, invoke, FOREVER), first), effect_from)
    before_effect = refused & attempt & (invoke <= np.repeat(effect_by, lengths))
    effect_from = np.maximum(effect_from, _most(np.where(before_effect, invoke, BEFORE_ALL), first))

    last_unproven = _most(np.where(unproven, invoke, BEFORE_ALL), first)
    asked_again = refused | (outcome == Outcome.NO_EFFECT) & ~attempt
    settled = _most(np.where(asked_again, invoke, BEFORE_ALL), first) > last_unproven
    ended = _ended_refused(outcome, invoke, reply, first)
    certain = np.logical_or.reduceat(ok, first)
    possible = np.logical_or.reduceat(unproven, first) & ~ended
    state = np.where(certain, CERTAIN, np.where(possible, POSSIBLE, NONE)).astype(np.uint8)
    return state, effect_from, effect_by, settled & (state == POSSIBLE)


def _ended_refused(outcome: Column, invoke: Ints, reply: Ints, first: Ints) -> Flags:
    """Pending attempts only, and refused when asked again after the 202 (S-34)."""
    lost = np.logical_or.reduceat((outcome == Outcome.OPEN) | (outcome == Outcome.UNKNOWN), first)
    pending_by = _most(np.where(outcome == Outcome.PENDING, reply, BEFORE_ALL), first)
    refused_from = _most(np.where(outcome == Outcome.REFUSED, invoke, BEFORE_ALL), first)
    ended: Flags = ~lost & (pending_by > BEFORE_ALL) & (refused_from > pending_by)
    return ended


def _telling(history: History, rows: NDArray[np.uint32], first: Ints) -> NDArray[np.uint32]:
    """The attempt of each operation that tells most."""
    if len(first) == len(rows):
        return rows
    operation = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(rows))))
    outcome = history.outcome[rows]
    rank = np.full(len(rows), 2, np.uint8)
    rank[outcome == Outcome.OK_UNREADABLE] = 1
    rank[outcome == Outcome.OK] = 0
    read = history.kind[rows] == Kind.READ_CLAIM
    rank[read] += 3  # what the attempts say themselves comes first
    rank[read & (outcome == Outcome.OK)] = 1
    when = np.where(rank < 2, history.t_reply[rows], history.t_invoke[rows])
    order = np.lexsort((when, rank, operation))
    return rows[order[first]]


def _refusals(operations: Operations) -> Refusals:
    history, rows = operations.history, operations.rows
    refused = history.outcome[rows] == Outcome.REFUSED
    refused &= history.kind[rows] != Kind.READ_CLAIM
    at = np.flatnonzero(refused)
    nothing = np.empty(0, np.int64)
    if not len(at) or len(operations) == len(rows):
        return Refusals(history, rows[at], nothing, nothing)
    lengths = np.diff(operations.start)
    several = np.flatnonzero(lengths > 1)
    operation = np.searchsorted(operations.start, at, side="right") - 1
    repeated = np.flatnonzero(lengths[operation] > 1)
    theirs = rows[np.flatnonzero(np.repeat(lengths > 1, lengths))]
    begins = np.cumsum(lengths[several]) - lengths[several]
    unproven = np.isin(history.outcome[theirs], _OPEN)
    earliest = _least(np.where(unproven, history.t_invoke[theirs], FOREVER), begins)
    return Refusals(history, rows[at], repeated, earliest[np.searchsorted(several, operation[repeated])])


def _least(values: Ints, first: Ints) -> Ints:
    return np.minimum.reduceat(values, first)


def _most(values: Ints, first: Ints) -> Ints:
    return np.maximum.reduceat(values, first)
