"""Scoring rules that the bureau sent to every applicant before the deadline, and the points that come of them.

Without that proof nothing is computed. What is computed stands beside the judges' scores and never enters a place.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from loadtest.agreed.reading import MAX_BYTES, Strict
from loadtest.selection.evidence import Bundle
from loadtest.selection.faults import Fault, SelectionFaults, place, read_strictly
from loadtest.selection.model import POINT_STEPS, Key, Points, Rules, Sent, Word
from loadtest.selection.reading import Entered
from loadtest.selection.said import Said, said
from loadtest.verdicts import Verdict
from voucher_contract.notice import ClauseId, Notice


class Line(Strict):
    """``points`` of an item for a clause whose verdict is in ``verdicts``, on evidence of ``least_level`` or more."""

    item: Key
    clause: ClauseId
    points: Annotated[Points, Field(gt=0)]
    verdicts: tuple[Literal["PASS", "WARN"], ...] = Field(default=("PASS", "WARN"), min_length=1)
    least_level: Literal["L2", "L3"] = "L2"


class ScoringRules(Strict):
    """The file that was sent."""

    title: Word
    notice: Word
    lines: tuple[Line, ...] = Field(min_length=1, max_length=500)


@dataclass(frozen=True)
class Computed:
    """Whether points were computed. ``why_not``: empty only if they were; ``points`` by applicant and item, hundredths.

    ``digest``: SHA-256 of the rules file; ``proofs``: SHA-256 of each applicant's proof.
    """

    title: str
    digest: str
    why_not: tuple[Said, ...]
    points: dict[str, dict[str, int]]
    proofs: dict[str, str]


def compute(entered: Entered, in_time: Sequence[str], bundles: Mapping[str, Sequence[Bundle]]) -> Computed | None:
    """The points of the applicants ``in_time`` whose bundles are all usable; None without rules.

    Raises SelectionFaults for a rules file that cannot be read.
    """
    rules = entered.file.rules
    if rules is None:
        return None
    path = entered.folder / rules.file
    read = read_strictly(path, ScoringRules)
    faults = list(_faults(read, entered.notice))
    if faults:
        raise SelectionFaults(path, faults)
    digest = _digest(path)
    proofs = {one.applicant: _digest(entered.folder / one.proof) for one in rules.sent}
    why_not = tuple(_unproven(rules, digest, entered, in_time, proofs))
    points = {} if why_not else {name: _points(read, bundles[name]) for name in in_time if _whole(bundles[name])}
    return Computed(read.title, digest, why_not, points, proofs)


def _faults(rules: ScoringRules, notice: Notice) -> Iterator[Fault]:
    if rules.notice != notice.notice.id:
        yield Fault("notice", said("fault.other_notice", entered=rules.notice, loaded=notice.notice.id))
    highest = {one.id: one.points for one in notice.weights}
    clauses = {one.id for one in notice.clauses}
    sums: dict[str, float] = defaultdict(float)
    for position, line in enumerate(rules.lines):
        if line.item not in highest:
            where = place("lines", position, "item")
            yield Fault(where, said("fault.no_such_weight", id=line.item, known=sorted(highest)))
        if line.clause not in clauses:
            yield Fault(place("lines", position, "clause"), said("fault.no_such_clause", id=line.clause))
        sums[line.item] += line.points
    for item in sorted(sums.keys() & highest.keys()):
        if round(sums[item] * POINT_STEPS) > highest[item] * POINT_STEPS:
            yield Fault("lines", said("fault.rules_exceed", id=item, points=f"{sums[item]:g}", most=highest[item]))


def _unproven(
    rules: Rules, digest: str, entered: Entered, in_time: Iterable[str], proofs: Mapping[str, str]
) -> Iterator[Said]:
    names = {one.id: one.name for one in entered.file.applicants}
    sent = {one.applicant: one for one in rules.sent}
    twice = [name for name, times in Counter(one.applicant for one in rules.sent).items() if times > 1]
    for name in in_time:
        who = names[name]
        if name not in sent or name in twice:
            yield said("rules.not_sent" if name not in sent else "rules.sent_twice", who=who)
            continue
        yield from _doubts(sent[name], who, digest, entered, proofs[name])


def _doubts(one: Sent, who: str, digest: str, entered: Entered, proof: str) -> Iterator[Said]:
    deadline = entered.notice.notice.deadline_at
    if one.sent_at >= deadline:
        yield said("rules.sent_late", who=who, sent=one.sent_at, deadline=deadline)
    if one.sha256 != digest:
        yield said("rules.other_file", who=who)
    if not proof:
        yield said("rules.no_proof", who=who, file=one.proof)


def _whole(bundles: Sequence[Bundle]) -> bool:
    return bool(bundles) and all(one.usable for one in bundles)


def _points(rules: ScoringRules, bundles: Sequence[Bundle]) -> dict[str, int]:
    points = dict.fromkeys((line.item for line in rules.lines), 0)
    for line in rules.lines:
        points[line.item] += round(line.points * POINT_STEPS) if _earned(line, bundles) else 0
    return points


def _earned(line: Line, bundles: Sequence[Bundle]) -> bool:
    """One bundle says so, and none says FAIL."""
    found = [one.clause(line.clause) for one in bundles]
    refuted = any(one.verdict is Verdict.FAIL for one in found)
    shown = any(one.verdict in line.verdicts and max(one.levels, default="") >= line.least_level for one in found)
    return shown and not refuted


def _digest(path: Path) -> str:
    """SHA-256, empty for a file that is not there, empty or too large to be a proof."""
    if not path.is_file() or not 0 < path.stat().st_size <= 50 * MAX_BYTES:
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()
