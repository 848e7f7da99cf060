"""The live budget check says what the platform will say (S-30)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_console.budget import Budget
from voucher_platform.campaigns.rules import exceeds_free_money

FEN = st.integers(min_value=0, max_value=10**11)


@given(free=FEN, planned=FEN, face=st.integers(1, 10**7), quota=st.integers(1, 10**5))
def test_the_form_and_the_platform_agree_on_what_fits(free: int, planned: int, face: int, quota: int) -> None:
    budget = Budget(received_fen=free, free_fen=free, planned_fen=planned)
    refused = exceeds_free_money(new_fen=face * quota, planned_fen=planned, free_fen=free)
    assert (budget.left_after(face_fen=face, quota=quota) < 0) == refused


@given(free=FEN, planned=FEN, face=st.integers(1, 10**7))
def test_the_most_vouchers_fit_and_one_more_does_not(free: int, planned: int, face: int) -> None:
    budget = Budget(received_fen=free, free_fen=free, planned_fen=planned)
    most = budget.most_vouchers(face)
    if planned <= free:
        assert budget.left_after(face_fen=face, quota=most) >= 0
    assert budget.left_after(face_fen=face, quota=most + 1) < 0


def test_nothing_can_be_planned_when_drafts_hold_it_all() -> None:
    assert Budget(100, 100, 120).available_fen == 0


@pytest.mark.parametrize(("face", "most"), [(3_000, 33), (0, 0)])
def test_a_quota_that_fits_is_suggested(face: int, most: int) -> None:
    assert Budget(100_000, 100_000, 0).most_vouchers(face) == most
