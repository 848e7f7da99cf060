"""selection.toml: what officers and judges enter for the selection meeting. Nothing in it is made up by the program."""

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from loadtest.agreed.reading import Strict

POINT_STEPS = 100  # points are counted in hundredths, so that sums and ties are exact


def _printable(text: str) -> str:
    """Control characters can be written in TOML, but in no workbook; what nobody can see misleads who reads."""
    for letter in text:
        hidden = unicodedata.category(letter) in {"Cc", "Cf", "Cs"} or letter in "\ufffe\uffff"
        if hidden and letter not in "\n\t":
            raise PydanticCustomError("hidden_letter", "holds a letter that cannot be seen")
    return text


def _in_hundredths(points: float) -> float:
    if abs(points * POINT_STEPS - round(points * POINT_STEPS)) > 1e-6:
        raise PydanticCustomError("two_decimals", "has more than two decimals")
    return points


Word = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), AfterValidator(_printable)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Points = Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False), AfterValidator(_in_hundredths)]
Answer = Literal["yes", "no", "unclear"]


class Meeting(Strict):
    """Where and by whom the meeting is held. ``held_at``: where it is not the notice's own time."""

    held_at: AwareDatetime | None = None
    place: Word | None = None
    chaired_by: Word | None = None
    recorded_by: Word | None = None
    supervised_by: Word | None = None


class Evidence(Strict):
    """``public_key``: the bureau's public key (PEM); with it, only bundles signed with that key are used."""

    public_key: Word | None = None


class Judge(Strict):
    """One judge, named as the bureau wishes: a name, initials, or a number."""

    id: Key
    name: Word


class Check(Strict):
    """One item of the entry checklist. Who says yes or no gives a name."""

    answer: Answer
    note: Note = ""
    checked_by: Word | None = None

    @model_validator(mode="after")
    def _somebody_answers(self) -> Self:
        if self.answer != "unclear" and self.checked_by is None:
            raise PydanticCustomError("nobody_checked", "checked_by is needed with yes and no")
        return self


class Applicant(Strict):
    """One applicant. ``bundles``: folders of evidence, relative to the file. ``checklist``: by the notice's items."""

    id: Key
    name: Word
    received_at: AwareDatetime
    received_by: Word | None = None
    branch: bool = False
    bundles: tuple[Word, ...] = Field(default=(), max_length=20)
    checklist: dict[Key, Check] = Field(default={})
    note: Note = ""


class Paper(Strict):
    """One judge's own scores for one applicant, by the notice's items; an item left out is missing, not 0."""

    judge: Key
    applicant: Key
    points: dict[Key, Points] = Field(default={})
    remark: Note = ""


class Sent(Strict):
    """That one applicant was sent the rules: when, which file (its SHA-256), and the file that proves it."""

    applicant: Key
    sent_at: AwareDatetime
    sha256: Digest
    proof: Word


class Rules(Strict):
    """Scoring rules that the bureau sent to every applicant before the deadline. ``file``: the very file it sent."""

    file: Word
    sent: tuple[Sent, ...] = Field(default=(), max_length=200)


class SelectionFile(Strict):
    """The whole file. ``notice_file``: another notice than the one that comes with the program."""

    notice: Word = "guanghan-2025-12-12"
    notice_file: Word | None = None
    meeting: Meeting = Meeting()
    evidence: Evidence = Evidence()
    judges: tuple[Judge, ...] = Field(default=(), max_length=50)
    applicants: tuple[Applicant, ...] = Field(default=(), max_length=100)
    scores: tuple[Paper, ...] = Field(default=(), max_length=5_000)
    rules: Rules | None = None
