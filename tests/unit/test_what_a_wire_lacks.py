"""What becomes of a case whose target cannot be asked what it asks."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loadtest.cases.model import Case
from loadtest.cases.playing import Played, judge_played
from loadtest.evidence.exchange import Exchange, Transcript
from loadtest.evidence.expectation import Expectation, Look
from loadtest.lab.line import Caller, Line, NotApplicable, Wires
from loadtest.lab.staff import staff_without_sign_in
from loadtest.lab.world import _within_its_second
from loadtest.verdicts import Verdict
from voucher_contract import routes
from voucher_contract.adapters.protocol import Adapter, NotOnThisWire, Request
from voucher_contract.operations.protocol import Call, Operation
from voucher_contract.routes import Route

CASE = Case(
    id="a-case", clauses=("N3.1",), basis="notice", must=True, kind="functional", title_zh="用例", title_en="a case",
    expected_zh="成立",
)  # fmt: skip
EXCHANGE = Exchange(
    number=1, operation="claim", who="person-1", method="GET", path="/x", request_headers={}, request_body=b"",
    t_invoke_ns=0, t_reply_ns=1, status=200, reply_headers={}, reply_body=b"{}", sent=True, outcome="ok", code=None,
    earlier_calls=(0,),
)  # fmt: skip


class Poor(Adapter):
    """A wire that can only be claimed on, and not by key."""

    name = "poor"

    def missing(self, name: str) -> str | None:
        return None if name in {"claim", "get_batch"} else f"没有 {name}"

    def start(self, request: Request) -> Operation:
        if request.route is routes.GET_BATCH:
            raise NotOnThisWire("不能查这个券种")
        return self._claim(request)

    def _claim(self, request: Request) -> Operation:
        if request.key is not None:
            raise NotOnThisWire("不能带幂等键")
        yield Call("POST", "/never-reached")
        raise AssertionError("the test sends nothing")


def _send(route: Route, asked: Mapping[str, Any]) -> None:
    async def sent() -> None:
        wires = Wires("http://127.0.0.1:9", 1.0, asyncio.Semaphore(1))
        await Line(wires, Poor(), Transcript("t")).send(route, Caller("operator-1", None), **asked)

    asyncio.run(sent())


@pytest.mark.parametrize(
    ("route", "asked", "why"),
    [
        (routes.SETTLE, {"campaign_id": "1"}, "没有 settle"),
        (routes.GET_BATCH, {"batch_id": "1"}, "不能查这个券种"),
        (routes.CLAIM, {"batch_id": "1"}, "不能带幂等键"),
    ],
)
def test_what_the_wire_cannot_carry_does_not_apply(route: Route, asked: dict[str, str], why: str) -> None:
    with pytest.raises(NotApplicable, match=why):
        _send(route, asked)


def test_most_wires_publish_and_tell_of_themselves_as_the_contract_does() -> None:
    poor, request = Poor(), Request(routes.CREATE_BATCH, "bureau-1")
    assert (poor.meta(), poor.publish_batch(request)) == (None, None)


def _played(*expectations: Expectation) -> Played:
    return Played(CASE.id, "not_applicable", "接口没有此功能", (EXCHANGE,), expectations, 0.0)


def test_what_was_seen_to_fail_before_still_fails() -> None:
    good = Expectation(Look((1,), "/outcome"), "eq", "ok", "成功", "it is ok")
    bad = Expectation(Look((1,), "/outcome"), "eq", "refused", "被拒绝", "it is refused")
    assert judge_played(CASE, _played(good)).verdict is Verdict.NOT_APPLICABLE
    assert judge_played(CASE, _played(good)).reason_zh == "接口没有此功能"
    assert judge_played(CASE, _played(good, bad)).verdict is Verdict.FAIL


def test_a_witness_shows_all_calls_of_its_operation() -> None:
    first = Exchange.from_json({**EXCHANGE.as_json(), "number": 0, "method": "POST", "earlier_calls": []})
    bad = Expectation(Look((1,), "/outcome"), "eq", "refused", "被拒绝", "it is refused")
    played = Played(CASE.id, "done", "", (first, EXCHANGE), (bad,), 0.0)
    (witness,) = judge_played(CASE, played).witnesses
    assert [one["method"] for one in witness.exchanges] == ["POST", "GET"]
    assert Exchange.from_json(witness.exchanges[1]) == EXCHANGE


def test_officers_of_a_wire_without_sign_ins_are_there_all_the_same() -> None:
    officers = staff_without_sign_in()
    assert set(officers) == {"bureau-1", "bureau-2", "auditor-1", "operator-1"}
    assert all(one.token is None for one in officers.values())


def test_a_time_told_in_whole_seconds_lies_within_its_second() -> None:
    now = datetime.now(UTC)
    told = now.replace(microsecond=0)
    assert told <= _within_its_second(told) <= told + timedelta(seconds=1)
    assert abs(_within_its_second(told) - now) < timedelta(seconds=0.5)
    past, ahead = told - timedelta(hours=1), told + timedelta(hours=1)
    assert _within_its_second(past) == past + timedelta(seconds=1)
    assert _within_its_second(ahead) == ahead
    exact = told + timedelta(microseconds=1)
    assert _within_its_second(exact) == exact
