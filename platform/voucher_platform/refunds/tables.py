"""The table of this room, as the migrations define it, and its wire form."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel

from voucher_contract.models.redemptions import Refund


class RefundRow(SQLModel, table=True):
    """One refund of an order; ``number`` counts those of its redemption."""

    __tablename__ = "refund"
    id: str = Field(primary_key=True)
    redemption_id: str
    merchant_id: str
    number: int
    key: str
    digest: bytes
    amount_fen: int = Field(sa_type=BigInteger)
    user_fen: int = Field(sa_type=BigInteger)
    voucher_fen: int = Field(sa_type=BigInteger)
    platform_fen: int = Field(sa_type=BigInteger)
    fund_fen: int = Field(sa_type=BigInteger)
    voucher_returned: bool
    refunded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def wire(row: Any) -> Refund:
    """A refund never changes: the first reply and every later one are the same."""
    return Refund(
        id=row.id, redemption_id=row.redemption_id, number=row.number, amount_fen=row.amount_fen,
        user_fen=row.user_fen, voucher_fen=row.voucher_fen, platform_fen=row.platform_fen, fund_fen=row.fund_fen,
        voucher_returned=row.voucher_returned, refunded_at=row.refunded_at,
    )  # fmt: skip
