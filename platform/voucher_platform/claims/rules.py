"""What decides a claim before any store is asked, and what a voucher is worth. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from voucher_contract import refusals
from voucher_contract.models.campaigns import ClaimArea, RateLimits
from voucher_contract.models.common import Position
from voucher_contract.refusals import Refusal
from voucher_platform.core.distance import metres_between

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BatchTerms:
    """A published batch as the claim path needs it; money in fen. ``issued`` and ``voided`` as last read."""

    id: str
    number: int
    campaign_id: str
    state: str
    face_fen: int
    threshold_fen: int
    resident_districts: frozenset[str]
    claim_opens_at: datetime
    claim_closes_at: datetime
    valid_from: datetime
    valid_until: datetime
    valid_days: int | None
    per_person_limit: int
    rate_limits: RateLimits
    code_mode: str
    claim_area: ClaimArea | None
    quota: int
    issued: int
    voided: int


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A claim as it came in. ``device`` is the one that asks, ``own_device`` the one that signed in."""

    batch_id: str
    account_id: str
    person_id: str
    home: str
    own_device: str
    device: str | None
    address: str
    claim_key: str
    digest: bytes
    position: Position | None = None


def first_refusal(terms: BatchTerms | None, asked: Asked, now: datetime) -> Refusal | None:
    """The first reason to refuse that needs no store, in the contract's order."""
    if terms is None:
        return refusals.UNKNOWN_BATCH
    return _shut(terms, now) or _not_for(terms, asked)


def _shut(terms: BatchTerms, now: datetime) -> Refusal | None:
    if now < terms.claim_opens_at:
        return refusals.NOT_OPEN
    if terms.state == "paused":
        return refusals.PAUSED
    if terms.state == "stopped" or now >= terms.claim_closes_at:
        return refusals.CLOSED
    return None


def _not_for(terms: BatchTerms, asked: Asked) -> Refusal | None:
    if asked.device is not None and asked.device != asked.own_device:
        return refusals.DEVICE_MISMATCH
    if terms.resident_districts and asked.home not in terms.resident_districts:
        return refusals.NOT_ELIGIBLE
    return _out_of_place(terms.claim_area, asked.position)


def _out_of_place(area: ClaimArea | None, position: Position | None) -> Refusal | None:
    """A phone that does not say where it is stays outside: a fence that opens to silence stops nobody."""
    if area is None:
        return None
    if position is None:
        return refusals.POSITION_MISSING
    return refusals.OUTSIDE_AREA if metres_between(area, position) > area.radius_m else None


def validity(terms: BatchTerms, claimed_at: datetime) -> tuple[datetime, datetime]:
    """From when and until when a voucher claimed at ``claimed_at`` can be redeemed."""
    until = terms.valid_until
    if terms.valid_days is not None:
        until = min(until, claimed_at + timedelta(days=terms.valid_days))
    return max(terms.valid_from, claimed_at), until


def to_us(moment: datetime) -> int:
    """Whole microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The moment ``us`` microseconds after 1970, UTC."""
    return _EPOCH + timedelta(microseconds=us)
