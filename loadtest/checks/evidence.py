"""What the checks look at: the history's operations, sorted out by batch, person, voucher."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loadtest.checks.facts import BatchFacts, Facts
from loadtest.history.columns import FOREVER, Column, History, Ints
from loadtest.history.logical import CERTAIN, POSSIBLE, Operations, Refusals, operations_of, refusals_of
from loadtest.history.record import Kind


@dataclass(frozen=True)
class Releases:
    """Vouchers that were voided, one row each: possibly from ``since`` on, certainly by ``by`` (FOREVER: not certain).

    ``claim`` is the operation that claimed the voucher, −1 where no claim of the history is known to have given it.
    ``operation`` is the void that was answered first.
    """

    since: Ints
    by: Ints
    claim: Ints
    operation: Ints


@dataclass(frozen=True)
class QuotaStep:
    """A quota that was raised: possibly from ``since`` on, certainly by ``by``."""

    since: int
    by: int
    quota: int


@dataclass(frozen=True)
class Claims:
    """Claims in one state: operation number, natural person, bounds of the effect and of its release."""

    operation: Ints
    person: Column
    invoke: Ints
    reply: Ints
    free_from: Ints
    free_by: Ints

    def __len__(self) -> int:
        return len(self.operation)


@dataclass(frozen=True)
class Said:
    """Refusals of one code: attempt's row, natural person, the interval in which it must have been justified."""

    row: NDArray[np.uint32]
    person: Column
    since: Ints
    reply: Ints

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class BatchView:
    """All that concerns the stock of one batch. ``ok`` are certain claims, ``open`` possible ones."""

    number: int
    facts: BatchFacts
    evidence: "Evidence"
    ok: Claims
    open: Claims
    sold_out: Said
    limit: Said
    releases: Releases
    raises: tuple[QuotaStep, ...]

    @property
    def stock_may_return(self) -> bool:
        """Whether a voucher may have come back, or a quota been raised."""
        return bool(len(self.releases.since) or self.raises)

    @property
    def delay(self) -> int:
        """How long a change may take to be seen everywhere, in ns."""
        return self.evidence.facts.reopen_delay_ns

    @property
    def highest_quota(self) -> int:
        """The quota if every possible raise took effect."""
        return max([self.facts.quota, *(step.quota for step in self.raises)])

    @property
    def shown(self) -> dict[str, object]:
        """What a witness says of the batch: its quota, and each raise as [possible from, certain by or null, quota]."""
        raises = [[step.since, step.by if step.by < FOREVER else None, step.quota] for step in self.raises]
        return {"batch": self.facts.batch_id, "quota": self.facts.quota, "raises": raises}


class Evidence:
    """A history together with its facts. Everything derived is computed once, when first asked for."""

    def __init__(self, history: History, facts: Facts) -> None:
        self.history, self.facts = history, facts
        self.operations: Operations = operations_of(history)
        self.refusals: Refusals = refusals_of(history)

    def natural(self, person: Column) -> Column:
        """The natural persons behind rows of the people file."""
        if not self.facts.natural_persons:
            return person
        known: Column = np.asarray(self.facts.natural_persons, np.uint32)[person]
        return known

    @cached_property
    def kind(self) -> Column:
        """The kind of each operation."""
        kinds = self.operations.of("kind")
        read = kinds == Kind.READ_CLAIM
        return np.where(read, np.uint8(Kind.CLAIM), kinds) if read.any() else kinds

    def select(self, kind: Kind, *states: int) -> Ints:
        """Operations of a kind in one of these states."""
        wanted = self.kind == kind
        if states:
            wanted &= np.isin(self.operations.state, states)
        return np.flatnonzero(wanted)

    @cached_property
    def batches(self) -> tuple[BatchView, ...]:
        """One view a batch of the facts."""
        return tuple(_views(self))

    @cached_property
    def raises(self) -> dict[int, list[QuotaStep]]:
        """Quotas raised by attempts of the history, by batch."""
        found: dict[int, list[QuotaStep]] = {}
        at = self.select(Kind.RAISE, POSSIBLE, CERTAIN)
        subjects, quotas = self.operations.of("subject", at), self.operations.of("amount", at)
        for one, subject, quota in zip(at, subjects, quotas, strict=True):
            step = QuotaStep(int(self.operations.invoke[one]), int(self.operations.reply[one]), int(quota))
            found.setdefault(int(subject), []).append(step)
        return found

    @cached_property
    def releases(self) -> Releases:
        """All vouchers that were possibly voided, of all batches."""
        return _releases(self)


