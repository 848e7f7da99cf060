"""Campaigns, rounds and batches: what the bureau plans, checks and publishes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from voucher_contract.models.common import (
    AwareDatetime,
    Category,
    Count,
    District,
    Fen,
    Id,
    Latitude,
    Longitude,
    Name,
    PositiveFen,
    Reference,
    RefundRegime,
    Wire,
)  # fmt: skip


class CampaignSpec(Wire):
    """A programme with one pot of fiscal money. The two accounts are bank account references, never balances."""

    name: Name
    paying_account: Reference
    designated_account: Reference


class Campaign(CampaignSpec):
    id: Id
    state: Literal["open", "closed"]
    created_at: AwareDatetime


class CampaignPage(Wire):
    items: list[Campaign]
    next_cursor: str | None


class RoundSpec(Wire):
    name: Name


class Rejection(Wire):
    """Who sent a round back, and why."""

    reason: Name
    by: str
    at: AwareDatetime


class Round(RoundSpec):
    """A tranche in time (批次). ``draft → submitted → approved → published``; a rejected round is a draft again.

    ``rejection``: the last one, kept after the round is handed in again; with the capability ``round_drafts`` only.
    """

    id: Id
    campaign_id: Id
    state: Literal["draft", "submitted", "approved", "published"]
    submitted_by: str | None
    approved_by: str | None
    published_at: AwareDatetime | None
    batch_ids: list[Id]
    rejection: Rejection | None = None


class RoundPage(Wire):
    items: list[Round]
    next_cursor: str | None


class RateLimit(Wire):
    """At most ``permits`` attempts at once and ``permits`` per ``window_ms`` in the long run (GCRA, real time)."""

    permits: int = Field(ge=1, le=10_000_000, strict=True)
    window_ms: int = Field(ge=1, le=86_400_000, strict=True)


class RateLimits(Wire):
    """Limits on claim attempts. A missing one does not limit."""

    person: RateLimit | None = None
    device: RateLimit | None = None
    address: RateLimit | None = None
    batch: RateLimit | None = None


class ClaimArea(Wire):
    """A circle on the ground: whoever claims must say a position within ``radius_m`` metres of its centre."""

    latitude: Latitude
    longitude: Longitude
    radius_m: int = Field(ge=1, le=100_000, strict=True)


class BatchSpec(Wire):
    """Vouchers of one face, threshold, scope, quota and window (券种).

    ``districts`` and ``resident_districts`` empty mean the whole city and everybody. A voucher is valid from
    ``valid_from`` (or the claim, if later) until ``valid_until``, or ``valid_days`` after the claim if that is sooner.
    """

    name: Name
    face_fen: PositiveFen
    threshold_fen: PositiveFen
    quota: int = Field(ge=1, le=10_000_000, strict=True)
    categories: list[Category] = Field(min_length=1, max_length=7)
    districts: list[District] = Field(default=[], max_length=50)
    resident_districts: list[District] = Field(default=[], max_length=50)
    claim_opens_at: AwareDatetime
    claim_closes_at: AwareDatetime
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    valid_days: int | None = Field(default=None, ge=1, le=366, strict=True)
    per_person_limit: int = Field(ge=1, le=100, strict=True)
    rate_limits: RateLimits = RateLimits()
    refund_regime: RefundRegime = "B"
    refund_days: int = Field(default=90, ge=0, le=366, strict=True, description="Days after redemption; 0: never")
    code_mode: Literal["static", "dynamic"] = "static"
    claim_area: ClaimArea | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.threshold_fen <= self.face_fen:
            raise ValueError("threshold_fen must exceed face_fen: the user pays at least 1 fen")
        if not self.claim_opens_at < self.claim_closes_at <= self.valid_until:
            raise ValueError("need claim_opens_at < claim_closes_at <= valid_until")
        if not self.valid_from < self.valid_until:
            raise ValueError("need valid_from < valid_until")
        return self


class Batch(BatchSpec):
    """``remaining`` is quota − issued + voided as committed; ``state`` is what people may do with it now."""

    id: Id
    round_id: Id
    campaign_id: Id
    state: Literal["draft", "live", "paused", "stopped"]
    issued: Count
    voided: Count
    remaining: Count


class BatchPage(Wire):
    """``server_time`` is the business clock, for countdowns."""

    items: list[Batch]
    next_cursor: str | None
    server_time: AwareDatetime


class Reason(Wire):
    """Why an officer acts: kept in the audit log."""

    reason: Name


class QuotaRaise(Wire):
    quota: int = Field(ge=1, le=10_000_000, strict=True)


class DepositSpec(Wire):
    """Fiscal money in. ``bank_reference`` is the bank's own number and is booked at most once."""

    amount_fen: PositiveFen
    bank_reference: Reference


class Deposit(DepositSpec):
    id: Id
    campaign_id: Id
    booked_at: AwareDatetime


class MoneyBuckets(Wire):
    """Where every fen is. received = the sum of all the others, at every instant."""

    received_fen: Fen
    free_fen: Fen
    reserved_fen: Fen
    held_fen: Fen
    redeemed_unsettled_fen: Fen
    settled_fen: Fen
    owed_by_merchants_fen: Fen
    return_in_transit_fen: Fen
    returned_fen: Fen


class BatchMoney(Wire):
    batch_id: Id
    reserved_fen: Fen
    held_fen: Fen
    redeemed_unsettled_fen: Fen
    settled_fen: Fen
    owed_by_merchants_fen: Fen


class MoneyStatement(Wire):
    """``identity_ok``: buckets sum up, and every balance equals the sum of its transfers, recomputed row by row."""

    campaign_id: Id
    buckets: MoneyBuckets
    batches: list[BatchMoney]
    identity_ok: bool
    faults: list[str]


class Transfer(Wire):
    id: int
    debit: str
    credit: str
    amount_fen: PositiveFen
    count: Count
    kind: str
    reference: str
    business_at: AwareDatetime


class TransferPage(Wire):
    items: list[Transfer]
    next_cursor: str | None


class SettlementLine(Wire):
    """``net_fen`` is paid to the merchant: its redemptions of the period less what it owed."""

    merchant_id: Id
    gross_fen: Fen
    recovered_fen: Fen
    net_fen: Fen


class Settlement(Wire):
    id: Id
    campaign_id: Id
    settled_at: AwareDatetime
    lines: list[SettlementLine]
    gross_fen: Fen
    recovered_fen: Fen
    net_fen: Fen


class Debt(Wire):
    """What one merchant owes the fund for refunds after settlement."""

    merchant_id: Id
    owed_fen: PositiveFen


class DebtPage(Wire):
    """Merchants that owe something, by their numbers."""

    items: list[Debt]
    next_cursor: str | None


class RepaymentSpec(Wire):
    merchant_id: Id
    amount_fen: PositiveFen
    bank_reference: Reference


class Repayment(RepaymentSpec):
    id: Id
    campaign_id: Id


class ReturnSpec(Wire):
    """``confirm_designated_account``: set by an officer after checking an account other than the paying one."""

    confirm_designated_account: bool = False


class FundReturn(Wire):
    """Money on its way back. ``number`` 1 is the return at closing; later ones are supplementary."""

    id: Id
    campaign_id: Id
    number: int
    amount_fen: PositiveFen
    to_account: Reference
    state: Literal["in_transit", "returned"]
    bank_reference: Reference | None


class ReturnConfirmation(Wire):
    bank_reference: Reference
