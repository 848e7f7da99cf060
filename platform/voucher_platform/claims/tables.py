"""The table of this room, as the migrations define it."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class VoucherRow(SQLModel, table=True):
    """A voucher: who holds it, under which request it was won, and what has become of it."""

    __tablename__ = "voucher"
    id: str = Field(primary_key=True)
    batch_id: str
    person_id: str
    account_id: str
    seq: int = Field(sa_type=BigInteger)
    nth: int
    claim_key: str
    claim_digest: bytes
    code: str
    state: str
    claimed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    valid_from: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    valid_until: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
