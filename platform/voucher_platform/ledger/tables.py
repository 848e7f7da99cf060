"""The tables of this room, as the migrations define them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class LedgerAccountRow(SQLModel, table=True):
    """An account of a campaign, or of one of its batches, and its balance."""

    __tablename__ = "ledger_account"
    id: str = Field(primary_key=True)
    campaign_id: str
    batch_id: str | None
    kind: str
    balance_fen: int = Field(sa_type=BigInteger)


class LedgerTransferRow(SQLModel, table=True):
    """An amount that went from one account to another. Append-only."""

    __tablename__ = "ledger_transfer"
    id: int = Field(primary_key=True, sa_type=BigInteger)
    campaign_id: str
    debit_account: str
    credit_account: str
    amount_fen: int = Field(sa_type=BigInteger)
    count: int
    kind: str
    reference: str
    root: bytes | None
    business_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
