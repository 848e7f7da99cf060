"""The bench's own T+1 figures, and finding the definition behind a wrong one."""

from datetime import UTC, datetime, timedelta

import pytest

from loadtest.cases.t1_definitions import definitions_that_fit, explanations
from loadtest.cases.t1_figures import Period, figures
from loadtest.cases.t1_rows import (
    Attempt,
    BatchFacts,
    Claim,
    MerchantFacts,
    Redemption,
    Refund,
    Release,
    Rows,
)
from voucher_contract.indicators import INDICATORS

MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)  # 2 March in Beijing
DAY = Period(MIDNIGHT, MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=2))
SO_FAR = Period(None, DAY.ends, DAY.made_at)
LATER = timedelta(days=40)


def claim(number: int, at: datetime, *, person: str, account: str = "", batch: str = "b1", void: bool = False) -> Claim:
    return Claim(f"v{number}", batch, person, account or person, at, at + LATER, void)


def redemption(number: int, at: datetime, *, person: str, merchant: str = "m1", batch: str = "b1") -> Redemption:
    return Redemption(f"r{number}", f"v{number}", batch, person, person, merchant, at, 12_000, 2_000, 500, 3_000, 6_500)


def refund(number: int, at: datetime, amount_fen: int, voucher_fen: int) -> Refund:
    return Refund(f"r{number}", at, amount_fen, amount_fen - voucher_fen, voucher_fen, 0, voucher_fen, False)


ROWS = Rows(
    batches=(BatchFacts("b1", "rd1", 3_000, ("catering",)), BatchFacts("b2", "rd1", 2_000, ("catering", "cars"))),
    merchants=(
        MerchantFacts("m1", "catering", "510681001", "above_quota"),
        MerchantFacts("m2", "cars", "510681002", "below_quota_sample"),
    ),
    releases=(Release("b1", 10, MIDNIGHT - timedelta(hours=20)), Release("b2", 4, MIDNIGHT)),
    attempts=(
        Attempt("b1", "ann", "ann-1", MIDNIGHT), Attempt("b1", "ann", "ann-2", MIDNIGHT),
        Attempt("b1", "bob", "bob", MIDNIGHT), Attempt("b2", "ann", "ann-2", MIDNIGHT + timedelta(hours=17)),
    ),
    claims=(
        claim(1, MIDNIGHT, person="ann", account="ann-1"), claim(2, MIDNIGHT, person="bob", void=True),
        claim(3, MIDNIGHT + timedelta(hours=17), person="ann", account="ann-2", batch="b2"),
        claim(4, MIDNIGHT - timedelta(microseconds=1), person="cis"),
    ),
    redemptions=(
        redemption(1, MIDNIGHT + timedelta(hours=1), person="ann"),
        redemption(3, MIDNIGHT + timedelta(hours=18), person="ann", merchant="m2", batch="b2"),
        redemption(4, MIDNIGHT - timedelta(seconds=5), person="cis"),
    ),
    refunds=(
        refund(1, MIDNIGHT + timedelta(hours=2), 4_000, 1_200),
        refund(1, MIDNIGHT + timedelta(hours=3), 6_000, 1_800),
        refund(4, MIDNIGHT + timedelta(hours=4), 5_000, 1_500),
    ),
)  # fmt: skip


def test_a_day_begins_at_its_midnight_and_ends_before_the_next() -> None:
    day = figures(ROWS, DAY)
    assert (day["issued_vouchers"], day["redemptions"], day["released_vouchers"]) == (3, 2, 4)
    assert figures(ROWS, SO_FAR)["issued_vouchers"] == 4
    assert figures(ROWS, Period(None, MIDNIGHT, MIDNIGHT))["redemptions"] == 1


def test_people_are_distinct_and_refunds_count_on_their_own_day() -> None:
    day = figures(ROWS, DAY)
    assert (day["seekers"], day["claimants"], day["redeemers"], day["merchants"]) == (2, 2, 1, 2)
    assert (day["refund_count"], day["whole_refunds"], day["redemptions_net"]) == (3, 1, 1)
    assert day["withdrawn_discount_fen"] == 2_000
    assert day["order_net_fen"] == 24_000 - 15_000 - 2_000


def test_quotients_are_rounded_half_up_and_need_a_positive_denominator() -> None:
    day = figures(ROWS, DAY)
    assert day["redemption_rate_count_issued_gross"] == 0.6667
    assert day["redemption_rate_count_released_gross"] == 0.5
    assert day["average_order_fen"] == 12_000
    assert figures(Rows((), ()), DAY)["leverage_gross"] is None


def test_lines_of_redeeming_add_up_and_issuing_has_no_district() -> None:
    lines = [ROWS.of_line("district", code) for code in ("510681001", "510681002")]
    assert sum(len(one.redemptions) for one in lines) == len(ROWS.redemptions)
    there = figures(lines[0], DAY, issuing=False)
    assert there["issued_vouchers"] is None
    assert there["claim_rate"] is None
    assert there["redeemed_fen"] == 3_000
    cars = figures(ROWS.of_line("industry", "cars"), DAY)
    assert (cars["issued_vouchers"], cars["redemptions"]) == (1, 1)
    catering = figures(ROWS.of_line("industry", "catering"), DAY)
    assert (catering["issued_vouchers"], catering["redemptions"]) == (3, 1)
    assert figures(ROWS.of_line("round", "rd1"), DAY) == figures(ROWS, DAY)


def test_every_indicator_of_the_contract_but_the_registry_is_recomputed() -> None:
    assert set(figures(ROWS, DAY)) == set(INDICATORS) - {"admitted_merchants"}


def test_without_attempts_only_what_needs_them_is_left_out() -> None:
    blind = Rows(**{**vars(ROWS), "attempts": None})
    missing = set(figures(ROWS, DAY)) - set(figures(blind, DAY))
    assert missing == {"claim_attempts", "seekers", "seeker_success_rate"}


@pytest.mark.parametrize(
    ("indicator", "period", "reported", "definition"),
    [
        ("issued_vouchers", SO_FAR, 4 + 0, None),
        ("issued_vouchers", DAY, 4, "tries"),
        ("issued_vouchers", DAY, 2, "voided_left_out"),
        ("claimants", SO_FAR, 4, "accounts"),
        ("seekers", DAY, 3, "accounts"),
        ("refund_count", DAY, 0, "refunds_omitted"),
        ("refund_count", DAY, 2, "refunds_by_sale"),
        ("redeemed_fen", DAY, 3_000, "whole_refunds_undone"),
        ("redeemed_fen", DAY, 1_500, "gross_or_net"),
        ("redemptions", DAY, 3, "cumulative"),
        ("redemption_rate_count_issued_gross", DAY, 0.5, "released_or_issued"),
        ("order_total_fen", DAY, 20_000, "after_promotion"),
        ("order_total_fen", DAY, 240.0, "yuan"),
        ("redemptions", DAY, 1, "utc_day"),
        ("redemptions", DAY, 77, None),
    ],
)
def test_a_wrong_figure_is_traced_to_the_definition_that_makes_it_true(
    indicator: str, period: Period, reported: float, definition: str | None
) -> None:
    fitting = {one.id for one in definitions_that_fit(reported, indicator, ROWS, period)}
    assert definition in fitting if definition else not fitting


def test_a_line_that_shows_the_total_is_recognised() -> None:
    line = ROWS.of_line("industry", "cars")
    fitting = definitions_that_fit(3, "issued_vouchers", line, DAY, whole=ROWS)
    assert [one.id for one in fitting] == ["total_line"]
    assert all(one.value != 1 for one in explanations(line, DAY)["issued_vouchers"])
