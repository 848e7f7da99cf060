"""The defects and lawful variants as data, from ``defects.toml``."""

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class Defect(BaseModel):
    """One thing a vendor does wrong, or lawfully in another way.

    ``must`` is the clause of SPEC.md it breaks (for a lawful one: the clause that allows it). ``origin``: where it
    was seen in public, if known for sure. ``racy``: it shows only when requests happen to meet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    zh: str
    en: str
    must: str
    lawful: bool = False
    racy: bool = False
    origin: str = ""


CORRECT = Defect(name="correct", zh="完全符合规范", en="Does everything right", must="S-24", lawful=True)


@cache
def all_defects() -> dict[str, Defect]:
    """Every defect and lawful variant by name, in the order of the file. Raises ValueError on a double name."""
    text = resources.files("loadtest.faulty_vendors").joinpath("defects.toml").read_text(encoding="utf-8")
    found: dict[str, Defect] = {}
    for raw in tomllib.loads(text)["defect"]:
        one = Defect.model_validate(raw)
        if one.name in found:
            raise ValueError(f"{one.name} is there twice")
        found[one.name] = one
    return found


def known(name: str) -> Defect:
    """``correct``, a defect or a lawful variant. Raises KeyError."""
    return CORRECT if name == CORRECT.name else all_defects()[name]


def table() -> str:
    """All of them for people: name, Chinese, English, clause."""
    lines = []
    for one in (CORRECT, *all_defects().values()):
        kind = "合规 lawful" if one.lawful else one.must
        lines.append(f"{one.name:32} {kind:12} {one.zh}  {one.en}")
    return "\n".join(lines)
