"""A finished run's verdict.json, cut down to what a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voucher_console.bench.runs import read_json
from voucher_console.words import Text

_WEIGHTY = ("FAIL", "INVALID", "INCONCLUSIVE", "WARN")


@dataclass(frozen=True)
class Verdict:
    """The document as the bench wrote it (``verdict.schema.json``), and what its cases are called."""

    document: dict[str, Any]
    titles: Mapping[str, Text]

    @property
    def overall(self) -> str:
        """The whole run in one word."""
        return str(self.document["overall"]["verdict"])

    @property
    def preliminary(self) -> bool:
        """Whether objections may still change it."""
        return bool(self.document["overall"].get("preliminary"))

    def counts(self) -> dict[str, int]:
        """How many cases came out how, those that were not selected left out."""
        found: dict[str, int] = {}
        for case in self.document["cases"]:
            if case["selected"]:
                found[case["counts_as"]] = found.get(case["counts_as"], 0) + 1
        return found

    def left_out(self) -> int:
        """How many cases were not selected for this run: nothing is known of them."""
        return sum(not case["selected"] for case in self.document["cases"])

    def played(self, clause: Mapping[str, Any]) -> tuple[int, int]:
        """Of a clause's cases, how many were selected for this run, and how many there are."""
        own = set(clause["cases"])
        return sum(case["selected"] for case in self.document["cases"] if case["id"] in own), len(own)

    def weighty(self) -> list[dict[str, Any]]:
        """Cases that did not simply pass, the gravest first."""
        cases = [one for one in self.document["cases"] if one["counts_as"] in _WEIGHTY and one["selected"]]
        return sorted(cases, key=lambda one: _WEIGHTY.index(one["counts_as"]))

    def clauses(self) -> list[dict[str, Any]]:
        """Every clause of the notice with its verdict; None where no automatic case looks at it."""
        clauses: list[dict[str, Any]] = self.document["clauses"]
        return clauses


def read_verdict(evidence: Path) -> Verdict | None:
    """The verdict of a finished run, None while there is none."""
    document = read_json(evidence / "verdict.json")
    return Verdict(document, _titles(evidence / "registry.json")) if document else None


def _titles(registry: Path) -> dict[str, Text]:
    """By a case's id, as they were in the run's own registry."""
    return {one["id"]: Text(one["title_zh"], one["title_en"]) for one in read_json(registry) or []}
