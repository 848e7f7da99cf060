"""What decides a claim before any store is asked."""

from datetime import timedelta

import pytest

from tests.builders import NOON
from voucher_contract import refusals
from voucher_contract.models.campaigns import ClaimArea, RateLimits
from voucher_contract.models.common import Position
from voucher_platform.claims.rules import Asked, BatchTerms, first_refusal
from voucher_platform.core.distance import metres_between

CENTRE = ClaimArea(latitude=30.98, longitude=104.28, radius_m=1_000)
TERMS = BatchTerms(
    id="b", number=1, campaign_id="c", state="live", face_fen=1_000, threshold_fen=2_000,
    resident_districts=frozenset(),
    claim_opens_at=NOON - timedelta(hours=1), claim_closes_at=NOON + timedelta(hours=1), valid_from=NOON,
    valid_until=NOON + timedelta(days=1), valid_days=None, per_person_limit=1, rate_limits=RateLimits(),
    code_mode="static", claim_area=CENTRE, quota=1, issued=0, voided=0,
)  # fmt: skip


def asked_at(position: Position | None) -> Asked:
    return Asked("b", "a", "p", "510681001", "d", None, "127.0.0.1", "k" * 16, b"", position)


def north_by(metres: float) -> Position:
    """One degree of latitude is about 111,195 m on the sphere that the rule measures on."""
    return Position(latitude=30.98 + metres / 111_195, longitude=104.28)


def test_a_fence_stays_shut_for_a_phone_that_says_nothing() -> None:
    assert first_refusal(TERMS, asked_at(None), NOON) is refusals.POSITION_MISSING


@pytest.mark.parametrize(("metres", "refusal"), [(0, None), (995, None), (1_005, refusals.OUTSIDE_AREA)])
def test_the_fence_stands_at_its_radius(metres: float, refusal: refusals.Refusal | None) -> None:
    assert first_refusal(TERMS, asked_at(north_by(metres)), NOON) is refusal


def test_distance_is_that_of_the_great_circle() -> None:
    guanghan, chengdu = (Position(latitude=30.977, longitude=104.282), Position(latitude=30.657, longitude=104.066))
    assert metres_between(guanghan, chengdu) == pytest.approx(41_165, rel=0.005)
    assert metres_between(guanghan, guanghan) == 0


def test_before_opening_nobody_is_asked_where_they_are() -> None:
    assert first_refusal(TERMS, asked_at(None), NOON - timedelta(hours=2)) is refusals.NOT_OPEN
