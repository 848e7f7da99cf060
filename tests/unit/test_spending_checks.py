"""C12, C13, C20 at their edges: redemptions, refunds, the rules at the till."""

from dataclasses import replace

import pytest

from loadtest.checks.facts import Facts, Till
from tests.hand_histories import BATCH, REFUSED, Told, claim, count, facts_with, lost, redeem, refund, void

TILLS = (Till("m-1", "catering", "510681001"), Till("m-2", "fuel", "510681101"))


def denied(key: int, invoke: int, reply: int, of: int, code: str = "already_redeemed", **words: int) -> Told:
    """A redemption that was refused."""
    return redeem(key, invoke, reply, of=of, outcome=REFUSED, code=code, result="", **words)


def regime(name: str) -> Facts:
    """Facts with another refund regime."""
    return facts_with(refund_regime=name)


def test_a_voucher_is_redeemed_once() -> None:
    assert count("C12", redeem(1, 0, 1, of=1), redeem(2, 0, 1, of=2)) == 0
    assert count("C12", redeem(1, 0, 1, of=1), redeem(2, 0, 1, of=1)) == 1
    assert count("C12", redeem(1, 0, 1, of=1), redeem(1, 2, 3, of=1)) == 0, "the same key"
    assert count("C12", redeem(1, 0, 1, of=1), redeem(2, 0, None, of=1)) == 0


@pytest.mark.parametrize(("name", "violations"), [("A", 0), ("A_PRIME", 0), ("C", 0), ("B", 1)])
def test_a_whole_refund_gives_the_voucher_back_where_the_regime_says_so(name: str, violations: int) -> None:
    whole = (redeem(1, 0, 1, of=1), refund(5, 2, 3, of=1, amount=10_000, value=3_000), redeem(2, 4, 5, of=1))
    assert count("C12", *whole, facts=regime(name)) == violations


def test_a_partial_refund_uses_the_voucher_up() -> None:
    partial = (redeem(1, 0, 1, of=1), refund(5, 2, 3, of=1, amount=9_999), redeem(2, 4, 5, of=1))
    assert count("C12", *partial, facts=regime("A")) == 1
    lost_whole = (redeem(1, 0, 1, of=1), refund(5, 2, None, of=1, amount=10_000), redeem(2, 4, 5, of=1))
    assert count("C12", *lost_whole, facts=regime("A")) == 0, "it may have been taken back whole"


def test_a_voucher_is_spent_only_while_it_lives() -> None:
    assert count("C12", claim(1, 5, 6), redeem(2, 3, 5, of=1)) == 0
    assert count("C12", claim(1, 5, 6), redeem(2, 3, 4, of=1)) == 1
    assert count("C12", claim(1, 0, 1), void(9, 2, 4, of=1), redeem(2, 4, 6, of=1)) == 0
    assert count("C12", claim(1, 0, 1), void(9, 2, 4, of=1), redeem(2, 5, 6, of=1)) == 1
    assert count("C12", claim(1, 0, 1), void(9, 2, None, of=1), redeem(2, 5, 6, of=1)) == 0


def test_already_redeemed_needs_a_redemption_that_may_have_been() -> None:
    assert count("C12", denied(1, 0, 3, of=1)) == 1
    assert count("C12", denied(1, 0, 3, of=1), redeem(2, 3, 4, of=1)) == 0
    assert count("C12", denied(1, 0, 3, of=1), redeem(2, 4, 5, of=1)) == 1
    assert count("C12", denied(1, 0, 3, of=1), redeem(2, 1, None, of=1)) == 0


def test_refunds_never_exceed_the_order() -> None:
    order = redeem(1, 0, 1, of=1)
    assert count("C13", order, refund(5, 2, 3, of=1, amount=4_000), refund(6, 2, 3, of=1, amount=6_000)) == 0
    assert count("C13", order, refund(5, 2, 3, of=1, amount=4_000), refund(6, 2, 3, of=1, amount=6_001)) == 1
    assert count("C13", order, refund(5, 2, 3, of=1, amount=4_000), refund(6, 2, None, of=1, amount=6_001)) == 0
    assert count("C13", refund(5, 2, 3, of=1, amount=99_999)) == 0, "nothing is known of the order"


