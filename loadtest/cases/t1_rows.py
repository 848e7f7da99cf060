"""What really happened in a campaign, as rows: from a case's own exchanges, or from a vendor's exported files."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True)
class BatchFacts:
    """A batch, as far as figures need it. Face in fen."""

    id: str
    round_id: str
    face_fen: int
    categories: tuple[str, ...]


@dataclass(frozen=True)
class MerchantFacts:
    """A merchant's place in the registry."""

    id: str
    category: str
    district: str
    size_class: str


@dataclass(frozen=True)
class Release:
    """``vouchers`` of a batch were put on offer: publishing, or a raised quota."""

    batch_id: str
    vouchers: int
    at: datetime


@dataclass(frozen=True)
class Attempt:
    """One claim that was asked for, granted or refused."""

    batch_id: str
    person: str
    account: str
    at: datetime


@dataclass(frozen=True)
class Claim:
    """One voucher that was given out. ``void``: it was voided since; ``expired``: its time ended unused."""

    voucher_id: str
    batch_id: str
    person: str
    account: str
    at: datetime
    valid_until: datetime
    void: bool = False
    expired: bool = False


@dataclass(frozen=True)
class Redemption:
    """One order that used a voucher. Amounts in fen, as in the contract's ``Redemption``."""

    id: str
    voucher_id: str
    batch_id: str
    person: str
    account: str
    merchant_id: str
    at: datetime
    order_total_fen: int
    merchant_discount_fen: int
    platform_discount_fen: int
    voucher_fen: int
    paid_fen: int

    @property
    def payable_fen(self) -> int:
        """What was left to pay after the merchant's own promotion."""
        return self.order_total_fen - self.merchant_discount_fen


@dataclass(frozen=True)
class Refund:
    """One refund of a redemption. Amounts in fen, as in the contract's ``Refund``."""

    redemption_id: str
    at: datetime
    amount_fen: int
    user_fen: int
    voucher_fen: int
    platform_fen: int
    fund_fen: int
    voucher_returned: bool


@dataclass(frozen=True)
class Rows:
    """All rows of one campaign. ``attempts`` is None where a vendor exports none: what needs them is left out."""

    batches: tuple[BatchFacts, ...]
    merchants: tuple[MerchantFacts, ...]
    releases: tuple[Release, ...] = ()
    attempts: tuple[Attempt, ...] | None = ()
    claims: tuple[Claim, ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    refunds: tuple[Refund, ...] = ()

    def issuing_of(self, batch_ids: Collection[str]) -> Self:
        """Only what was issued of these batches; redemptions as they are."""
        return replace(
            self,
            releases=tuple(one for one in self.releases if one.batch_id in batch_ids),
            attempts=None if self.attempts is None else tuple(a for a in self.attempts if a.batch_id in batch_ids),
            claims=tuple(one for one in self.claims if one.batch_id in batch_ids),
        )

    def redeeming_where(self, redemption_ids: Collection[str]) -> Self:
        """Only these redemptions and their refunds; issuing as it is."""
        return replace(
            self,
            redemptions=tuple(one for one in self.redemptions if one.id in redemption_ids),
            refunds=tuple(one for one in self.refunds if one.redemption_id in redemption_ids),
        )

    def of_line(self, dimension: str, key: str) -> Self:
        """What belongs to one line of the report.

        ``dimension``: total, industry, district, size_class, batch, round. By industry a batch of several industries
        counts in each for issuing, while a redemption belongs to the industry of its merchant. Issuing has no
        district and no size class, so nothing of it is left there.
        """
        if dimension == "total":
            return self
        if dimension in {"batch", "round"}:
            ids = {one.id for one in self.batches if (one.id if dimension == "batch" else one.round_id) == key}
            return self.issuing_of(ids).redeeming_where({one.id for one in self.redemptions if one.batch_id in ids})
        place = {"industry": "category", "district": "district", "size_class": "size_class"}[dimension]
        merchants = {one.id for one in self.merchants if getattr(one, place) == key}
        batches = {one.id for one in self.batches if dimension == "industry" and key in one.categories}
        there = {one.id for one in self.redemptions if one.merchant_id in merchants}
        return self.issuing_of(batches).redeeming_where(there)
