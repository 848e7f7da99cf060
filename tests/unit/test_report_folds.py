"""Folds over T+1 reports find lines, sums and files that differ."""

import io
from typing import Any

import xlsxwriter

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation, Fold, judge


def exchange(number: int, value: Any, body: bytes = b"") -> Exchange:
    return Exchange(
        number=number, operation="get_t1_report", who="auditor-1", method="GET", path="/", request_headers={},
        request_body=b"", t_invoke_ns=0, t_reply_ns=1, status=200, reply_headers={}, reply_body=body, sent=True,
        outcome="ok", code=None, value=value,
    )  # fmt: skip


def row(dimension: str, key: str, **values: float | None) -> dict[str, Any]:
    return {"dimension": dimension, "key": key, "period": "day", "values": values}


REPORT = exchange(
    0,
    {
        "starts_at": "2026-03-02T00:00:00+08:00",
        "definitions": [
            {"indicator": "redemptions", "formula_zh": "行数"},
            {"indicator": "claim_rate", "formula_zh": " "},
        ],
        "rows": [
            row("total", "total", redemptions=3, redeemed_fen=9_050, claim_rate=0.5),
            row("district", "510681001", redemptions=1, redeemed_fen=3_050, claim_rate=None),
            row("district", "510681002", redemptions=1, redeemed_fen=6_000, claim_rate=None),
        ],
    },
)


def folded(fold: str, *exchanges: Exchange, **given: Any) -> Any:
    numbers = tuple(one.number for one in exchanges)
    return judge(Expectation(Fold(numbers, fold, given), "eq", "never", "", ""), exchanges).left


def line(expected: dict[str, float | None], key: str = "510681001") -> Any:
    return folded("line_differences", REPORT, dimension="district", key=key, period="day", expected=expected)


def test_a_line_is_compared_figure_by_figure() -> None:
    assert line({"redemptions": 1, "redeemed_fen": 3_050, "claim_rate": None}) == []
    assert line({"redemptions": 2, "claim_rate": 0}) == [["redemptions", 2, 1], ["claim_rate", 0, None]]
    assert line({"merchants": 1}) == [["merchants", 1, "absent"]]


def test_a_line_that_is_missing_reports_nothing() -> None:
    assert line({"redemptions": 0, "claim_rate": None}, key="510681117") == []
    assert line({"redemptions": 4}, key="510681117") == [["redemptions", 4, 0]]


def test_lines_that_do_not_add_up_are_named() -> None:
    given = {"period": "day", "dimension": "district", "indicators": ["redemptions", "redeemed_fen"]}
    assert folded("sums_that_differ", REPORT, **given) == ["redemptions"]


def test_a_figure_without_a_formula_is_named() -> None:
    assert folded("without_formula", REPORT) == ["claim_rate", "redeemed_fen"]


def test_times_are_compared_whatever_their_offset() -> None:
    assert folded("utc_instant", REPORT, field="starts_at") == "2026-03-01T16:00:00+00:00"


def test_figures_are_looked_for_in_csv_and_xlsx_in_fen_or_yuan() -> None:
    given = {"period": "day", "indicators": ["redemptions", "redeemed_fen", "claim_rate"]}
    comma = exchange(1, {}, '\ufeff指标,数值\r\n笔数,3\r\n金额,"90.50"\r\n'.encode())
    assert folded("figures_missing_in_file", REPORT, comma, **given) == ["claim_rate"]
    assert folded("starts_with_mark", comma) is True
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for place, number in enumerate((3, 9_050, 0.5)):
            book.add_worksheet().write_number(place, 0, number)
    assert folded("figures_missing_in_file", REPORT, exchange(1, {}, target.getvalue()), **given) == []
