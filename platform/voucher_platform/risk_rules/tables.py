"""The table of alerts, as the migrations define it, and its wire form."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from voucher_contract.models.alerts import Alert, AlertSubject


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _time(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


class RiskAlertRow(SQLModel, table=True):
    """One rule met by one subject, from the first time until it is released."""

    __tablename__ = "risk_alert"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    rule: str = _text()
    moment: str = _text()
    action: str = _text()
    subject_kind: str = _text()
    subject_id: str = _text()
    batch_id: str | None = _text(nullable=True)
    merchant_id: str | None = _text(nullable=True)
    raised_at: datetime = _time()
    last_seen_at: datetime = _time()
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    evidence: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason_zh: str = _text()
    reason_en: str = _text()
    state: str = _text()
    decided_by: str | None = _text(nullable=True)
    decided_at: datetime | None = _time(nullable=True)
    decision_reason: str | None = _text(nullable=True)
    released_version: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    released_real_at: datetime | None = _time(nullable=True)


def as_alert(row: Any, zone: ZoneInfo) -> Alert:
    """The alert as the contract shows it, its times in the city's timezone."""
    return Alert(
        id=row.id, rule=row.rule, moment=row.moment, action=row.action,
        subject=AlertSubject(kind=row.subject_kind, id=row.subject_id), batch_id=row.batch_id,
        merchant_id=row.merchant_id, raised_at=row.raised_at.astimezone(zone),
        last_seen_at=row.last_seen_at.astimezone(zone), count=row.count, evidence=row.evidence,
        reason_zh=row.reason_zh, reason_en=row.reason_en, state=row.state, decided_by=row.decided_by,
        decided_at=row.decided_at.astimezone(zone) if row.decided_at else None, decision_reason=row.decision_reason,
    )  # fmt: skip
