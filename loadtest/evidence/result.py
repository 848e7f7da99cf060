"""A case's result and the witness of a violation: what the bundle shows and a re-checker reads."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from loadtest.verdicts import Verdict


@dataclass(frozen=True)
class Witness:
    """The least that proves a violation. ``check`` is a check's id (``C1`` … ``C20``) or ``expectation``.

    ``facts`` holds the bounds it is measured against (quota, limit, face, instants); ``records`` the raw attempts of
    a history, ``exchanges`` the raw requests and replies of a functional case. ``voucherlab recheck`` and the
    separate re-checker decide from these alone.
    """

    check: str
    statement_zh: str
    statement_en: str
    facts: dict[str, Any] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class CaseResult:
    """What one case came to. ``figures`` are numbers worth printing; ``reason_*`` says why it is not PASS."""

    case_id: str
    verdict: Verdict
    reason_zh: str = ""
    reason_en: str = ""
    expected_zh: str = ""
    actual_zh: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    witnesses: tuple[Witness, ...] = ()
    expectations: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain JSON with the verdict's word."""
        return {**asdict(self), "verdict": self.verdict.value, "witnesses": [asdict(one) for one in self.witnesses]}

    @classmethod
    def from_json(cls, flat: dict[str, Any]) -> Self:
        """The inverse of ``as_json``."""
        witnesses = tuple(Witness(**one) for one in flat["witnesses"])
        return cls(**{**flat, "verdict": Verdict(flat["verdict"]), "witnesses": witnesses})
