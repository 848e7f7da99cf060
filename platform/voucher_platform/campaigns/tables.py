"""The tables of this room, as the migrations define them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


class CampaignRow(SQLModel, table=True):
    """One programme with one pot of fiscal money."""

    __tablename__ = "campaign"
    id: str = Field(primary_key=True)
    name: str
    paying_account: str
    designated_account: str
    state: str
    created_by: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class RoundRow(SQLModel, table=True):
    """A tranche in time, with who submitted and who approved it."""

    __tablename__ = "round"
    id: str = Field(primary_key=True)
    campaign_id: str
    name: str
    state: str
    submitted_by: str | None
    approved_by: str | None
    published_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    rejection: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))


class BatchRow(SQLModel, table=True):
    """Vouchers of one face, threshold, scope and window; what may be issued of them is in ``BatchStockRow``."""

    __tablename__ = "batch"
    id: str = Field(primary_key=True)
    number: int
    round_id: str
    campaign_id: str
    name: str
    state: str
    face_fen: int = Field(sa_type=BigInteger)
    threshold_fen: int = Field(sa_type=BigInteger)
    categories: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    districts: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    resident_districts: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    claim_opens_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    claim_closes_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    valid_from: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    valid_until: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    valid_days: int | None
    per_person_limit: int
    rate_limits: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    refund_regime: str
    refund_days: int
    code_mode: str
    claim_area: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))


class BatchStockRow(SQLModel, table=True):
    """Quota and what was issued; its CHECK makes overselling impossible."""

    __tablename__ = "batch_stock"
    batch_id: str = Field(primary_key=True)
    quota: int = Field(sa_type=BigInteger)
    issued: int = Field(sa_type=BigInteger)
    voided: int = Field(sa_type=BigInteger)
    epoch: int = Field(sa_type=BigInteger)


class DepositRow(SQLModel, table=True):
    """Fiscal money in, once for each number of the bank."""

    __tablename__ = "deposit"
    id: str = Field(primary_key=True)
    campaign_id: str
    amount_fen: int = Field(sa_type=BigInteger)
    bank_reference: str
    booked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
