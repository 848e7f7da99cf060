"""Differences, quotients and the shape of the T+1 report, without a database."""

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_contract.indicators import INDICATORS
from voucher_contract.indicators.kinds import EVERYWHERE
from voucher_platform.reports.rules import Cell, Line, finish, rounded_quotient


@given(st.integers(-(10**13), 10**13), st.integers(1, 10**13), st.sampled_from([0, 4]))
def test_quotient_is_rounded_half_up_as_decimal_arithmetic_does(above: int, below: int, decimals: int) -> None:
    # 60 digits: the default 28 would round once before the rounding under test.
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(above * 10**decimals) // 1
    quotient, rest = divmod(abs(int(exact)), below)
    expected = quotient + (1 if rest * 2 >= below else 0)
    assert rounded_quotient(above, below, decimals=decimals) == float(expected * step) * (1 if above >= 0 else -1)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(1, 3, 0.3333), (2, 3, 0.6667), (1, 20_000, 0.0001), (1, 20_001, 0.0), (-1, 20_000, -0.0001), (10, 3, 3.3333)],
)
def test_a_half_is_rounded_up(above: int, below: int, expected: float) -> None:
    assert rounded_quotient(above, below, decimals=4) == expected
    assert expected == float((Decimal(above) / below).quantize(Decimal("0.0001"), ROUND_HALF_UP))


@pytest.mark.parametrize("below", [0, -5])
def test_there_is_no_quotient_without_a_positive_denominator(below: int) -> None:
    assert rounded_quotient(7, below, decimals=4) is None


def test_threshold_used_exactly_gives_the_textbook_leverage() -> None:
    counted = {"order_total_fen": 10_000, "redeemed_fen": 3_000, "redemptions": 1}
    cells = [Cell("total", "total", "day", name, number) for name, number in counted.items()]
    day = finish([Line("total", "total", "合计")], cells)[0]
    assert day.values["leverage_gross"] == 3.3333
    assert day.values["average_order_fen"] == 10_000


def test_an_order_refunded_whole_leaves_nothing_in_the_net_figures() -> None:
    counted = {
        "order_total_fen": 11_000, "merchant_discount_fen": 1_000, "redeemed_fen": 3_000, "redemptions": 1,
        "refund_order_fen": 10_000, "refund_voucher_fen": 3_000, "whole_refunds": 1, "withdrawn_discount_fen": 1_000,
    }  # fmt: skip
    cells = [Cell("total", "total", "day", name, number) for name, number in counted.items()]
    values = finish([Line("total", "total", "合计")], cells)[0].values
    assert (values["order_net_fen"], values["redeemed_net_fen"], values["redemptions_net"]) == (0, 0, 0)
    assert values["leverage_net"] is None


def test_every_line_has_every_indicator_and_issuing_has_no_district() -> None:
    rows = finish([Line(dimension, "key", "名") for dimension in EVERYWHERE], [])
    assert len(rows) == 2 * len(EVERYWHERE)
    for row in rows:
        assert list(row.values) == list(INDICATORS)
        issuing = row.dimension in ("total", "industry", "batch", "round")
        assert (row.values["issued_vouchers"] is not None) == issuing
        assert row.values["redemptions"] == 0


def test_formulas_name_only_indicators_that_exist_where_they_are_used() -> None:
    for indicator in INDICATORS.values():
        for needed in (*(indicator.quotient or ()), *(name for _, name in indicator.parts)):
            assert set(indicator.dimensions) <= set(INDICATORS[needed].dimensions), (indicator.name, needed)
            assert set(indicator.periods) <= set(INDICATORS[needed].periods), (indicator.name, needed)


def test_every_indicator_has_both_titles_both_formulas_and_one_name() -> None:
    titles = [x.definition.title_zh for x in INDICATORS.values()]
    assert len(titles) == len(set(titles))
    for indicator in INDICATORS.values():
        definition = indicator.definition
        assert all((definition.title_en, definition.formula_zh, definition.formula_en))


def test_a_formula_is_words_and_names_columns_only_at_its_end_for_auditors() -> None:
    for name, indicator in INDICATORS.items():
        for formula, mark in (
            (indicator.definition.formula_zh, "（数据来源："), (indicator.definition.formula_en, " (data: "),
        ):  # fmt: skip
            words, marked, source = formula.rpartition(mark)
            assert marked, name
            assert re.search(r"[a-z]", source), name
            assert not re.search(r"[a-z]_[a-z]|[a-z]\.[a-z]|[{}]", words), (name, words)
