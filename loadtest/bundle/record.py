"""All that a bundle says about a run, as one serialisable value: the command line fills it, everything here reads it.

No secret belongs into it. Times are aware datetimes; durations have their unit in their name.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import TypeAdapter

from loadtest.bundle.step_record import StepRecord
from loadtest.cases.model import Case
from loadtest.evidence.result import CaseResult

Level = Literal["L0", "L1", "L2", "L3"]


@dataclass(frozen=True)
class TargetFacts:
    """Whom the run tested. ``host`` is host and port; ``scheme`` http or https. Never a login, never a token."""

    name: str
    scheme: Literal["http", "https"]
    host: str
    adapter: str = "native"
    guard: Literal["on", "off"] = "on"

    @property
    def base_url(self) -> str:
        """What addresses in the report begin with."""
        return f"{self.scheme}://{self.host}"


@dataclass(frozen=True)
class PermitFacts:
    """Who allowed the test, when and how hard. The contact's number stays in the target file."""

    allowed_by: str
    not_before: datetime
    not_after: datetime
    highest_rate_per_s: int


@dataclass(frozen=True)
class Environment:
    """The tester's machine. ``qualified_rate_per_s``: what its generator sent a null server on time; 0: untested."""

    cores: int
    memory_bytes: int
    system: str
    qualified_rate_per_s: float = 0.0
    qualification_zh: str = ""


@dataclass(frozen=True)
class PathProbe:
    """Requests to a static address beside the load: what the way there took, in milliseconds."""

    requests: int
    lost: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    clock_offset_ms: float | None = None
    clock_offset_bound_ms: float | None = None


@dataclass(frozen=True)
class NotTested:
    """One thing the run did not look at, and why."""

    what_zh: str
    why_zh: str
    what_en: str = ""
    why_en: str = ""


@dataclass(frozen=True)
class RunRecord:
    """One run. ``plan`` is the plan's JSON, ``cases`` one result for every case of the registry that was selected.

    ``versions``: ``voucherlab``, ``python``, ``contract`` and the libraries that measure. ``registry_digest`` is
    ``registry_digest_of`` the registry that was played. ``level`` is the highest level of evidence of the run.
    ``claims``: answers to what the vendor says of itself (``vendor_claims.answers``); ``knee``: the search for it.
    ``objection_until`` is the vendor's last day to object; the verdict is preliminary until ``settled``: that day is
    over, and every objection was answered. ``unsafe_settings``: protections that the platform itself said are off.
    """

    run_id: str
    plan: dict[str, Any]
    plan_digest: str
    target: TargetFacts
    notice_id: str
    versions: dict[str, str]
    registry_digest: str
    started_at: datetime
    ended_at: datetime
    environment: Environment
    level: Level
    cases: tuple[CaseResult, ...]
    steps: tuple[StepRecord, ...] = ()
    permit: PermitFacts | None = None
    path_probe: PathProbe | None = None
    not_tested: tuple[NotTested, ...] = ()
    claims: tuple[dict[str, Any], ...] = ()
    knee: dict[str, Any] | None = None
    objection_until: datetime | None = None
    settled: bool = False
    unsafe_settings: tuple[str, ...] = ()

    @property
    def alpha(self) -> float:
        """The plan's α."""
        return float(self.plan.get("alpha", 0.05))

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain

    @classmethod
    def from_json(cls, flat: Mapping[str, Any]) -> Self:
        """The inverse of ``as_json``. Raises pydantic's ValidationError."""
        return _ADAPTER.validate_python(flat)  # type: ignore[return-value]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record of a bundle."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))


_ADAPTER = TypeAdapter(RunRecord)


def registry_digest_of(cases: Iterable[Case], versions: Mapping[str, str]) -> str:
    """SHA-256 over all cases and the versions as canonical JSON: what was checked, and by which program."""
    content = {"cases": [one.model_dump(mode="json") for one in cases], "versions": dict(versions)}
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: Any) -> bytes:
    """JSON that is the same bytes for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