def test_two_refunds_have_two_numbers() -> None:
    order = redeem(1, 0, 1, of=1)
    assert count("C13", order, refund(5, 2, 3, of=1, amount=10), refund(6, 2, 3, of=1, amount=10, result="f5")) == 1
    assert count("C13", order, refund(5, 2, 3, of=1, amount=10), refund(5, 4, 5, of=1, amount=10)) == 0


def test_category_and_district_bind_at_the_till() -> None:
    facts = facts_with(categories=("catering",), districts=("510681001",), tills=TILLS)
    assert count("C20", redeem(1, 0, 1, of=1, person=0), facts=facts) == 0
    assert count("C20", redeem(1, 0, 1, of=1, person=1), facts=facts) == 2, "neither covers it"
    assert count("C20", denied(1, 0, 1, 1, "category_not_covered", person=1), facts=facts) == 0
    assert count("C20", denied(1, 0, 1, 1, "category_not_covered", person=0), facts=facts) == 1
    assert count("C20", denied(1, 0, 1, 1, "district_not_covered", person=0), facts=facts) == 1
    everywhere = facts_with(categories=("fuel", "catering"), tills=TILLS)
    assert count("C20", redeem(1, 0, 1, of=1, person=1), facts=everywhere) == 0, "no district named: the whole city"
    assert count("C20", redeem(1, 0, None, of=1, person=1), facts=facts) == 0


def test_the_threshold_is_met_exactly_at_the_threshold() -> None:
    facts = facts_with(categories=("catering",), tills=TILLS)
    assert count("C20", redeem(1, 0, 1, of=1, amount=10_000), facts=facts) == 0
    assert count("C20", redeem(1, 0, 1, of=1, amount=9_999), facts=facts) == 1
    assert count("C20", denied(1, 0, 1, 1, "below_threshold", amount=9_999), facts=facts) == 0
    assert count("C20", denied(1, 0, 1, 1, "below_threshold", amount=10_000), facts=facts) == 1


def test_running_totals_decide_what_comes_back() -> None:
    """The contract's own examples (S-54): 3333, 3333 and 3334 of an order of 10000 with a voucher of 3000."""
    order = redeem(1, 0, 1, of=1)
    thirds = [refund(5 + n, 2, 3, of=1, amount=fen, value=1_000) for n, fen in enumerate((3_333, 3_333, 3_334))]
    assert count("C20", order, *thirds) == 0
    fifty = [refund(5 + n, 2, 3, of=1, amount=1, value=0) for n in range(50)]
    assert count("C20", order, *fifty) == 1, "each rounded for itself: 50 to the user, and nothing of the voucher"
    right = [replace(one, value=int(n < 15)) for n, one in enumerate(fifty)]
    assert count("C20", order, *right) == 0
    assert count("C20", order, *right[:-1], replace(fifty[-1], reply=None, outcome=lost(0, 0).outcome)) == 0


def test_what_a_refund_gives_back_depends_on_the_regime() -> None:
    order, half = redeem(1, 0, 1, of=1), refund(5, 2, 3, of=1, amount=5_000, value=0)
    assert count("C20", order, half, facts=regime("A")) == 0
    assert count("C20", order, half, facts=regime("A_PRIME")) == 1
    assert count("C20", order, replace(half, value=1_500), facts=regime("A_PRIME")) == 0
    whole = refund(5, 2, 3, of=1, amount=10_000, value=BATCH.face_fen)
    assert count("C20", order, whole, facts=regime("A")) == 0
    assert count("C20", order, replace(whole, value=0), facts=regime("B")) == 1
