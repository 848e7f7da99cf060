"""What an expectation makes of a transcript: held, broken, or undecidable; and the same again from JSON."""

import json
from dataclasses import replace

import pytest

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation, Fold, Look, Relation, Term, judge
from tests.exchanges import exchange


def refused(number: int, code: str, status: int = 409) -> Exchange:
    return exchange(number, status=status, outcome="refused", code=code, value={"code": code})


LOST = exchange(9, status=0, outcome="unknown", value=None)
NEVER_SENT = exchange(9, status=0, outcome="no_effect", sent=False, value=None)
LATER = exchange(9, status=429, outcome="not_executed", code="rate_limited", value={"code": "rate_limited"})
GUARDED = exchange(9, status=403, outcome="guarded", code="guarded", value={"code": "guarded"})
GATEWAY = exchange(9, status=502, outcome="unknown", value={})
FAULT = exchange(9, status=500, outcome="unknown", code="internal", value={"code": "internal"})


def holds(left: Term, relation: Relation, right: Term, *exchanges: Exchange) -> bool | None:
    return judge(Expectation(left, relation, right, "应当", "should"), exchanges).holds


def test_one_value_is_compared() -> None:
    assert holds(Look((0,), "/value/face_fen"), "eq", 3_000, exchange()) is True
    assert holds(Look((0,), "/value/face_fen"), "eq", 3_001, exchange()) is False
    assert holds(Look((0,), "/seconds"), "le", 0.001, exchange()) is True


@pytest.mark.parametrize("nothing", [LOST, NEVER_SENT, LATER, GUARDED, GATEWAY])
def test_a_reply_that_proves_nothing_leaves_it_open(nothing: Exchange) -> None:
    assert holds(Look((9,), "/outcome"), "eq", "ok", nothing) is None
    assert holds(Look((0, 9), "/outcome=ok", "count"), "eq", 2, exchange(), nothing) is None


def test_an_internal_error_is_an_answer_and_a_wrong_one() -> None:
    assert holds(Look((9,), "/outcome"), "eq", "ok", FAULT) is False


def test_a_missing_value_leaves_it_open_unless_its_absence_is_the_fault() -> None:
    missing = Expectation(Look((0,), "/value/nothing"), "eq", 1, "应当", "should")
    assert judge(missing, [exchange()]).holds is None
    assert judge(replace(missing, unknown_is="fail"), [exchange()]).holds is False


def test_values_that_cannot_be_compared_leave_it_open() -> None:
    assert holds(Look((0,), "/value/state"), "le", 3, exchange()) is None


def test_an_exchange_that_is_not_there_leaves_it_open() -> None:
    assert holds(Look((4,), "/outcome"), "eq", "ok", exchange()) is None


def test_several_values_are_counted_added_and_gathered() -> None:
    three = [exchange(0), exchange(1), refused(2, "sold_out")]
    numbers = (0, 1, 2)
    assert holds(Look(numbers, "/value/face_fen", "sum"), "eq", 6_000, *three) is True
    assert holds(Look(numbers, "/value/id", "count"), "eq", 2, *three) is True
    assert holds(Look(numbers, "/value/face_fen", "distinct"), "eq", 1, *three) is True
    assert holds(Look(numbers, "/outcome", "set"), "eq", ["ok", "refused"], *three) is True


def test_a_filter_takes_only_what_has_the_word() -> None:
    rows = {"items": [{"id": "a", "batch_id": "x"}, {"id": "b", "batch_id": "y"}, {"id": "c", "batch_id": "x"}]}
    page = exchange(0, value=rows, replayed=True)
    assert holds(Look((0,), "/value/items/*/batch_id=x/id", "set"), "eq", ["a", "c"], page) is True
    assert holds(Look((0,), "/replayed=true", "count"), "eq", 1, page) is True
    assert holds(Look((0,), "/status=201", "count"), "eq", 1, page) is True
    assert holds(Look((0,), "/value/items/7/id", "count"), "eq", 0, page) is True


def test_at_least_counts_what_is_certain_and_lost_replies_not() -> None:
    seen = [exchange(0), exchange(1), LOST]
    assert holds(Look((0, 1, 9), "/outcome=ok", "at_least"), "le", 1, *seen) is False, "two are certain"
    assert holds(Look((0, 9), "/outcome=ok", "at_least"), "le", 1, exchange(), LOST) is True


def test_a_fold_of_a_reply_of_another_shape_leaves_it_open() -> None:
    assert holds(Fold((0,), "audit_chain_faults"), "eq", [], exchange()) is None


@pytest.mark.parametrize(
    "left",
    [Look((0, 1), "/outcome=ok", "at_least"), Fold((0,), "replies_holding", {"texts": ["1"]}), 3, "word", None, ["a"]],
)
def test_an_expectation_survives_json(left: Term) -> None:
    expectation = Expectation(left, "in", Look((2,), "/value"), "应当", "should", "S-35", "fail")
    again = Expectation.from_json(json.loads(json.dumps(expectation.as_json())))
    assert again == expectation
    assert again.exchanges() == expectation.exchanges()


@pytest.mark.parametrize("body", [b'{"a": 1}', b"\xff\x00", b"", "券".encode()])
def test_an_exchange_survives_json_byte_for_byte(body: bytes) -> None:
    made = exchange(3, request_body=body, reply_body=body, value={"a": [1, None]}, replayed=True)
    assert Exchange.from_json(json.loads(json.dumps(made.as_json()))) == made
