"""What the risk rules of a platform have seen, and what a person decided about it."""

from typing import Any, Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Id, Wire

Moment = Literal["claim", "redemption"]
SubjectKind = Literal["person", "device", "address", "merchant", "till"]
AlertState = Literal["open", "released", "confirmed"]


class AlertSubject(Wire):
    """Whom an alert is about.

    A person, a merchant or a till by its id or number; a device or an address by 16 hexadecimal digits of a keyed hash.
    """

    kind: SubjectKind
    id: str = Field(min_length=1, max_length=64)


class Alert(Wire):
    """A rule met by a subject, from the first time until a person releases it.

    ``count``: requests that met the rule, or that were stopped since. ``action`` block: the subject is frozen while the
    alert is not released. ``evidence``: figures and a few examples, masked. Times on the business clock.
    """

    id: Id
    rule: str
    moment: Moment
    action: Literal["block", "flag"]
    subject: AlertSubject
    batch_id: Id | None
    merchant_id: Id | None
    raised_at: AwareDatetime
    last_seen_at: AwareDatetime
    count: int = Field(ge=1)
    evidence: dict[str, Any]
    reason_zh: str
    reason_en: str
    state: AlertState
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision_reason: str | None


class AlertPage(Wire):
    items: list[Alert]
    next_cursor: str | None


class RiskRule(Wire):
    """A rule as it is set. ``figures`` have their units in their names."""

    name: str
    title_zh: str
    title_en: str
    moment: Moment
    action: Literal["block", "flag", "off"]
    figures: dict[str, int]


class RiskRules(Wire):
    items: list[RiskRule]
