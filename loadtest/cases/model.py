"""A case as data, and the registry that reads all of them."""

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Basis = Literal["notice", "terms", "good_practice"]
Kind = Literal["functional", "step", "figure"]
CaseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Case(BaseModel):
    """One thing that is checked.

    ``basis``: ``notice`` (the notice asks it), ``terms`` (sent to every applicant beforehand), ``good_practice`` (never
    a FAIL, never scored). ``kind``: ``functional`` is played over HTTP by a function of the same id; ``step`` judges
    the history of the plan's step named ``step`` with ``check``; ``figure`` judges rates and latencies of that step.
    ``needs`` are capabilities of ``get_meta`` or operations that an adapter may lack: without one of them the case is
    NOT_APPLICABLE. ``wire`` native: it looks at the contract's own bytes and fits no other wire. ``goals`` must have
    been exercised, else INCONCLUSIVE. ``kills``: the defects of faulty vendors that this case must find.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CaseId
    clauses: tuple[str, ...] = Field(min_length=1)
    spec: tuple[str, ...] = ()
    basis: Basis
    must: bool
    kind: Kind
    title_zh: Text
    title_en: Text
    expected_zh: Text
    needs: tuple[str, ...] = ()
    wire: Literal["any", "native"] = "any"
    step: str | None = None
    check: str | None = None
    goals: tuple[str, ...] = ()
    kills: tuple[str, ...] = ()


@cache
def all_cases() -> dict[str, Case]:
    """Every case by id, in the order of the files and of the lines in them. Raises ValueError on a double id."""
    found: dict[str, Case] = {}
    folder = resources.files("loadtest.cases.registry")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        for raw in tomllib.loads(file.read_text(encoding="utf-8")).get("case", []):
            case = Case.model_validate(raw)
            if case.id in found:
                raise ValueError(f"{file.name}: case {case.id} is there already")
            found[case.id] = case
    return found
