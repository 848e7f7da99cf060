"""The clause matrix: every clause of the notice, the cases that look at it, what they came to, and what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from loadtest.bundle.levels import hard, level_of
from loadtest.bundle.reasons import Reason, needs_guard, no_case_at_all, why_not_automatic
from loadtest.bundle.record import Level, RunRecord
from loadtest.cases.model import Basis, Case
from loadtest.evidence.result import CaseResult
from loadtest.verdicts import Verdict, worst
from voucher_contract.notice import Clause, DecidedBy, Notice

_SAYS_NOTHING = frozenset({Verdict.NOT_RUN, Verdict.NOT_APPLICABLE})
_CONFIRMS = frozenset({Verdict.PASS, Verdict.WARN})


@dataclass(frozen=True)
class Weighed:
    """A case, its result, and the verdict as it counts: what is no MUST of notice or terms is never a FAIL.

    ``selected`` False: the plan or the tester left it out; it is shown as not run and decides nothing.
    """

    case: Case
    result: CaseResult
    counts_as: Verdict
    level: Level
    selected: bool = True


@dataclass(frozen=True)
class ClauseRow:
    """One clause. ``verdict`` None: no automatic case looks at it; ``needs`` and ``why`` say what must.

    The verdict is that of the selected cases, NOT_RUN when none was. ``levels`` and ``bases`` are those of the cases
    that said something.
    """

    clause: Clause
    verdict: Verdict | None
    weighed: tuple[Weighed, ...]
    levels: tuple[Level, ...]
    bases: tuple[Basis, ...]
    needs: tuple[DecidedBy, ...]
    why: Reason | None

    @property
    def left_out(self) -> int:
        """How many of its cases this run did not select."""
        return sum(not one.selected for one in self.weighed)


def weigh(record: RunRecord, registry: Mapping[str, Case]) -> tuple[Weighed, ...]:
    """Every case of the registry with its result, in the registry's order; one without a result was not run."""
    results = {one.case_id: one for one in record.cases}
    unknown = sorted(results.keys() - registry.keys())
    if unknown:
        raise ValueError(f"results of cases that the registry does not hold: {', '.join(unknown)}")
    return tuple(_weigh_one(case, results.get(case.id), record.level) for case in registry.values())


def _weigh_one(case: Case, result: CaseResult | None, run: Level) -> Weighed:
    if result is None:
        result = CaseResult(case.id, Verdict.NOT_RUN, "本次未选测", "not selected in this run", case.expected_zh)
        return Weighed(case, result, Verdict.NOT_RUN, level_of(case, run), selected=False)
    softened = result.verdict is Verdict.FAIL and not hard(case)
    return Weighed(case, result, Verdict.WARN if softened else result.verdict, level_of(case, run))


def together(weighed: Sequence[Weighed]) -> Verdict:
    """The verdict of the selected ones of several cases, NOT_RUN without any.

    Where hard ones spoke, soft ones that could not be decided only add a remark.
    """
    must = [one.counts_as for one in weighed if one.selected and hard(one.case)]
    may = [one.counts_as for one in weighed if one.selected and not hard(one.case)]
    if worst(must) not in _SAYS_NOTHING:
        may = [one if one in _CONFIRMS or one is Verdict.INVALID else Verdict.WARN
               for one in may if one is not Verdict.NOT_APPLICABLE]  # fmt: skip
    return worst([*must, *may])


def clause_matrix(notice: Notice, weighed: Iterable[Weighed], *, guard_on: bool) -> tuple[ClauseRow, ...]:
    """All clauses in the notice's order. Raises ValueError when a case names a clause that the notice lacks."""
    of_clause: dict[str, list[Weighed]] = {clause.id: [] for clause in notice.clauses}
    for one in weighed:
        for clause_id in one.case.clauses:
            if clause_id not in of_clause:
                raise ValueError(f"case {one.case.id} names clause {clause_id}, which {notice.notice.id} does not have")
            of_clause[clause_id].append(one)
    return tuple(_row(notice.notice.id, clause, of_clause[clause.id], guard_on) for clause in notice.clauses)


def _row(notice_id: str, clause: Clause, weighed: Sequence[Weighed], guard_on: bool) -> ClauseRow:
    needs = tuple(way for way in clause.decided_by if way != "bench")
    if not weighed:
        expected = "bench" in clause.decided_by
        why = no_case_at_all() if expected else why_not_automatic(notice_id, clause)
        return ClauseRow(clause, Verdict.NOT_RUN if expected else None, (), (), (), needs, why)
    verdict = together(weighed)
    remaining = why_not_automatic(notice_id, clause) if needs else None
    if verdict in _CONFIRMS and not guard_on and needs_guard(notice_id, clause.id):
        verdict, remaining = (
            Verdict.INCONCLUSIVE,
            Reason("测试时平台的风控已关闭，本条不能判为通过", "the guard was off"),
        )
    spoke = [one for one in weighed if one.result.verdict not in _SAYS_NOTHING]
    levels = tuple(sorted({one.level for one in spoke}))
    bases = tuple(basis for basis in get_args(Basis) if any(one.case.basis == basis for one in spoke))
    return ClauseRow(clause, verdict, tuple(weighed), levels, bases, needs, remaining)


def overall(rows: Iterable[ClauseRow], weighed: Sequence[Weighed]) -> Verdict:
    """The verdict of the run: of all selected cases together, and of every clause that one of them looks at."""
    looked_at = [row.verdict for row in rows if row.verdict is not None and row.left_out < len(row.weighed)]
    return worst([together(weighed), *looked_at])
