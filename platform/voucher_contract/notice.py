"""A notice as data: clauses, who decides each, weights and dates. Another notice is another file."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

DEFAULT_NOTICE = "guanghan-2025-12-12"
MAX_NOTICE_BYTES = 1_000_000

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^N[0-9]+(\.[0-9]+)*[a-z]?$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
DecidedBy = Literal["bench", "files", "person", "ref"]


class NoticeError(ValueError):
    """A notice file that cannot be used; the text says which file and every fault in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(_Strict):
    """One clause: its gist in Chinese and English, what software must show, and who decides on it."""

    id: ClauseId
    zh: Text
    en: Text
    shows: Text
    decided_by: tuple[DecidedBy, ...] = Field(min_length=1)

    @field_validator("decided_by")
    @classmethod
    def _names_each_once(cls, value: tuple[DecidedBy, ...]) -> tuple[DecidedBy, ...]:
        _refuse_repeats("decided_by", value)
        return value


class Weight(_Strict):
    """One item of the scored selection and its points. ``clauses``: whose evidence is laid beside it."""

    id: Slug
    zh: Text
    en: Text
    points: int = Field(gt=0, le=100, strict=True)
    clauses: tuple[ClauseId, ...] = ()


class EntryItem(_Strict):
    """One thing that is checked before anything is scored.

    Items with the same ``any_of`` are alternatives, one of which is enough. ``only_branch``: asked of branches alone.
    """

    id: Slug
    clause: ClauseId
    zh: Text
    en: Text
    any_of: Slug | None = None
    only_branch: bool = False


class OpenQuestion(_Strict):
    """Something the notice leaves open: a setting here, never a constant."""

    id: Slug
    zh: Text
    en: Text


class Heading(_Strict):
    """Whose notice it is and its times, each with its offset from UTC."""

    id: Slug
    title_zh: Text
    title_en: Text
    issued_by_zh: Text
    issued_by_en: Text
    published_at: AwareDatetime
    opens_at: AwareDatetime
    deadline_at: AwareDatetime
    meeting_at: AwareDatetime

    @model_validator(mode="after")
    def _times_are_in_order(self) -> Self:
        if not self.published_at <= self.opens_at < self.deadline_at < self.meeting_at:
            raise ValueError("need published_at <= opens_at < deadline_at < meeting_at")
        return self


class Selection(_Strict):
    """How applicants are compared. With `no_comparison_at_or_below` applicants or fewer, they are not."""

    no_comparison_at_or_below: int = Field(ge=0, le=100, strict=True)
    scored_by_zh: Text
    scored_by_en: Text


class Notice(_Strict):
    """A whole notice."""

    notice: Heading
    selection: Selection
    weights: tuple[Weight, ...]
    clauses: tuple[Clause, ...] = Field(min_length=1)
    entry: tuple[EntryItem, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        _refuse_repeats("clauses", (clause.id for clause in self.clauses))
        _refuse_repeats("weights", (weight.id for weight in self.weights))
        _refuse_repeats("entry", (item.id for item in self.entry))
        _refuse_repeats("open_questions", (question.id for question in self.open_questions))
        total = sum(weight.points for weight in self.weights)
        if total != 100:
            raise ValueError(f"the weights add up to {total}, not to 100")
        named = {*(item.clause for item in self.entry), *(one for weight in self.weights for one in weight.clauses)}
        unknown = sorted(named - {clause.id for clause in self.clauses})
        if unknown:
            raise ValueError(f"weights or entry name clauses that are not there: {', '.join(unknown)}")
        return self

    def clause(self, clause_id: str) -> Clause:
        """Return one clause. Raises KeyError when the notice has none of this id."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(f"{self.notice.id} has no clause {clause_id!r}")

    def decided_by(self, way: DecidedBy) -> tuple[Clause, ...]:
        """Return the clauses that are decided, at least in part, this way."""
        return tuple(clause for clause in self.clauses if way in clause.decided_by)


def load_notice(path: Path | None = None) -> Notice:
    """Read a notice file; without a path, the one that comes with the contract.

    Raises NoticeError, naming the file and every fault, when it cannot be read or does not hold together.
    """
    if path is None:
        shipped = resources.files("voucher_contract") / "notices" / f"{DEFAULT_NOTICE}.toml"
        return parse_notice(shipped.read_text(encoding="utf-8"), source=f"{DEFAULT_NOTICE}.toml")
    try:
        if path.stat().st_size > MAX_NOTICE_BYTES:
            raise NoticeError(f"{path}: larger than {MAX_NOTICE_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoticeError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    return parse_notice(text, source=str(path))


def parse_notice(text: str, *, source: str) -> Notice:
    """Turn TOML text into a notice; `source` names it in errors. Raises NoticeError."""
    try:
        return Notice.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise NoticeError(f"{source}: not valid TOML: {error}") from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors())
        raise NoticeError(f"{source}: {'; '.join(faults)}") from error


def _refuse_repeats(what: str, ids: Iterable[str]) -> None:
    repeated = sorted(name for name, times in Counter(ids).items() if times > 1)
    if repeated:
        raise ValueError(f"{what} repeat {', '.join(repeated)}")
