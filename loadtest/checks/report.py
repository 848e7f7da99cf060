"""What a check says: its violations, how many there are, and what of it the history has exercised at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtest.checks.evidence import Evidence
from loadtest.evidence.result import Witness
from loadtest.history.columns import Column
from loadtest.history.logical import CERTAIN
from loadtest.history.record import Kind, Outcome

MOST_WITNESSES = 3
MOST_OPERATIONS = 20_000


@dataclass(frozen=True)
class CheckReport:
    """``count`` violations in all, of which ``violations`` are shown. ``exercised``: goals by name (see ``goals``)."""

    count: int = 0
    violations: tuple[Witness, ...] = ()
    exercised: Mapping[str, bool] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[Evidence], CheckReport]


@dataclass(frozen=True)
class Found:
    """One violation before it is written out.

    ``rows`` are attempts that prove something by themselves, such as a refusal; ``operations`` are logical operations,
    of which every attempt is shown, so that others can bound their effects again.
    """

    zh: str
    en: str
    rows: Sequence[int] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    operations: Sequence[int] | Column = ()


def report(check: str, evidence: Evidence, found: Iterable[Found], count: int, **figures: Any) -> CheckReport:
    """Write the first few out with their raw records."""
    witnesses = tuple(_witness(check, evidence, one) for one, _ in zip(found, range(MOST_WITNESSES), strict=False))
    return CheckReport(count, witnesses, {}, figures)


def together(reports: Iterable[CheckReport]) -> CheckReport:
    """One report of several parts of a check, or of several batches. Figures add up, or the worst of them counts."""
    parts = list(reports)
    figures: dict[str, Any] = {}
    for part in parts:
        for name, value in part.figures.items():
            before = figures.get(name, 0)
            figures[name] = max(before, value) if name.startswith("worst_") else before + value
    violations = [one for part in parts for one in part.violations]
    return CheckReport(sum(part.count for part in parts), tuple(violations[:MOST_WITNESSES]), {}, figures)


def _witness(check: str, evidence: Evidence, found: Found) -> Witness:
    """Records with their ``part``: ``shown``, or ``operation``. ``cut``: there are more than a witness can hold."""
    operations = list(found.operations[:MOST_OPERATIONS])
    attempts = [row for one in operations for row in _needed(evidence, int(one))]
    records = evidence.history.raw([*found.rows, *attempts])
    for at, record in enumerate(records):
        record["part"] = "shown" if at < len(found.rows) else "operation"
    cut = {"cut": True} if len(operations) < len(found.operations) else {}
    return Witness(check, found.zh, found.en, {**found.facts, **cut}, records)


def _needed(evidence: Evidence, operation: int) -> list[int]:
    """All attempts of an operation; reads of it only where it is certain by nothing else."""
    operations, history = evidence.operations, evidence.history
    attempts = operations.attempts(operation)
    own = [row for row in attempts if history.kind[row] != Kind.READ_CLAIM]
    granted = [history.t_reply[row] for row in own if history.outcome[row] in (Outcome.OK, Outcome.OK_UNREADABLE)]
    enough = bool(granted) and min(granted) == operations.reply[operation]
    return own if enough or operations.state[operation] != CERTAIN else attempts
