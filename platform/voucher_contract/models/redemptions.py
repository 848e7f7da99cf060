"""Redemption of a voucher at a till, and refunds of the order."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Fen, Id, Position, PositiveFen, Reference, Wire


class RedemptionSpec(Wire):
    """An order at a till that uses one voucher.

    The merchant's own promotion comes off first; the threshold is tested on what is left, without
    ``excluded_goods_fen``. ``platform_discount_fen`` is the platform's matching discount, taken after the voucher.
    ``till_position`` is where the till says it stands; a risk rule may ask for it.
    """

    code: str = Field(pattern=r"^[A-Za-z0-9.]{8,120}$")
    order_no: Reference
    till_number: str = Field(pattern=r"^[A-Za-z0-9-]{4,32}$")
    order_total_fen: PositiveFen
    merchant_discount_fen: Fen = 0
    platform_discount_fen: Fen = 0
    excluded_goods_fen: Fen = 0
    channel: Literal["in_store", "online"] = "in_store"
    payer_account: Id | None = None
    till_position: Position | None = None


class Redemption(Wire):
    """``payable_fen`` = total − merchant discount = ``voucher_fen`` + ``platform_discount_fen`` + ``paid_fen``."""

    id: Id
    voucher_id: Id
    batch_id: Id
    merchant_id: Id
    till_number: str
    order_no: Reference
    order_total_fen: PositiveFen
    merchant_discount_fen: Fen
    platform_discount_fen: Fen
    payable_fen: PositiveFen
    voucher_fen: PositiveFen
    paid_fen: PositiveFen
    redeemed_at: AwareDatetime
    settled: bool
    refunded_fen: Fen
    refund_count: int


class RedemptionPage(Wire):
    items: list[Redemption]
    next_cursor: str | None


class RefundSpec(Wire):
    """``amount_fen`` of the order's payable total is taken back."""

    amount_fen: PositiveFen


class Refund(Wire):
    """How a refund splits: to the user, of the voucher's money, of the platform's discount; they sum to the amount.

    ``fund_fen`` is what goes back to public money (0 where the regime leaves it used up);
    ``voucher_returned`` says whether the holder has the voucher again.
    """

    id: Id
    redemption_id: Id
    number: int
    amount_fen: PositiveFen
    user_fen: Fen
    voucher_fen: Fen
    platform_fen: Fen
    fund_fen: Fen
    voucher_returned: bool
    refunded_at: AwareDatetime


class RefundPage(Wire):
    items: list[Refund]
    next_cursor: str | None
