"""Public records as data: claims beyond them are flagged without a test."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from loadtest.vendor_claims.model import Claim, PeakRate, PeopleAtOnce


@dataclass(frozen=True)
class Record:
    """The highest figure that is publicly known for a kind of claim."""

    kind: str
    limit: float
    unit_zh: str
    source_zh: str
    source_en: str


@cache
def all_records() -> dict[str, Record]:
    """The records by kind of claim."""
    return {one["kind"]: Record(**one) for one in _file()["record"]}


def seen() -> list[tuple[str, str]]:
    """What was really seen elsewhere, Chinese and English, to stand beside an answer."""
    return [(one["text_zh"], one["text_en"]) for one in _file()["seen"]]


def beyond_record(claim: Claim) -> Record | None:
    """The record that the claim exceeds."""
    record = all_records().get(claim.kind)
    value = claim.rate_per_s if isinstance(claim, PeakRate) else claim.people if isinstance(claim, PeopleAtOnce) else 0
    return record if record is not None and value > record.limit else None


def _file() -> dict[str, list[dict[str, Any]]]:
    text = resources.files("loadtest.vendor_claims").joinpath("records.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