def _views(evidence: Evidence) -> Iterator[BatchView]:
    count = len(evidence.facts.batches)
    ok = _by_batch(evidence, evidence.select(Kind.CLAIM, CERTAIN), count)
    possible = _by_batch(evidence, evidence.select(Kind.CLAIM, POSSIBLE), count)
    sold_out = _said_by_batch(evidence, "sold_out", count)
    limit = _said_by_batch(evidence, "limit_reached", count)
    free_from, free_by = _freed(evidence)
    releases = _releases_by_batch(evidence, count)
    for number, facts in enumerate(evidence.facts.batches):
        yield BatchView(
            number=number, facts=facts, evidence=evidence,
            ok=_claims(evidence, ok[number], free_from, free_by),
            open=_claims(evidence, possible[number], free_from, free_by),
            sold_out=sold_out[number], limit=limit[number], releases=releases[number],
            raises=(*_raised_by_hand(facts), *evidence.raises.get(number, ())),
        )  # fmt: skip


def _parts(subject: Column, count: int) -> list[Ints]:
    """Places of each batch's rows. One batch alone, the usual case, needs no sorting."""
    if count == 1 and not subject.any():
        return [np.arange(len(subject))]
    order = np.argsort(subject, kind="stable")
    edges = np.searchsorted(subject[order], np.arange(count + 1))
    return [order[edges[one] : edges[one + 1]] for one in range(count)]


def _by_batch(evidence: Evidence, operations: Ints, count: int) -> list[Ints]:
    subject = evidence.operations.of("subject", operations)
    return [operations[part] for part in _parts(subject, count)]


def _said_by_batch(evidence: Evidence, code: str, count: int) -> list[Said]:
    history, refusals = evidence.history, evidence.refusals
    said = np.flatnonzero((history.has_code(code) & (history.kind == Kind.CLAIM))[refusals.row])
    row, since, reply = refusals.row[said], refusals.since[said], refusals.reply[said]
    person = evidence.natural(history.person[row])
    parts = _parts(history.subject[row], count)
    return [Said(row[part], person[part], since[part], reply[part]) for part in parts]


def _claims(evidence: Evidence, operations: Ints, free_from: Ints | None, free_by: Ints | None) -> Claims:
    all_of = evidence.operations
    never = np.broadcast_to(np.int64(FOREVER), (len(operations),))
    return Claims(
        operation=operations, person=evidence.natural(all_of.of("person", operations)),
        invoke=all_of.invoke[operations], reply=all_of.reply[operations],
        free_from=never if free_from is None else free_from[operations],
        free_by=never if free_by is None else free_by[operations],
    )  # fmt: skip


def _releases(evidence: Evidence) -> Releases:
    """One row a voucher: the earliest void that may have released it, and the earliest that certainly did."""
    operations = evidence.operations
    voids = evidence.select(Kind.VOID, POSSIBLE, CERTAIN)
    target = operations.of("target", voids)
    order = np.lexsort((operations.reply[voids], target))
    voids, target = voids[order], target[order]
    if not len(voids):
        return Releases(*(np.empty(0, np.int64) for _ in range(4)))
    first = np.flatnonzero(np.append(True, target[1:] != target[:-1]))
    since = np.minimum.reduceat(operations.invoke[voids], first)
    by = np.minimum.reduceat(operations.reply[voids], first)
    claims = evidence.select(Kind.CLAIM, CERTAIN)
    given = operations.of("result", claims)
    order = np.argsort(given, kind="stable")
    at = np.minimum(np.searchsorted(given[order], target[first]), max(len(given) - 1, 0))
    claim = np.full(len(first), -1)
    if len(given):
        known = given[order][at] == target[first]
        claim[known] = claims[order[at[known]]]
    return Releases(since, by, claim, voids[first])


def _freed(evidence: Evidence) -> tuple[Ints | None, Ints | None]:
    """Per operation when its voucher was possibly and certainly released; None where nothing ever was."""
    releases = evidence.releases
    known = releases.claim >= 0
    if not known.any():
        return None, None
    since, by = (np.full(len(evidence.operations), FOREVER) for _ in range(2))
    since[releases.claim[known]] = releases.since[known]
    by[releases.claim[known]] = releases.by[known]
    return since, by


def _releases_by_batch(evidence: Evidence, count: int) -> list[Releases]:
    releases, operations = evidence.releases, evidence.operations
    subject = operations.of("subject", releases.operation)
    known = releases.claim >= 0
    if known.any():
        subject[known] = operations.of("subject", releases.claim[known])
    return [
        Releases(releases.since[part], releases.by[part], releases.claim[part], releases.operation[part])
        for part in _parts(subject, count)
    ]


def _raised_by_hand(facts: BatchFacts) -> Iterator[QuotaStep]:
    for one in facts.raises:
        yield QuotaStep(one.span.invoke_ns, FOREVER if one.span.reply_ns is None else one.span.reply_ns, one.quota)
