"""The independent program: believes what proves a violation, and nothing that was touched."""

import ast
import json
import subprocess
import sys
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from loadtest import witness_recheck
from loadtest.witness_recheck import decide
from tests.hand_histories import Told, check, claim, facts_with, lost, redeem, refund, refused, void

PROGRAM = Path(witness_recheck.__file__)
VIOLATED: dict[str, tuple[Told, ...]] = {
    "C1": (claim(1, 0, 1), claim(2, 0, 1), claim(3, 0, 1)),
    "C2": (claim(1, 0, 1), claim(2, 0, 1), claim(3, 4, 5), void(9, 6, 8, of=1)),
    "C3": (claim(1, 0, 1), claim(2, 2, 3, result="v1")),
    "C4": (claim(1, 0, 1, person=7), claim(2, 2, 3, person=7)),
    "C5": (refused(5, 2, 4, "limit_reached"),),
    "C6": (refused(5, 2, 4), claim(2, 5, 6)),
    "C7": (claim(1, 0, 1), claim(2, 0, 1), refused(5, 2, 3), void(9, 4, 5, of=1), claim(3, 6, 7), claim(4, 6, 7)),
    "C8": (claim(1, 0, 1), claim(2, 4, 5), refused(5, 2, 3)),
    "C9": (claim(1, 0, 1), refused(3, 1, 2)),
    "C11": (claim(1, 0, 1), claim(1, 2, 3, result="v8")),
    "C12": (redeem(1, 0, 1, of=1), redeem(2, 0, 1, of=1)),
    "C13": (redeem(1, 0, 1, of=1), refund(5, 2, 3, of=1, amount=10_001)),
}


def witness(name: str) -> dict[str, Any]:
    """The first witness of a violated check, as it stands in a file."""
    found = check(name, *VIOLATED[name], facts=facts_with(refund_regime="B"))
    read: dict[str, Any] = json.loads(json.dumps(asdict(found.violations[0])))
    return read


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", VIOLATED)
def test_a_witness_is_believed_as_it_was_written(name: str) -> None:
    assert decide(witness(name)) is True


@pytest.mark.parametrize("name", VIOLATED)
@pytest.mark.parametrize("outcome", ["unknown", "not_executed", "refused", "ok"])
def test_a_witness_whose_answers_were_changed_is_rejected(name: str, outcome: str) -> None:
    """None of the attempts that prove it may be told otherwise; what is only possible proves nothing by itself."""
    honest = witness(name)
    for at, record in enumerate(honest["records"]):
        possible = name in {"C5", "C8", "C9"} and record["part"] == "operation" and record["kind"] == "claim"
        beyond = name == "C2" and record["kind"] == "void"
        if record["outcome"] == outcome or possible or beyond or (name, record["kind"]) == ("C7", "void"):
            continue
        touched = deepcopy(honest)
        touched["records"][at].update(outcome=outcome, code="paused" if outcome == "refused" else "")
        assert decide(touched) is False, f"record {at} was {record['outcome']}"


@pytest.mark.parametrize("name", ["C1", "C2", "C4", "C12"])
def test_a_witness_that_lacks_a_record_is_rejected(name: str) -> None:
    honest = witness(name)
    for at in range(len(honest["records"])):
        touched = deepcopy(honest)
        del touched["records"][at]
        assert decide(touched) is False


@pytest.mark.parametrize(
    ("name", "fact", "value"),
    [("C1", "quota", 3), ("C2", "instant_ns", 1_004), ("C4", "limit", 2), ("C6", "raises", [[1_004, 1_005, 9]]),
     ("C7", "raises", [[1_004, 1_005, 9]]), ("C8", "quota", 1), ("C8", "from_ns", 1_003), ("C9", "quota", 1),
     ("C12", "given_back", 1)],
)  # fmt: skip
def test_a_witness_measured_against_another_fact_is_rejected(name: str, fact: str, value: object) -> None:
    touched = witness(name)
    assert fact in touched["facts"]
    touched["facts"][fact] = value
    assert decide(touched) is False


def test_a_success_that_began_before_the_refusal_ended_proves_nothing() -> None:
    touched = witness("C6")
    (later,) = (one for one in touched["records"] if one["part"] == "operation")
    later["t_invoke_ns"] = 1_004
    assert decide(touched) is False


def test_attempts_under_one_key_are_one_operation() -> None:
    honest = witness("C1")
    honest["records"][1].update(key=honest["records"][0]["key"], person=honest["records"][0]["person"])
    assert decide(honest) is False


def test_an_earlier_lost_attempt_excuses_a_later_success() -> None:
    found = check("C6", refused(5, 2, 4), claim(2, 5, 6)).violations[0]
    (later,) = (one for one in found.records if one["part"] == "operation")
    earlier = {**later, "outcome": "unknown", "t_invoke_ns": later["t_invoke_ns"] - 3, "t_reply_ns": None}
    assert decide({**asdict(found), "records": [*found.records, earlier]}) is False
    assert not check("C6", refused(5, 2, 4), lost(2, 2), claim(2, 5, 6)).count


def expectation(**changes: Any) -> dict[str, Any]:
    """A witness of a functional case: a status that should have been 201, and was 409."""
    look = {"exchanges": [0], "pointer": "/status", "of": "one"}
    expected = {
        "left": look, "relation": "eq", "right": 201, "zh": "可以领取", "en": "can be claimed", "spec": "S-31",
        "unknown_is": "inconclusive", "explained": {}, **changes,
    }  # fmt: skip
    exchange = {
        "number": 0, "status": 409, "code": "sold_out", "outcome": "refused", "replayed": False, "reply_headers": {},
        "value": {"items": [{"fen": 3, "of": "a"}, {"fen": 4, "of": "b"}]}, "t_invoke_ns": 0, "t_reply_ns": 5,
    }  # fmt: skip
    return {
        "check": "expectation", "statement_zh": "可以领取", "statement_en": "can be claimed",
        "facts": {"expectation": expected}, "records": [], "exchanges": [exchange],
    }  # fmt: skip


def test_an_expectation_is_decided_again() -> None:
    assert decide(expectation()) is True
    assert decide(expectation(right=409)) is False
    assert decide(expectation(relation="in", right=[409, 403])) is False
    total = {"exchanges": [0], "pointer": "/value/items/*/fen", "of": "sum"}
    assert decide(expectation(left=total, right=7)) is False
    assert decide(expectation(left=total, right=8)) is True
    chosen = {"exchanges": [0], "pointer": "/value/items/*/of=b/fen", "of": "one"}
    assert decide(expectation(left=chosen, right=4)) is False


def test_a_reply_that_never_came_proves_nothing() -> None:
    silent = expectation()
    silent["exchanges"][0]["status"] = 0
    assert decide(silent) is None


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """The program, alone, in a process of its own."""
    return subprocess.run([sys.executable, "-I", str(PROGRAM), str(path)], capture_output=True, text=True, check=False)


def test_the_program_says_which_witness_it_rejects(tmp_path: Path) -> None:
    good, bad = witness("C1"), witness("C4")
    bad["facts"]["limit"] = 5
    one = tmp_path / "witness.json"
    one.write_text(json.dumps(good))
    assert run(one).returncode == 0
    both = tmp_path / "verdict.json"
    both.write_text(json.dumps({"cases": [{"id": "a", "witnesses": [good]}, {"id": "b", "witnesses": [bad]}]}))
    done = run(both)
    assert done.returncode == 1
    assert [line.partition(" ")[0] for line in done.stdout.splitlines()] == ["proven", "REJECTED"]
    both.write_text("{")
    assert run(both).returncode == 2
