"""Refund arithmetic: sums are exact, the running total decides, and each regime ends the voucher its way."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_contract import refusals
from voucher_contract.models.common import RefundRegime
from voucher_platform.refunds.rules import Asked, Ending, Parts, Term, end, judge, split_refund, split_total

NOW = datetime(2026, 2, 10, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 10, 16, tzinfo=UTC)
TERM = Term(NOW - timedelta(days=5), NOW + timedelta(days=5), NOW, MIDNIGHT, campaign_open=True)
REGIMES: tuple[RefundRegime, ...] = ("A", "A_PRIME", "B", "C")
ORDERS = st.builds(
    Parts, user_fen=st.integers(1, 10**7), voucher_fen=st.integers(1, 10**6), platform_fen=st.integers(0, 10**6)
)
regimes = st.sampled_from(REGIMES)


def total_fen(parts: Parts) -> int:
    return parts.user_fen + parts.voucher_fen + parts.platform_fen


@st.composite
def orders_in_pieces(draw: st.DrawFn) -> tuple[Parts, list[int]]:
    """An order and up to 50 refunds that take back all of it."""
    order = draw(ORDERS)
    whole = total_fen(order)
    cuts = draw(st.lists(st.integers(1, whole), max_size=49, unique=True).map(sorted))
    edges = [0, *[cut for cut in cuts if cut < whole], whole]
    return order, [high - low for low, high in itertools.pairwise(edges)]


def splits(order: Parts, amounts: list[int]) -> list[Parts]:
    refunded, made = 0, []
    for amount in amounts:
        made.append(split_refund(refunded, amount, order))
        refunded += amount
    return made


@given(orders_in_pieces())
def test_each_refund_splits_exactly_and_nobody_pays(case: tuple[Parts, list[int]]) -> None:
    order, amounts = case
    for amount, parts in zip(amounts, splits(order, amounts), strict=True):
        assert total_fen(parts) == amount
        assert min(parts.user_fen, parts.voucher_fen, parts.platform_fen) >= 0


@given(orders_in_pieces())
def test_the_whole_in_pieces_gives_everyone_exactly_their_part(case: tuple[Parts, list[int]]) -> None:
    order, amounts = case
    made = splits(order, amounts)
    assert sum(parts.user_fen for parts in made) == order.user_fen
    assert sum(parts.voucher_fen for parts in made) == order.voucher_fen
    assert sum(parts.platform_fen for parts in made) == order.platform_fen


@given(ORDERS, st.data())
def test_it_does_not_matter_in_how_many_refunds_an_amount_is_taken_back(order: Parts, data: st.DataObject) -> None:
    amount = data.draw(st.integers(1, total_fen(order)))
    first = data.draw(st.integers(1, amount))
    made = splits(order, [first, amount - first])
    together = split_total(amount, order)
    assert sum(parts.user_fen for parts in made) == together.user_fen
    assert sum(parts.voucher_fen for parts in made) == together.voucher_fen


@given(ORDERS, st.data())
def test_the_user_gets_the_share_they_paid_to_half_a_fen(order: Parts, data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, total_fen(order)))
    user = split_total(amount, order).user_fen
    doubled_error = 2 * amount * order.user_fen - 2 * user * total_fen(order)
    assert -total_fen(order) <= doubled_error < total_fen(order)


def test_fifty_refunds_of_one_fen_give_the_user_thirty_five_not_fifty() -> None:
    order = Parts(user_fen=7_000, voucher_fen=3_000, platform_fen=0)
    made = splits(order, [1] * 50)
    assert sum(parts.user_fen for parts in made) == 35
    assert sum(parts.voucher_fen for parts in made) == 15


def test_the_last_refund_takes_the_residue() -> None:
    order = Parts(user_fen=7_000, voucher_fen=3_000, platform_fen=0)
    assert [parts.user_fen for parts in splits(order, [3_333, 3_333, 3_334])] == [2_333, 2_333, 2_334]


@given(orders_in_pieces(), regimes)
def test_the_fund_never_gets_back_more_than_the_voucher(case: tuple[Parts, list[int]], regime: RefundRegime) -> None:
    order, amounts = case
    whole = len(amounts) == 1
    endings = [
        end(regime, whole=whole, voucher_part_fen=parts.voucher_fen, term=TERM) for parts in splits(order, amounts)
    ]
    back = sum(ending.fund_fen for ending in endings)
    assert back == (0 if regime == "A" and not whole else order.voucher_fen)


@given(regimes, st.integers(0, 10**6))
def test_a_partial_refund_uses_the_voucher_up_under_every_regime(regime: RefundRegime, part: int) -> None:
    ending = end(regime, whole=False, voucher_part_fen=part, term=TERM)
    assert ending == Ending("used_up", 0 if regime == "A" else part, TERM.valid_from)
    assert not ending.reverses


@pytest.mark.parametrize("regime", ["A", "A_PRIME"])
def test_a_whole_refund_gives_the_voucher_back_at_once(regime: RefundRegime) -> None:
    ending = end(regime, whole=True, voucher_part_fen=3_000, term=TERM)
    assert ending == Ending("issued", 3_000, TERM.valid_from)
    assert ending.reverses


def test_under_b_a_whole_refund_uses_the_voucher_up_and_its_money_goes_back() -> None:
    assert end("B", whole=True, voucher_part_fen=3_000, term=TERM) == Ending("used_up", 3_000, TERM.valid_from)


def test_under_c_the_voucher_is_valid_again_from_the_next_day() -> None:
    assert end("C", whole=True, voucher_part_fen=3_000, term=TERM) == Ending("issued", 3_000, MIDNIGHT)


@pytest.mark.parametrize(
    ("regime", "term"),
    [
        ("A", replace(TERM, valid_until=NOW)),
        ("A_PRIME", replace(TERM, valid_until=NOW)),
        ("C", replace(TERM, valid_until=MIDNIGHT)),
        ("A", replace(TERM, campaign_open=False)),
    ],
    ids=["A after its time", "A_PRIME after its time", "C on its last day", "campaign closed"],
)
def test_a_voucher_nobody_could_use_expires_instead(regime: RefundRegime, term: Term) -> None:
    ending = end(regime, whole=True, voucher_part_fen=3_000, term=term)
    assert ending == Ending("expired", 3_000, TERM.valid_from)
    assert ending.reverses


ASKED = Asked(
    amount_fen=1_000, payable_fen=10_000, refunded_fen=9_000, refund_count=49, redeemed_at=NOW - timedelta(days=6),
    refund_days=7, now=NOW,
)  # fmt: skip


def test_the_last_allowed_refund_is_allowed() -> None:
    assert judge(ASKED) is None


def test_of_several_faults_the_first_is_said() -> None:
    too_many = replace(ASKED, refund_count=50)
    too_large = replace(too_many, amount_fen=1_001)
    too_late = replace(too_large, refund_days=6)
    assert judge(too_late) is refusals.CLOSED
    assert judge(too_large) is refusals.REFUND_TOO_LARGE
    assert judge(too_many) is refusals.TOO_MANY_REFUNDS


def test_zero_refund_days_mean_never() -> None:
    assert judge(replace(ASKED, refund_days=0, now=ASKED.redeemed_at)) is refusals.CLOSED
