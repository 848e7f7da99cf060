"""What a trial came to: the bench's checks over the history, and the raw rows in SQL."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loadtest.checks.catalogue import CHECKS
from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import Facts
from loadtest.checks.judging import evidence_of
from loadtest.history.logical import POSSIBLE
from loadtest.history.reading import read_history
from loadtest.history.record import Kind, Outcome, digest64
from loadtest.scenarios.preparing import FACTS, HISTORY
from voucherlab.kill_trials import sql_faults
from voucherlab.sql import run_sql

_MISSING, _OVERSOLD, _DUPLICATES = ("C17",), ("C1",), ("C3", "C4", "C11")
# Sold out said too early or taken back; money and lists that do not add up.
_ALSO = ("C6", "C8", "C14", "C16", "C18")


@dataclass(frozen=True)
class Judged:
    """Counts of what may never be, and of ``acknowledged`` vouchers. ``others`` in words.

    ``unresolved``: operations of which it stayed unknown whether they took effect. ``granted_before`` and
    ``sent_after`` the strike count the crowd's attempts: both must be there, or the strike missed the peak.
    """

    acknowledged: int
    missing: int
    oversold: int
    duplicates: int
    unresolved: int
    others: list[str]
    granted_before: int
    sent_after: int


def judge(folder: Path, database_url: str, *, probed: list[str], struck_ns: int) -> Judged:
    """Judge the step in ``folder`` and the database behind it; ``probed`` are vouchers that the probes were given."""
    history = read_history(folder / HISTORY)
    evidence = evidence_of(history, Facts.read(folder / FACTS))
    counts = {name: CHECKS[name](evidence).count for name in (*_MISSING, *_OVERSOLD, *_DUPLICATES, *_ALSO)}
    broken = {name: len(rows) for name, query in sql_faults.FAULTS.items() if (rows := run_sql(database_url, query))}
    granted = (history.kind == Kind.CLAIM) & (history.outcome == Outcome.OK) & (history.result != 0)
    acknowledged = set(history.result[granted].tolist()) | {digest64(one) for one in probed}
    stored = {digest64(row["id"]) for row in run_sql(database_url, "SELECT id FROM voucher")}
    others = [name for name in _ALSO if counts[name]]
    others += [name for name in broken if name not in sql_faults.OVERSOLD | sql_faults.DUPLICATES]
    load = history.load & history.sent
    return Judged(
        acknowledged=len(acknowledged),
        missing=len(acknowledged - stored) + _sum(counts, _MISSING),
        oversold=_sum(counts, _OVERSOLD) + _sum(broken, sql_faults.OVERSOLD),
        duplicates=_sum(counts, _DUPLICATES) + _sum(broken, sql_faults.DUPLICATES),
        unresolved=_unresolved(evidence), others=others,
        granted_before=int(np.sum(granted & load & (history.t_reply < struck_ns))),
        sent_after=int(np.sum(load & (history.t_invoke > struck_ns))),
    )  # fmt: skip


def _sum(counts: dict[str, int], names: tuple[str, ...] | frozenset[str]) -> int:
    return sum(counts.get(name, 0) for name in names)


def _unresolved(evidence: Evidence) -> int:
    operations = evidence.operations
    return int(((operations.state == POSSIBLE) & ~operations.settled).sum())
