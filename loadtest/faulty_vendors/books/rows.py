"""The rows the vendor keeps. Times are whole microseconds since 1970 (``…_us``), money is fen.

A row is never changed: a newer image under the same key takes its place. The journal holds images, so reading it
from the start gives back the last state.
"""

from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True):
    """Base of all rows; the first field is the key."""

    @property
    def key(self) -> str | int:
        """What the row is found by."""
        key: str | int = getattr(self, self.__struct_fields__[0])
        return key


class ClockRow(Row, frozen=True, tag="clock"):
    """How far the business clock is ahead, and what it was last set to."""

    name: str
    offset_us: int
    last_set_us: int


class CampaignRow(Row, frozen=True, tag="campaign"):
    """One programme with one pot."""

    id: str
    name: str
    paying_account: str
    designated_account: str
    state: str
    created_us: int


class RoundRow(Row, frozen=True, tag="round"):
    """A tranche in time."""

    id: str
    campaign_id: str
    name: str
    state: str = "draft"
    submitted_by: str | None = None
    approved_by: str | None = None
    published_us: int | None = None
    batch_ids: tuple[str, ...] = ()


class BatchRow(Row, frozen=True, tag="batch"):
    """``terms`` is the batch as its maker wrote it, in the wire's words; what claims need often stands beside."""

    id: str
    round_id: str
    campaign_id: str
    state: str
    quota: int
    face_fen: int
    threshold_fen: int
    opens_us: int
    closes_us: int
    valid_from_us: int
    valid_until_us: int
    terms: dict[str, Any]


class BankRow(Row, frozen=True, tag="bank"):
    """A number of the bank that is booked: ``reference`` begins with what it was booked for."""

    reference: str
    owner_id: str
    amount_fen: int


class MerchantRow(Row, frozen=True, tag="merchant"):
    """A shop and its tills."""

    id: str
    uscc: str
    name: str
    district: str
    category: str
    industry_code: str
    size_class: str
    address: str
    latitude: float
    longitude: float
    tills: tuple[str, ...]
    suspended: bool = False

    @property
    def admitted(self) -> bool:
        """The notice admits shops above the quota, services above scale and sampled shops below it."""
        return self.size_class != "below_quota_other"

    @property
    def status(self) -> str:
        """As the contract names it."""
        if self.suspended:
            return "suspended"
        return "admitted" if self.admitted else "not_admitted"


class ImportRow(Row, frozen=True, tag="import"):
    """A roster as it came, and what is wrong by row number (the heading's row is ``heading``, counted from 1)."""

    id: str
    grid: list[list[str | float]]
    heading: int
    errors: dict[str, str]


class AccountRow(Row, frozen=True, tag="account"):
    """Somebody's account. ``marks`` are keyed hashes of the numbers by which a person is known."""

    account: str
    person: str
    marks: tuple[str, ...]
    device: str
    home: str


class VoucherRow(Row, frozen=True, tag="voucher"):
    """One voucher of one account."""

    id: str
    batch_id: str
    account: str
    code: str
    nth: int
    state: str
    claimed_us: int
    valid_from_us: int
    valid_until_us: int
    claim_key: str


class RedemptionRow(Row, frozen=True, tag="redemption"):
    """``reversed``: a whole refund gave the voucher back, so that order and voucher are as if never used."""

    id: str
    voucher_id: str
    batch_id: str
    campaign_id: str
    merchant_id: str
    till_number: str
    order_no: str
    order_total_fen: int
    merchant_discount_fen: int
    platform_discount_fen: int
    payable_fen: int
    voucher_fen: int
    paid_fen: int
    redeemed_us: int
    settlement_id: str | None = None
    refunded_fen: int = 0
    refund_count: int = 0
    fund_refunded_fen: int = 0
    reversed: bool = False


class RefundRow(Row, frozen=True, tag="refund"):
    """``ends_order``: with it the whole order has been taken back."""

    id: str
    redemption_id: str
    number: int
    amount_fen: int
    user_fen: int
    voucher_fen: int
    platform_fen: int
    fund_fen: int
    voucher_returned: bool
    refunded_us: int
    ends_order: bool


class DebtRow(Row, frozen=True, tag="debt"):
    """What a merchant owes for one refund of a redemption that had been settled."""

    refund_id: str
    campaign_id: str
    batch_id: str
    merchant_id: str
    open_fen: int


class ReturnRow(Row, frozen=True, tag="return"):
    """Money on its way back."""

    id: str
    campaign_id: str
    number: int
    amount_fen: int
    to_account: str
    state: str = "in_transit"
    bank_reference: str | None = None


class TransferRow(Row, frozen=True, tag="transfer"):
    """One amount from one account of the ledger to another."""

    id: int
    campaign_id: str
    debit: str
    credit: str
    amount_fen: int
    count: int
    kind: str
    reference: str
    business_us: int


class AuditRow(Row, frozen=True, tag="audit"):
    """One act of staff, chained to the one before."""

    id: int
    at_us: int
    business_us: int
    principal: str
    action: str
    object_id: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class EffectRow(Row, frozen=True, tag="effect"):
    """What was answered under an idempotency key; ``scope`` is principal, operation and key."""

    scope: str
    digest: str
    status: int
    body: str


class TriedRow(Row, frozen=True, tag="tried"):
    """How often an account tried to claim of a batch on a business day; ``place`` joins the three."""

    place: str
    batch_id: str
    account: str
    day: str
    attempts: int


AnyRow = (
    ClockRow | CampaignRow | RoundRow | BatchRow | BankRow | MerchantRow | ImportRow | AccountRow | VoucherRow
    | RedemptionRow | RefundRow | DebtRow | ReturnRow | TransferRow | AuditRow | EffectRow | TriedRow
)  # fmt: skip
