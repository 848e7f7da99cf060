"""Why clauses need files or a person, as data: ``clause_reasons.toml`` read once."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from voucher_contract.notice import Clause, DecidedBy


@dataclass(frozen=True)
class Reason:
    """One sentence in two languages."""

    zh: str
    en: str


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("loadtest.bundle") / "clause_reasons.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def why_not_automatic(notice_id: str, clause: Clause) -> Reason:
    """Why no automatic case decides the clause, or not alone: its own sentence, else the general ones."""
    own = _table().get(notice_id, {}).get("clauses", {}).get(clause.id)
    if own is not None:
        return Reason(**own)
    general = [_general(way) for way in clause.decided_by if way != "bench"] or [_general("bench")]
    return Reason("；".join(one.zh for one in general), "; ".join(one.en for one in general))


def no_case_at_all() -> Reason:
    """A clause the bench should decide, and no case of the registry names it."""
    return _general("bench")


def needs_guard(notice_id: str, clause_id: str) -> bool:
    """Whether a run with the platform's guard switched off says nothing good about the clause."""
    return clause_id in _table().get(notice_id, {}).get("needs_guard", [])


def _general(way: DecidedBy) -> Reason:
    return Reason(**_table()["general"][way])
