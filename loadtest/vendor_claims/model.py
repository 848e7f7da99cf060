"""claims.toml: the vendor's own statements, each with its wording and where it stands."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from loadtest.agreed.reading import Strict

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
ClaimId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class _Said(Strict):
    """``wording_zh``: the vendor's own words. ``source``: the document and page they stand in."""

    id: ClaimId
    wording_zh: Word
    source: Word


class PeakRate(_Said):
    """At least ``rate_per_s`` claims a second are answered, with p99 at most ``p99_ms`` where that is said."""

    kind: Literal["peak_rate"]
    rate_per_s: float = Field(gt=0, le=1e9)
    p99_ms: float | None = Field(default=None, gt=0)


class OpensWithin(_Said):
    """Claiming opens at most ``ms`` after the announced second."""

    kind: Literal["opens_within"]
    ms: float = Field(gt=0)


class T1By(_Said):
    """The report of a day is there by ``time`` of the next."""

    kind: Literal["t1_by"]
    time: Clock


class Availability(_Said):
    """``share`` of the time the platform answers: 0.9999."""

    kind: Literal["availability"]
    share: float = Field(gt=0, lt=1)


class PeopleAtOnce(_Said):
    """``people`` use it at the same time."""

    kind: Literal["people_at_once"]
    people: int = Field(ge=1, le=2_000_000_000)


class Never(_Said):
    """Something never happens; evidence.py says which cases look for it."""

    kind: Literal[
        "never_oversold", "no_double_redemption", "person_limit_kept", "acknowledged_is_durable", "money_adds_up",
        "bots_stopped", "categories_kept", "first_come_first_served",
    ]  # fmt: skip


Claim = Annotated[
    PeakRate | OpensWithin | T1By | Availability | PeopleAtOnce | Never, Field(discriminator="kind")
]  # fmt: skip


class Claims(Strict):
    """The whole file."""

    vendor: Word
    claim: tuple[Claim, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [one.id for one in self.claim]
        if len(set(ids)) != len(ids):
            raise ValueError("claim: two claims have one id 声明编号重复")
        return self
