"""What a played case comes to, and the same again from what was stored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtest.cases.model import Case
from loadtest.cases.playing import Played, judge_played
from loadtest.evidence.expectation import Expectation, Look
from loadtest.verdicts import Verdict
from tests.exchanges import exchange

CASE = Case(
    id="a-case", clauses=("N3.1",), basis="notice", must=True, kind="functional", title_zh="一例", title_en="a case",
    expected_zh="应当如此",
)  # fmt: skip
GOOD = Expectation(Look((0,), "/outcome"), "eq", "ok", "应当成功", "should succeed", "S-33")
BAD = replace(GOOD, right="refused")
OPEN = replace(GOOD, left=Look((7,), "/outcome"))


def played(*expectations: Expectation, **changes: Any) -> Played:
    return replace(Played("a-case", "done", "", (exchange(),), expectations, 0.1), **changes)


@pytest.mark.parametrize(
    ("what", "verdict"),
    [
        (played(GOOD), Verdict.PASS),
        (played(GOOD, BAD), Verdict.FAIL),
        (played(GOOD, OPEN), Verdict.INCONCLUSIVE),
        (played(BAD, OPEN), Verdict.FAIL),
        (played(), Verdict.INCONCLUSIVE),
        (played(GOOD, ending="cannot_play", why="deposit refused"), Verdict.INCONCLUSIVE),
        (played(BAD, ending="cannot_play"), Verdict.FAIL),
        (played(GOOD, ending="our_fault"), Verdict.INVALID),
        (played(ending="not_applicable", why="平台未声明能力"), Verdict.NOT_APPLICABLE),
    ],
)
def test_the_verdict_of_what_was_played(what: Played, verdict: Verdict) -> None:
    result = judge_played(CASE, what)
    assert result.verdict is verdict
    assert bool(result.witnesses) == (verdict is Verdict.FAIL)
    assert bool(result.reason_zh) == (verdict is not Verdict.PASS)


@pytest.mark.parametrize("softer", [{"must": False}, {"basis": "good_practice"}])
def test_what_is_no_must_or_good_practice_only_warns(softer: dict[str, Any]) -> None:
    assert judge_played(CASE.model_copy(update=softer), played(BAD)).verdict is Verdict.WARN


def test_a_witness_holds_the_exchanges_it_looks_into_and_no_others() -> None:
    result = judge_played(CASE, played(BAD, exchanges=(exchange(0), exchange(1))))
    (witness,) = result.witnesses
    assert [one["number"] for one in witness.exchanges] == [0]
    assert (witness.facts["left"], witness.facts["right"]) == ("ok", "refused")


def test_what_was_stored_comes_to_the_same(tmp_path: Path) -> None:
    what = played(GOOD, BAD, OPEN, exchanges=(exchange(0, reply_body=b"\xff\x00"), exchange(1)))
    what.write(tmp_path)
    again = Played.read(tmp_path / "a-case.json")
    assert again == what
    assert judge_played(CASE, again) == judge_played(CASE, what)
