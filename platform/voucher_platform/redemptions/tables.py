"""The table of this room, as the migrations define it, and its wire form."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel

from voucher_contract.models.redemptions import Redemption


class RedemptionRow(SQLModel, table=True):
    """One order that used one voucher; the running totals of its refunds are kept here too."""

    __tablename__ = "redemption"
    id: str = Field(primary_key=True)
    voucher_id: str
    batch_id: str
    campaign_id: str
    merchant_id: str
    till_number: str
    order_no: str
    key: str
    digest: bytes
    order_total_fen: int = Field(sa_type=BigInteger)
    merchant_discount_fen: int = Field(sa_type=BigInteger)
    platform_discount_fen: int = Field(sa_type=BigInteger)
    payable_fen: int = Field(sa_type=BigInteger)
    voucher_fen: int = Field(sa_type=BigInteger)
    paid_fen: int = Field(sa_type=BigInteger)
    redeemed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    code_step: int | None = Field(sa_type=BigInteger)
    settlement_id: str | None
    reversed: bool
    refund_count: int
    refunded_fen: int = Field(sa_type=BigInteger)
    user_refunded_fen: int = Field(sa_type=BigInteger)
    voucher_refunded_fen: int = Field(sa_type=BigInteger)
    fund_refunded_fen: int = Field(sa_type=BigInteger)


class RefusalRow(SQLModel, table=True):
    """Why a till last said no to a voucher."""

    __tablename__ = "redemption_refusal"
    voucher_id: str = Field(primary_key=True)
    merchant_id: str
    code: str
    refused_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def as_made(row: Any) -> Redemption:
    """The reply to the redemption itself: what was true when it was made, whatever has happened since."""
    return _wire(row, settled=False, refunded_fen=0, refund_count=0)


def as_now(row: Any) -> Redemption:
    """The redemption as it stands."""
    return _wire(
        row, settled=row.settlement_id is not None, refunded_fen=row.refunded_fen, refund_count=row.refund_count
    )


def _wire(row: Any, *, settled: bool, refunded_fen: int, refund_count: int) -> Redemption:
    return Redemption(
        id=row.id, voucher_id=row.voucher_id, batch_id=row.batch_id, merchant_id=row.merchant_id,
        till_number=row.till_number, order_no=row.order_no, order_total_fen=row.order_total_fen,
        merchant_discount_fen=row.merchant_discount_fen, platform_discount_fen=row.platform_discount_fen,
        payable_fen=row.payable_fen, voucher_fen=row.voucher_fen, paid_fen=row.paid_fen,
        redeemed_at=row.redeemed_at, settled=settled, refunded_fen=refunded_fen, refund_count=refund_count,
    )  # fmt: skip
