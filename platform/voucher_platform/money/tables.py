"""The tables of this room, as the migrations define them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class SettlementRow(SQLModel, table=True):
    """One settlement with all merchants of a campaign."""

    __tablename__ = "settlement"
    id: str = Field(primary_key=True)
    campaign_id: str
    settled_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class SettlementLineRow(SQLModel, table=True):
    """What one merchant earned and what of it went to pay its debt."""

    __tablename__ = "settlement_line"
    settlement_id: str = Field(primary_key=True)
    merchant_id: str = Field(primary_key=True)
    gross_fen: int = Field(sa_type=BigInteger)
    recovered_fen: int = Field(sa_type=BigInteger)


class RepaymentRow(SQLModel, table=True):
    """Money a merchant paid back, once for each number of the bank."""

    __tablename__ = "repayment"
    id: str = Field(primary_key=True)
    campaign_id: str
    merchant_id: str
    amount_fen: int = Field(sa_type=BigInteger)
    bank_reference: str


class FundReturnRow(SQLModel, table=True):
    """Money on its way back to the bureau, or back."""

    __tablename__ = "fund_return"
    id: str = Field(primary_key=True)
    campaign_id: str
    number: int
    amount_fen: int = Field(sa_type=BigInteger)
    to_account: str
    state: str
    bank_reference: str | None
