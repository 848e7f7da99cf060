"""Runs every pattern and shows what it found."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtest.vendor_files.cells.numbers import Ints
from loadtest.vendor_files.columns import COLUMNS, TABLE_ZH, TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge
from loadtest.vendor_files.judged import Hint
from loadtest.vendor_files.masking import masked
from loadtest.vendor_files.showing import show_row

MOST_HINTS = 50
MOST_ROWS = 200


@dataclass(frozen=True)
class Suspicion:
    """One subject (``space`` and number of an id) that fits a pattern, and the rows that show it."""

    space: str
    subject: int
    statement_zh: str
    table: TableName
    rows: Ints
    figures: Mapping[str, Any] = field(default_factory=dict)


Look = Callable[[Evidence], list[Suspicion]]


@dataclass(frozen=True)
class Pattern:
    """A pattern of fraud as courts and audits describe it. ``settings``: the fields of HintSettings it uses."""

    id: str
    title_zh: str
    needs: Mapping[TableName, tuple[str, ...]]
    settings: tuple[str, ...]
    look: Look


_PATTERNS: dict[str, Pattern] = {}


def pattern(
    pattern_id: str, *, zh: str, needs: Mapping[TableName, tuple[str, ...]], settings: tuple[str, ...]
) -> Callable[[Look], Look]:  # fmt: skip
    """Makes a function the pattern ``pattern_id``."""

    def keep(one: Look) -> Look:
        _PATTERNS[pattern_id] = Pattern(pattern_id, zh, needs, settings, one)
        return one

    return keep


def all_patterns() -> dict[str, Pattern]:
    """Every pattern by id."""
    package = importlib.import_module("loadtest.vendor_files.hints")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(_PATTERNS)


def look(e: Evidence) -> tuple[tuple[Hint, ...], dict[str, str]]:
    """All hints, and for each pattern that could not be looked for, why."""
    hints: list[Hint] = []
    not_run: dict[str, str] = {}
    for one in all_patterns().values():
        lacks = [
            f"{TABLE_ZH[table]}没有{COLUMNS[table][column].zh}列"
            for table, columns in one.needs.items()
            for column in columns
            if not e.has(table, column)
        ]
        if lacks:
            not_run[one.id] = "；".join(lacks)
            continue
        try:
            suspicions = one.look(e)
        except CannotJudge as reason:
            not_run[one.id] = str(reason)
            continue
        suspicions.sort(key=lambda suspicion: -len(suspicion.rows))
        hints += [_shown(e, one, suspicion) for suspicion in suspicions[:MOST_HINTS]]
    return tuple(hints), not_run


def _shown(e: Evidence, one: Pattern, suspicion: Suspicion) -> Hint:
    chosen = e.mapping.hints.model_dump()
    rows = tuple(show_row(e, (suspicion.table, row)) for row in suspicion.rows[:MOST_ROWS].tolist())
    return Hint(
        one.id, one.title_zh, _subject(e, suspicion), suspicion.statement_zh, suspicion.figures,
        {name: chosen[name] for name in one.settings}, rows, len(suspicion.rows),
    )  # fmt: skip


def _subject(e: Evidence, suspicion: Suspicion) -> str:
    if suspicion.space == "holder":
        return f"持券人（首次领取在领取明细第 {int(e.table('claims').line[suspicion.subject])} 行）"
    word = e.loaded.word(suspicion.space, suspicion.subject)
    return f"商户 {word}" if suspicion.space == "merchant" else masked(word)
