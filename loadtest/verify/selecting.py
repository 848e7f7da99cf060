"""Which cases a run plays: those of the plan, or the part of them that ``--only`` names."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import ConfigurationError
from loadtest.cases.model import Case


def cases_of(plan: Plan, cases: Iterable[Case]) -> list[Case]:
    """The cases that this plan can exercise: functional ones if it has them, and those of its steps."""
    steps = {step.name for step in plan.steps}
    return [
        case
        for case in cases
        if (case.kind == "functional" and plan.functional is not None)
        or (case.kind != "functional" and case.step in steps)
    ]


def narrowed(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    """Those named by ``only``: a case (``*`` allowed), a clause, a step or a subject. Raises ConfigurationError."""
    if not only:
        return list(cases)
    unknown = [word for word in only if not any(_named(case, word) for case in cases)]
    if unknown:
        raise ConfigurationError(f"--only {', '.join(unknown)}: no case of this plan 计划中没有这样的用例")
    return [case for case in cases if any(_named(case, word) for word in only)]


def _named(case: Case, word: str) -> bool:
    return fnmatchcase(case.id, word) or word in case.clauses or word == case.step
