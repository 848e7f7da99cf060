"""What judging files comes to: a verdict for each check, hints, and the rows behind them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.tables import Input
from loadtest.verdicts import VERDICT_ZH, Verdict

NOT_REFUTED_ZH = "未发现矛盾，但文件不能证实"
NOT_REFUTED_EN = "not refuted; files never confirm"


@dataclass(frozen=True)
class ShownRow:
    """A record as a reader finds it again: file, line, and its cells with personal data masked."""

    table: TableName
    file: str
    line: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Contradiction:
    """One statement that the rows show together."""

    statement_zh: str
    rows: tuple[ShownRow, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckVerdict:
    """FAIL: refuted by the rows shown. INCONCLUSIVE: not refuted. NOT_RUN: files or agreements are missing."""

    check: str
    clauses: tuple[str, ...]
    basis: str
    title_zh: str
    title_en: str
    verdict: Verdict
    reason_zh: str
    reason_en: str
    judged: int = 0
    count: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    notes_zh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hint:
    """Where to look. Never a verdict: each has honest explanations, and a person decides."""

    pattern: str
    title_zh: str
    subject_zh: str
    statement_zh: str
    figures: Mapping[str, Any]
    settings: Mapping[str, Any]
    rows: tuple[ShownRow, ...]
    row_count: int


@dataclass(frozen=True)
class FilesVerdict:
    """The whole judgement. ``verdict`` is FAIL or, at best, INCONCLUSIVE."""

    vendor: str
    verdict: Verdict
    inputs: tuple[Input, ...]
    mapping_sha256: str
    checks: tuple[CheckVerdict, ...]
    hints: tuple[Hint, ...]
    hints_not_run: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; level 1 says that files can refute and never confirm."""
        flat = asdict(self)
        return {"level": 1, "level_zh": "文件：可以推翻，不能证实", "verdict_zh": VERDICT_ZH[self.verdict], **flat}
