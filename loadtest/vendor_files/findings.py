"""What a check of files finds, and the checks themselves by their ids."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from loadtest.vendor_files.cells.numbers import Ints, Mask
from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.evidence import Evidence

MAX_KEPT = 1_000
"""Contradictions of one check that are kept whole; all of them are counted."""
Basis = Literal["notice", "terms", "good_practice"]
Row = tuple[TableName, int]
"""A record: its table, and its place in it from 0."""


@dataclass(frozen=True)
class Found:
    """One contradiction: what it is, the records that show it together, the figures it is measured against."""

    statement_zh: str
    rows: tuple[Row, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """All contradictions of one check; ``found`` holds the first MAX_KEPT. ``judged``: records it looked at.

    ``notes_zh``: what else a reader should know, such as numbers that nothing decides.
    """

    count: int
    found: tuple[Found, ...]
    judged: int
    notes_zh: tuple[str, ...] = ()


class CannotJudge(Exception):
    """The files, or what was agreed, do not suffice; the text says what is missing, in Chinese."""


Judge = Callable[[Evidence], Findings]


@dataclass(frozen=True)
class FileCheck:
    """One thing that files can refute. ``needs``: columns by table, all of which the mapping must name.

    ``complete``: tables from whose missing rows it concludes something. ``basis`` good_practice never makes a FAIL.
    """

    id: str
    clauses: tuple[str, ...]
    title_zh: str
    title_en: str
    judge: Judge
    needs: Mapping[TableName, tuple[str, ...]]
    complete: tuple[TableName, ...] = ()
    basis: Basis = "notice"


_CHECKS: dict[str, FileCheck] = {}


def file_check(
    check_id: str, *, clauses: tuple[str, ...], zh: str, en: str, needs: Mapping[TableName, tuple[str, ...]],
    complete: tuple[TableName, ...] = (), basis: Basis = "notice",
) -> Callable[[Judge], Judge]:  # fmt: skip
    """Makes a function the check ``check_id``."""

    def keep(judge: Judge) -> Judge:
        assert check_id not in _CHECKS, f"two file checks are called {check_id}"
        _CHECKS[check_id] = FileCheck(check_id, clauses, zh, en, judge, needs, complete, basis)
        return judge

    return keep


def all_checks() -> dict[str, FileCheck]:
    """Every check by id, in the order of its module's name and its place there."""
    package = importlib.import_module("loadtest.vendor_files.checks")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(_CHECKS)


def by_row(
    table: TableName, bad: Mask, say: Callable[[int], str], *, judged: int,
    facts: Callable[[int], Mapping[str, Any]] = lambda _row: {},
) -> Findings:  # fmt: skip
    """One contradiction for each row of ``table`` where ``bad`` holds."""
    at = bad.nonzero()[0]
    kept = tuple(Found(say(row), ((table, row),), facts(row)) for row in at[:MAX_KEPT].tolist())
    return Findings(len(at), kept, judged)


def by_group(table: TableName, groups: Sequence[Ints], say: Callable[[Ints], str], *, judged: int) -> Findings:
    """One contradiction for each group of rows of ``table``."""
    kept = tuple(
        Found(say(group), tuple((table, row) for row in group.tolist())) for group in groups[:MAX_KEPT]
    )  # fmt: skip
    return Findings(len(groups), kept, judged)


def together(*several: Findings) -> Findings:
    """The contradictions of several looks at one thing."""
    found = tuple(one for findings in several for one in findings.found)
    return Findings(sum(one.count for one in several), found[:MAX_KEPT], max(one.judged for one in several))
