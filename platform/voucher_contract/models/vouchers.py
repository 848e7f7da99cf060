"""Claims and vouchers, as their holder and the bureau see them."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Fen, Id, Position, PositiveFen, Reference, Wire

VoucherState = Literal["issued", "redeemed", "used_up", "expired", "frozen", "void"]


class ClaimSpec(Wire):
    """The device that asks, and where it is.

    A device other than the token's is refused (``device_mismatch``); a batch with a ``claim_area`` needs a position.
    """

    device: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    position: Position | None = None


class Voucher(Wire):
    """A voucher and its holder's view. ``code`` is what a till scans when the batch's ``code_mode`` is static."""

    id: Id
    batch_id: Id
    state: VoucherState
    face_fen: PositiveFen
    threshold_fen: PositiveFen
    code: str | None
    nth: int
    claimed_at: AwareDatetime
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class ClaimPending(Wire):
    """202: the claim is neither granted nor refused yet. Ask ``status_url``; it may still end refused."""

    status_url: str
    retry_after_ms: int


class VoucherPage(Wire):
    items: list[Voucher]
    next_cursor: str | None


class VoucherCode(Wire):
    """A dynamic code: stale after ``expires_at`` (real clock)."""

    code: str
    expires_at: AwareDatetime


class VoucherChanged(Wire):
    id: Id
    state: VoucherState
    released_fen: Fen


class RefundOfUse(Wire):
    """A refund of the order as the holder sees it: ``user_fen`` of ``amount_fen`` came back to them."""

    number: int
    amount_fen: PositiveFen
    user_fen: Fen
    voucher_returned: bool
    refunded_at: AwareDatetime


class LastRefusal(Wire):
    """Why a till last said no to this voucher; ``merchant_name`` is null where the merchant is no longer known."""

    code: str
    message_zh: str
    message_en: str
    merchant_name: str | None
    at: AwareDatetime


class VoucherUse(Wire):
    """What became of a voucher, for its holder: the latest order that used it, its refunds, the last refusal at a till.

    ``paid_fen`` is what the holder paid besides. Without an order the order's fields are null and its amounts 0.
    """

    voucher_id: Id
    state: VoucherState
    merchant_name: str | None
    order_no: Reference | None
    redeemed_at: AwareDatetime | None
    voucher_fen: Fen
    paid_fen: Fen
    refunds: list[RefundOfUse]
    last_refusal: LastRefusal | None
