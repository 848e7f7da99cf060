"""The bench's own split of refunds against the contract's table, and its invariants."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from loadtest.lab.orders import Parts, refund_parts


def test_the_table_of_the_contract() -> None:
    assert refund_parts([5_000], paid_fen=7_000, voucher_fen=3_000) == [Parts(3_500, 1_500, 0)]
    thirds = refund_parts([3_333, 3_333, 3_334], paid_fen=7_000, voucher_fen=3_000)
    assert [(one.user_fen, one.voucher_fen) for one in thirds] == [(2_333, 1_000), (2_333, 1_000), (2_334, 1_000)]
    fen = refund_parts([500, 501], paid_fen=1, voucher_fen=1_000)
    assert [(one.user_fen, one.voucher_fen) for one in fen] == [(0, 500), (1, 500)]
    fifty = refund_parts([1] * 50, paid_fen=7_000, voucher_fen=3_000)
    assert (sum(one.user_fen for one in fifty), sum(one.voucher_fen for one in fifty)) == (35, 15)


@given(
    st.integers(1, 100_000), st.integers(1, 100_000), st.integers(0, 50_000),
    st.lists(st.integers(1, 9_999), min_size=1, max_size=20),
)  # fmt: skip
def test_parts_sum_to_the_amount_are_never_negative_and_end_whole(
    paid: int, voucher: int, platform: int, wanted: list[int]
) -> None:
    payable = paid + voucher + platform
    amounts = [one for one, total in zip(wanted, accumulate(wanted), strict=True) if total < payable]
    amounts.append(payable - sum(amounts))
    parts = refund_parts(amounts, paid_fen=paid, voucher_fen=voucher, platform_fen=platform)
    for amount, one in zip(amounts, parts, strict=True):
        assert one.user_fen + one.voucher_fen + one.platform_fen == amount
        assert min(one.user_fen, one.voucher_fen, one.platform_fen) >= 0
    assert sum(one.user_fen for one in parts) == paid
    assert sum(one.voucher_fen for one in parts) == voucher
