"""Money and times as officers type and read them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_console.figures import (
    BadInput,
    count_of,
    fen_of,
    field_moment,
    field_second,
    moment,
    moment_of,
    points_of,
    share,
    yuan,
)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (1, "¥0.01"), (123_456, "¥1,234.56"), (86_000_000, "¥860,000.00"), (-5, "-¥0.05")],
)
def test_fen_are_shown_as_yuan_exact_to_the_fen(fen: int, text: str) -> None:
    assert yuan(fen) == text


@given(st.integers(min_value=0, max_value=10**13))
def test_what_is_shown_as_yuan_is_read_back_as_the_same_fen(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("30", 3_000), ("30.5", 3_050), (" 1,234.05 ", 123_405), ("1，000", 100_000)]
)
def test_yuan_may_be_typed_with_separators_and_up_to_two_decimals(text: str, fen: int) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize("text", ["", "-1", "1.005", "1,23", "abc", "1e3", "3 0", "٣"])
def test_anything_else_is_refused_rather_than_rounded(text: str) -> None:
    with pytest.raises(BadInput):
        fen_of(text)


@pytest.mark.parametrize("text", ["", "1.0", "-3", "1,0"])
def test_a_number_of_vouchers_is_a_whole_number(text: str) -> None:
    with pytest.raises(BadInput):
        count_of(text)


def test_times_are_shown_and_typed_on_beijings_clock() -> None:
    at = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
    assert moment(at) == "2026-01-01 10:00:00"
    assert moment_of(field_moment(at)) == at


def test_a_share_of_nothing_is_a_dash() -> None:
    assert (share(1, 3), share(0, 0)) == ("33.3%", "—")


def test_a_receipt_is_shown_and_typed_to_the_second() -> None:
    at = datetime(2025, 12, 17, 9, 0, 1, tzinfo=UTC)
    assert field_second(at) == "2025-12-17T17:00:01"
    assert moment_of(field_second(at)) == at


@pytest.mark.parametrize(("text", "points"), [("28", 28), (" 26.50 ", 26.5), ("-1", -1), ("２６．５", 26.5)])
def test_points_are_read_as_typed_and_their_range_is_left_to_the_notice(text: str, points: float) -> None:
    assert points_of(text) == points


@pytest.mark.parametrize("text", ["", "二十", "nan", "1e1", "26,5", "?", "1" * 7])
def test_what_is_no_number_is_no_score(text: str) -> None:
    with pytest.raises(BadInput):
        points_of(text)
