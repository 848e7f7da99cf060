"""Folds over lists of merchants find cells, selections and files that differ."""

from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation, Fold, judge


def exchange(number: int, value: Any, body: bytes = b"") -> Exchange:
    return Exchange(
        number=number, operation="list_merchants", who="operator-1", method="GET", path="/", request_headers={},
        request_body=b"", t_invoke_ns=0, t_reply_ns=1, status=200, reply_headers={}, reply_body=body, sent=True,
        outcome="ok", code=None, value=value,
    )  # fmt: skip


def merchant(name: str, district: str, category: str, status: str = "admitted") -> dict[str, str]:
    return {"id": name, "district": district, "category": category, "status": status}


LIST = exchange(
    0, {"items": [merchant("a", "1", "fuel"), merchant("b", "1", "fuel", "suspended"), merchant("c", "2", "fuel")]}
)
PLACES = {"districts": ["1", "2"], "categories": ["fuel", "cars"]}


def folded(fold: str, *exchanges: Exchange, **given: Any) -> Any:
    numbers = tuple(one.number for one in exchanges)
    return judge(Expectation(Fold(numbers, fold, given), "eq", "never", "", ""), exchanges).left


def covered(empty: int, **merchants: int) -> Exchange:
    cells = [{"district": key[-1], "category": key[:-1], "merchants": number} for key, number in merchants.items()]
    return exchange(1, {"cells": cells, "empty_cells": empty})


def test_coverage_counts_the_admitted_and_shows_empty_cells() -> None:
    assert folded("coverage_differences", LIST, covered(2, fuel1=1, fuel2=1, cars1=0, cars2=0), **PLACES) == []
    wrong = folded("coverage_differences", LIST, covered(1, fuel1=2, fuel2=1, cars1=0), **PLACES)
    assert wrong == [["1", "fuel", 1, 2], ["2", "cars", 0, None], ["empty_cells", "", 2, 1]]


def test_a_suspension_names_everyone_it_met_and_nobody_else() -> None:
    cell = {"district": "1", "category": "fuel"}
    assert folded("selection_differences", LIST, exchange(1, {"merchant_ids": ["a"]}), **cell) == []
    assert folded("selection_differences", LIST, exchange(1, {"merchant_ids": ["a", "b"]}), **cell) == []
    assert folded("selection_differences", LIST, exchange(1, {"merchant_ids": ["c"]}), **cell) == ["a", "c"]


def test_a_file_given_back_holds_what_was_sent_and_a_word_more() -> None:
    file = exchange(0, {}, "代码,规模,错误\r\n91X,很大,没有这个规模类型\r\n92X,限上,\r\n".encode())
    assert folded("texts_missing_in_file", file, texts=["91X", "93X"]) == ["93X"]
    assert folded("words_beside", file, text="91X", columns=2) == 1
    assert folded("words_beside", file, text="92X", columns=2) == 0
