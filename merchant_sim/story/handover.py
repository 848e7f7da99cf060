"""What one process of a round hands to the next: plan files, private, since they hold tokens."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from merchant_sim.story.plan import RoundPlan


@dataclass
class CrowdPlan:
    """What the crowd needs. ``tokens_file`` is read at the opening: residents sign in while the crowd gets ready."""

    round: RoundPlan
    target: str
    records: str
    batch_ids: dict[str, str]
    tokens_file: str
    most_in_flight: int = 256
    opens_at_s: float = 0.0


@dataclass
class TillsPlan:
    """What the tills need. ``shops`` by credit code: the platform's id, and a token for each till."""

    round: RoundPlan
    target: str
    claims: str
    redemptions: str
    refunds: str
    shops: dict[str, "Shop"] = field(default_factory=dict)


@dataclass
class Shop:
    """A merchant as the platform knows it."""

    id: str
    tokens: dict[str, str]


Plan = TypeVar("Plan", CrowdPlan, TillsPlan)


def write_plan(path: Path, plan: CrowdPlan | TillsPlan) -> None:
    """Write a plan for its owner's eyes only."""
    write_private(path, asdict(plan))


def write_private(path: Path, value: dict[str, Any]) -> None:
    """Write ``value`` as JSON into a new file, readable by its owner only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, default=str)


def read_plan(path: Path, kind: type[Plan]) -> Plan:
    """Read a plan back. Raises OSError, ValueError or TypeError."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    facts = value.pop("round")
    value["round"] = RoundPlan(**{**facts, "first_day": date.fromisoformat(facts["first_day"])})
    if "shops" in value:
        value["shops"] = {uscc: Shop(**shop) for uscc, shop in value["shops"].items()}
    return kind(**value)
