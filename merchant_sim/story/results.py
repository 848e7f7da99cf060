"""What a round leaves behind for its judges, beside the records: one JSON file."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Results:
    """Ids, the officers' acts as they saw them, and where the files are (relative to the round's folder).

    ``city`` and ``timetable`` are fingerprints, equal for equal seeds. ``refusals`` are those the officers met on
    purpose, by what they tried; ``seconds`` the real time of each step.
    """

    run: str
    seed: int
    scale: float
    residents: int
    city: str
    timetable: str = ""
    campaign_id: str = ""
    round_id: str = ""
    batch_ids: dict[str, str] = field(default_factory=dict)
    quota: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    roster: dict[str, Any] = field(default_factory=dict)
    settled_fen: int = 0
    recovered_fen: int = 0
    repaid_fen: int = 0
    returned_fen: int = 0
    statement: dict[str, Any] = field(default_factory=dict)
    audit_intact: bool = False
    last_report: str = ""
    reports: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def write_results(path: Path, results: Results) -> None:
    """Write them as JSON."""
    path.write_text(json.dumps(asdict(results), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read them back. Raises OSError, ValueError or TypeError."""
    return Results(**json.loads(path.read_text(encoding="utf-8")))
