"""C14, C15, C16 at their edges: the platform's own figures against the history."""

from dataclasses import replace

import pytest

from loadtest.checks.facts import Facts, MoneyAtRest, ReportedRow, ReportedTotal
from loadtest.history.record import Kind
from tests.hand_histories import Told, claim, count, facts_with, lost, redeem, refund, void

TWO = (claim(1, 0, 1), claim(2, 0, 1))


def money(held: int, redeemed: int = 0, **words: int) -> Facts:
    """What the platform shows at rest, in fen."""
    return facts_with(money=(MoneyAtRest(0, held, redeemed, **words),))


def read(value: int, invoke: int, reply: int) -> Told:
    """So many were said to remain."""
    return Told(Kind.READ_REMAINING, 80, invoke, reply, value=value)


def rows(*ids: str, kind: str = "voucher") -> Facts:
    """The platform's whole list of a kind."""
    listed = tuple(ReportedRow(kind, one, 0) for one in ids)  # type: ignore[arg-type]
    return facts_with(rows=listed, listed=(kind,))


def total(figure: str, value: int, *parts: int) -> Facts:
    """One figure of the platform's report."""
    return facts_with(totals=(ReportedTotal(figure, value, 0, parts),))


def test_every_face_is_in_some_bucket() -> None:
    assert count("C14", *TWO, facts=money(6_000)) == 0
    assert count("C14", *TWO, facts=money(3_000, 3_000)) == 0
    assert count("C14", *TWO, facts=money(5_999)) == 1
    assert count("C14", *TWO, facts=money(6_001)) == 1
    assert count("C14", *TWO, facts=money(0, expired_fen=6_000)) == 0


def test_unknown_claims_and_voids_widen_what_the_money_may_be() -> None:
    assert count("C14", *TWO, lost(3, 0), facts=money(9_000)) == 0
    assert count("C14", *TWO, lost(3, 0), facts=money(9_001)) == 1
    assert count("C14", *TWO, void(9, 2, None, of=1), facts=money(3_000)) == 0
    assert count("C14", *TWO, void(9, 2, 3, of=1), facts=money(3_000)) == 0
    assert count("C14", *TWO, void(9, 2, 3, of=1), facts=money(6_000)) == 1


def test_what_refunds_gave_back_is_gone_from_the_batch() -> None:
    told = (*TWO, redeem(4, 2, 3, of=1), refund(5, 4, 5, of=4, amount=5_000, value=1_500))
    assert count("C14", *told, facts=money(3_000, 1_500)) == 0
    assert count("C14", *told, facts=money(3_000, 3_000)) == 1, "the money was said to be back"
    owed = money(3_000, settled_fen=1_500, owed_by_merchants_fen=1_500)
    assert count("C14", *told, facts=owed) == 0, "the merchant still owes it"


def test_a_voucher_that_was_given_back_is_held_again() -> None:
    told = (*TWO, redeem(4, 2, 3, of=1), refund(5, 4, 5, of=4, amount=10_000, value=3_000))
    regime_a = replace(money(6_000), batches=facts_with(refund_regime="A").batches)
    assert count("C14", *told, facts=regime_a) == 0
    assert count("C14", *told, facts=money(6_000)) == 1, "under regime B it is used up"


def test_a_remaining_number_fits_some_instant_of_its_reading() -> None:
    assert count("C15", claim(1, 0, 2), read(2, 0, 1)) == 0
    assert count("C15", claim(1, 0, 2), read(1, 0, 1)) == 0
    assert count("C15", claim(1, 0, 2), read(0, 0, 1)) == 1
    assert count("C15", claim(1, 0, 2), read(2, 3, 4)) == 1
    assert count("C15", claim(1, 0, 2), read(2, 3, 4), facts=facts_with(reopen_delay_ns=1)) == 0, "as old as may be"
    assert count("C15", claim(1, 0, 2), lost(2, 0), read(0, 3, 4)) == 0
    assert count("C15", claim(1, 0, 1), void(9, 2, 5, of=1), read(2, 3, 4)) == 0
    assert count("C15", claim(1, 0, 1), void(9, 2, 5, of=1), read(1, 6, 7)) == 1


def test_what_was_acknowledged_is_listed() -> None:
    assert count("C16", *TWO, facts=rows("v1", "v2")) == 0
    assert count("C16", *TWO, facts=rows("v1")) == 1
    assert count("C16", redeem(4, 2, 3, of=1), facts=rows("r4", kind="redemption")) == 0
    assert count("C16", redeem(4, 2, 3, of=1), facts=rows(kind="redemption")) == 1
    assert count("C16", lost(1, 0), facts=rows()) == 0


def test_what_is_listed_has_a_cause() -> None:
    assert count("C16", *TWO, facts=rows("v1", "v2", "v3")) == 1
    assert count("C16", *TWO, lost(3, 0), facts=rows("v1", "v2", "v3")) == 0
    assert count("C16", *TWO, lost(3, 0), facts=rows("v1", "v2", "v3", "v4")) == 1


@pytest.mark.parametrize(
    ("figure", "least", "most"),
    [("issued_vouchers", 2, 3), ("redemptions", 1, 2), ("redeemed_fen", 3_000, 6_000), ("refund_order_fen", 500, 500)],
)
def test_a_figure_of_the_report_lies_between_the_certain_and_the_possible(figure: str, least: int, most: int) -> None:
    told = (
        *TWO, lost(3, 0), redeem(4, 2, 3, of=1), redeem(6, 2, None, of=2), refund(5, 4, 5, of=4, amount=500, value=150),
    )  # fmt: skip
    for value, violations in ((least - 1, 1), (least, 0), (most, 0), (most + 1, 1)):
        assert count("C16", *told, facts=total(figure, value)) == violations


def test_a_total_is_the_sum_of_its_lines() -> None:
    assert count("C16", facts=total("merchants", 5, 2, 3)) == 0
    assert count("C16", facts=total("merchants", 5, 2, 4)) == 1
