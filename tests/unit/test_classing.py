"""Which reply proves what: every line of the table in ``classing``, from real replies to the outcome of a record."""

import json

import pytest

from loadtest.history.classing import outcome_of
from loadtest.history.record import Outcome
from voucher_contract import routes
from voucher_contract.operations.protocol import Outcome as Answer
from voucher_contract.operations.protocol import Reply
from voucher_contract.operations.request import classify

VOUCHER = {
    "id": "v-1", "batch_id": "b-1", "state": "issued", "face_fen": 3_000, "threshold_fen": 10_000, "code": "1234",
    "nth": 1, "claimed_at": "2026-01-01T00:00:00+08:00", "valid_from": "2026-01-01T00:00:00+08:00",
    "valid_until": "2026-02-01T00:00:00+08:00",
}  # fmt: skip


def answer(status: int, body: object, *, sent: bool = True) -> Answer:
    """How the contract's own adapter classes the reply to a claim."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classify(routes.CLAIM, Reply(status, {"content-type": "application/json"}, raw, sent))


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, VOUCHER, Outcome.OK),
        (201, b'{"id": "v-1"', Outcome.OK_UNREADABLE),
        (201, {"id": "v-1"}, Outcome.OK_UNREADABLE),
        (202, {"status_url": "/v1/x", "retry_after_ms": 5}, Outcome.PENDING),
        (503, {"code": "overloaded"}, Outcome.NOT_EXECUTED),
        (503, {"code": "rebuilding"}, Outcome.NOT_EXECUTED),
        (429, {"code": "rate_limited"}, Outcome.NOT_EXECUTED),
        (503, b"bad gateway", Outcome.UNKNOWN),
        (429, b"slow down", Outcome.UNKNOWN),
        (403, {"code": "guarded"}, Outcome.GUARDED),
        (409, {"code": "in_progress"}, Outcome.UNKNOWN),
        (409, {"code": "sold_out"}, Outcome.REFUSED),
        (409, {"code": "limit_reached"}, Outcome.REFUSED),
        (403, {"code": "not_eligible"}, Outcome.REFUSED),
        (404, {"code": "unknown_batch"}, Outcome.REFUSED),
        (404, {"code": "not_found"}, Outcome.NO_EFFECT),
        (401, {"code": "invalid_token"}, Outcome.NO_EFFECT),
        (422, {"code": "key_reused"}, Outcome.NO_EFFECT),
        (400, b"what?", Outcome.NO_EFFECT),
        (409, {"code": "made_up"}, Outcome.UNKNOWN),
        (500, {"code": "internal"}, Outcome.UNKNOWN),
        (502, b"", Outcome.UNKNOWN),
        (302, b"", Outcome.UNKNOWN),
    ],
)  # fmt: skip
def test_a_reply_proves_no_more_than_it_says(status: int, body: object, outcome: Outcome) -> None:
    assert outcome_of(answer(status, body)) == outcome


def test_no_reply_may_have_taken_effect_unless_nothing_had_left() -> None:
    assert outcome_of(answer(0, b"")) == Outcome.UNKNOWN
    assert outcome_of(answer(0, b"", sent=False)) == Outcome.NO_EFFECT
    assert outcome_of(answer(0, b""), sent=False) == Outcome.NO_EFFECT


def test_an_adapter_of_another_wire_is_believed_in_its_own_words() -> None:
    assert outcome_of(Answer("refused", 403, "limit_reached", {})) == Outcome.REFUSED
    assert outcome_of(Answer("unknown", 200, None, {})) == Outcome.UNKNOWN, "a state that is not final yet"
    assert outcome_of(Answer("refused", 409, "in_progress", {})) == Outcome.UNKNOWN
