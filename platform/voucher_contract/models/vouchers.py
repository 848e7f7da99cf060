"""Claims and vouchers, as their holder and the bureau see them."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Fen, Id, Position, PositiveFen, Wire

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
