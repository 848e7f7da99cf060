"""Folds over a campaign's books find what does not add up."""

from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation, Fold, judge


def exchange(number: int, value: dict[str, Any]) -> Exchange:
    return Exchange(
        number=number, operation="get_money", who="auditor-1", method="GET", path="/", request_headers={},
        request_body=b"", t_invoke_ns=0, t_reply_ns=1, status=200, reply_headers={}, reply_body=b"", sent=True,
        outcome="ok", code=None, value=value,
    )  # fmt: skip


def statement(number: int, *, free: int, lines: int = 400) -> Exchange:
    zeros = {
        "redeemed_unsettled_fen": 0, "settled_fen": 0, "owed_by_merchants_fen": 0, "return_in_transit_fen": 0,
        "returned_fen": 0, "held_fen": 0,
    }  # fmt: skip
    buckets = {**zeros, "received_fen": 1_000, "free_fen": free, "reserved_fen": 400}
    return exchange(number, {"buckets": buckets, "batches": [{**zeros, "reserved_fen": lines}]})


def transfer(number: int, debit: str, credit: str, amount_fen: int) -> dict[str, Any]:
    return {"id": number, "debit": debit, "credit": credit, "amount_fen": amount_fen}


def folded(fold: str, *exchanges: Exchange, **given: Any) -> Any:
    numbers = tuple(one.number for one in exchanges)
    return judge(Expectation(Fold(numbers, fold, given), "eq", None, "", ""), exchanges).left


PAGES = (
    exchange(0, {"items": [transfer(1, "source:c", "free:c", 1_000)]}),
    exchange(1, {"items": [transfer(2, "free:c", "reserved:b", 400), transfer(3, "free:c", "fees:v", 10)]}),
)


def test_a_fee_on_the_side_breaks_the_identity() -> None:
    assert folded("identity_differences", statement(0, free=600), statement(1, free=590)) == [1]


def test_lines_that_are_not_the_buckets_are_named() -> None:
    assert folded("batch_differences", statement(0, free=600)) == []
    assert folded("batch_differences", statement(0, free=600, lines=399)) == ["reserved_fen"]


def test_balances_come_from_single_transfers() -> None:
    assert folded("money_in_accounts", *PAGES) == 1_000
    assert folded("account_balance", *PAGES, kind="free") == 590
    assert folded("account_balance", *PAGES, kind="held") == 0


def test_a_transfer_that_changed_or_went_missing_is_found() -> None:
    later = exchange(2, {"items": [transfer(1, "source:c", "free:c", 999), transfer(2, "free:c", "reserved:b", 400)]})
    assert folded("transfers_rewritten", *PAGES, later, earlier=2) == [1, 3]
    assert (
        folded("transfers_rewritten", *PAGES, *(exchange(n + 5, p.value) for n, p in enumerate(PAGES)), earlier=2) == []
    )


def test_a_reply_of_another_shape_decides_nothing() -> None:
    odd = exchange(0, {"items": [{"id": 1}]})
    judged = judge(Expectation(Fold((0,), "money_in_accounts"), "eq", 0, "", ""), [odd])
    assert judged.holds is None
