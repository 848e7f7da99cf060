"""The reasons against a redemption, one table in the contract's order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from voucher_contract import refusals, routes
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_contract.refusals import Refusal
from voucher_platform.redemptions.rules import JUDGEMENTS, Facts, fault_of_payment, fault_of_request, judge

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
GOOD = Facts(
    state="issued", payer_is_holder=True, valid_from=NOW - A_DAY, valid_until=NOW + A_DAY, now=NOW,
    categories=("catering",), districts=("510681001",), threshold_fen=10_000, code_is_fresh=True, merchant_id="mer_1",
    suspended=False, admitted=True, category="catering", district="510681001", till_owner="mer_1", in_store=True,
    payable_fen=10_000, excluded_goods_fen=0, order_used=False,
)  # fmt: skip

# Later faults stay in place while earlier ones are repaired, so the table proves which reason is said first.
FAULTS: tuple[tuple[Refusal, dict[str, Any]], ...] = (
    (refusals.UNKNOWN_VOUCHER, {"state": None}),
    (refusals.WRONG_HOLDER, {"payer_is_holder": False}),
    (refusals.FROZEN, {"state": "frozen"}),
    (refusals.VOIDED, {"state": "void"}),
    (refusals.NOT_YET_VALID, {"valid_from": NOW + timedelta(seconds=1)}),
    (refusals.EXPIRED, {"valid_until": NOW}),
    (refusals.ALREADY_REDEEMED, {"state": "redeemed"}),
    (refusals.MERCHANT_SUSPENDED, {"suspended": True}),
    (refusals.NOT_ADMITTED, {"admitted": False}),
    (refusals.CATEGORY_NOT_COVERED, {"category": "cars"}),
    (refusals.DISTRICT_NOT_COVERED, {"district": "510681117"}),
    (refusals.TILL_NOT_OF_MERCHANT, {"till_owner": "mer_2"}),
    (refusals.NOT_IN_STORE, {"in_store": False}),
    (refusals.BELOW_THRESHOLD, {"payable_fen": 9_999}),
    (refusals.EXCLUDED_GOODS, {"excluded_goods_fen": 1}),
    (refusals.CODE_STALE, {"code_is_fresh": False}),
    (refusals.ORDER_ALREADY_USED, {"order_used": True}),
)


def test_the_rules_stand_in_the_order_of_the_contract() -> None:
    # Risk rules are asked after all of them (`risk_rules`), which is their place in the contract's order, too.
    assert routes.REDEEM.refusals[-1] is refusals.GUARDED
    of_the_order = tuple(refusal for refusal in routes.REDEEM.refusals if refusal is not refusals.GUARDED)
    assert tuple(refusal for refusal, _ in JUDGEMENTS) == of_the_order
    assert tuple(refusal for refusal, _ in FAULTS) == of_the_order


def test_an_order_without_fault_may_use_its_voucher() -> None:
    assert judge(GOOD) is None


@pytest.mark.parametrize(("refusal", "fault"), FAULTS, ids=[refusal.code for refusal, _ in FAULTS])
def test_each_fault_alone_is_said(refusal: Refusal, fault: dict[str, Any]) -> None:
    assert judge(replace(GOOD, **fault)) is refusal


@pytest.mark.parametrize("first", range(len(FAULTS)), ids=[refusal.code for refusal, _ in FAULTS])
def test_of_several_faults_the_first_is_said(first: int) -> None:
    facts = GOOD
    for _, fault in reversed(FAULTS[first:]):
        facts = replace(facts, **fault)
    assert judge(facts) is FAULTS[first][0]


@pytest.mark.parametrize("state", ["redeemed", "used_up"])
def test_a_spent_voucher_is_already_redeemed(state: str) -> None:
    assert judge(replace(GOOD, state=state)) is refusals.ALREADY_REDEEMED


def test_a_swept_voucher_is_expired() -> None:
    assert judge(replace(GOOD, state="expired")) is refusals.EXPIRED


def test_no_district_named_means_the_whole_city() -> None:
    assert judge(replace(GOOD, districts=(), district="510681117")) is None


def test_the_threshold_is_met_exactly_after_the_excluded_goods() -> None:
    assert judge(replace(GOOD, payable_fen=10_500, excluded_goods_fen=500)) is None


@pytest.mark.parametrize(
    ("total", "promotion", "matching", "fault"),
    [
        (10_000, 0, 0, None),
        (10_000, 10_000, 0, "merchant_discount_fen"),
        (10_000, 10_001, 0, "merchant_discount_fen"),
        (10_000, 0, 6_999, None),
        (10_000, 0, 7_000, "platform_discount_fen"),
        (12_000, 2_000, 7_000, "platform_discount_fen"),
    ],
)
def test_discounts_leave_the_user_at_least_one_fen(
    total: int, promotion: int, matching: int, fault: str | None
) -> None:
    spec = RedemptionSpec(
        code="ABCDEFGH", order_no="1", till_number="T-01", order_total_fen=total, merchant_discount_fen=promotion,
        platform_discount_fen=matching,
    )  # fmt: skip
    assert (fault_of_request(spec) or fault_of_payment(spec, face_fen=3_000)) == fault
