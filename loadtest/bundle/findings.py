"""A record read against notice and registry: the one value that report, matrix, JUnit and verdict file are made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from loadtest.bundle.clauses import ClauseRow, Weighed, clause_matrix, overall, weigh
from loadtest.bundle.levels import hard
from loadtest.bundle.record import RunRecord
from loadtest.cases.model import Case
from loadtest.verdicts import Verdict
from voucher_contract.notice import Notice


@dataclass(frozen=True)
class Findings:
    """What the run came to. ``evidence_digest``: SHA-256 over the digests of all evidence files, set by the writer."""

    record: RunRecord
    notice: Notice
    weighed: tuple[Weighed, ...]
    rows: tuple[ClauseRow, ...]
    overall: Verdict
    evidence_digest: str = ""

    @property
    def preliminary(self) -> bool:
        """Until the vendor's time to object is over and answered."""
        return not self.record.settled

    @property
    def failed(self) -> tuple[Weighed, ...]:
        """Cases that failed and count so."""
        return tuple(one for one in self.weighed if one.counts_as is Verdict.FAIL)

    @property
    def remarked(self) -> tuple[Weighed, ...]:
        """Cases with a remark: no MUST of notice or terms, yet not as they should be."""
        return tuple(one for one in self.weighed if one.counts_as is Verdict.WARN)

    @property
    def open_ones(self) -> tuple[Weighed, ...]:
        """Cases that could not be decided, or were spoilt by the bench."""
        return tuple(one for one in self.weighed if one.counts_as in {Verdict.INCONCLUSIVE, Verdict.INVALID})

    def counts(self, *, hard_only: bool = False) -> dict[Verdict, int]:
        """Cases by verdict, in the order of the enumeration; every verdict has a number."""
        found = Counter(one.counts_as for one in self.weighed if not hard_only or hard(one.case))
        return {verdict: found[verdict] for verdict in Verdict}


def find(record: RunRecord, notice: Notice, registry: Mapping[str, Case], evidence_digest: str = "") -> Findings:
    """Read the record. Raises ValueError when it, the notice and the registry do not belong together."""
    if record.notice_id != notice.notice.id:
        raise ValueError(f"the run is for notice {record.notice_id}, not {notice.notice.id}")
    weighed = weigh(record, registry)
    rows = clause_matrix(notice, weighed, guard_on=record.target.guard == "on")
    return Findings(record, notice, weighed, rows, overall(rows, weighed), evidence_digest)
