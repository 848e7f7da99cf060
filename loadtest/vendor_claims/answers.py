"""The answer to one claim."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from loadtest.evidence.result import Witness


class Answer(StrEnum):
    """``confirmed``: held in everything that was tried here, no more. ``undecidable``: not decidable here."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNDECIDABLE = "undecidable"


ANSWER_ZH = {Answer.CONFIRMED: "所试范围内成立", Answer.REFUTED: "被推翻", Answer.UNDECIDABLE: "此处无法判定"}


@dataclass(frozen=True)
class CurvePoint:
    """One step of the curve: rates a second, p99 in ms of each run (None: not all were served), and its verdict."""

    offered_per_s: float
    served_per_s: float
    p99_ms: tuple[float | None, ...]
    verdict: str


@dataclass(frozen=True)
class ClaimAnswer:
    """``beyond_record_zh``: the public record that the claim exceeds. ``curve``: rate against latency, as measured."""

    claim_id: str
    kind: str
    wording_zh: str
    source: str
    answer: Answer
    reason_zh: str
    reason_en: str
    witnesses: tuple[Witness, ...] = ()
    cases: tuple[str, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    beyond_record_zh: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "answer": self.answer.value, "answer_zh": ANSWER_ZH[self.answer]}


@dataclass(frozen=True)
class HighestTried:
    """The highest offered load of the run, and the generator that made it."""

    rate_per_s: float
    generator_zh: str
    generator_en: str
