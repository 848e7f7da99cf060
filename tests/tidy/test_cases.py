"""The registry of cases against everything it names: clauses, the contract's text, plays, defects, operations."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from loadtest.cases.model import Case, all_cases
from loadtest.cases.playing import load_plays
from tests.tidy.tree import read
from voucher_contract.notice import load_notice
from voucher_contract.routes import ROUTES

SPEC = Path("platform/voucher_contract/SPEC.md")
DEFECTS = Path("loadtest/faulty_vendors/defects.toml")
CAPABILITIES = {
    "sandbox_clock", "sandbox_people", "geofence", "dynamic_code", "callbacks", "audit_export", "merchant_import",
    "settlement", "risk_alerts", "live_figures", "round_report", "voucher_use", "round_drafts", "look_up",
}  # fmt: skip
CASES = list(all_cases().values())
FUNCTIONAL = [case for case in CASES if case.kind == "functional"]

# Clauses of SPEC.md without a case of their own, and why.
NO_CASE = {
    "S-9": "about two documents, not about a platform",
    "S-20": "defines the two clocks; windows, validity and rate limits are where they show",
    "S-25": "lists what may be missing; each case names what it needs",
    "S-34": "whether a claim is answered 202 is the platform's choice; every one that is, is asked again until settled",
    "S-82": "about plans that nobody can claim of: no voucher and no money of a vendor depends on it",
    "S-83": "about finding what other lists hold already, in their own order",
    "S-43": "shows under contention only: the order of a history is judged in the steps of a plan",
}


@cache
def clauses_of_spec() -> dict[str, str]:
    """The text of every clause, without tables, by its id."""
    parts = re.split(r"^\*\*(S-\d+)\*\* ", read(SPEC), flags=re.MULTILINE)
    return {name: re.split(r"\n(?:## |<!-- )", text)[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def basis_of(clause: str) -> set[str]:
    """What stands in the brackets at the end of a clause."""
    found = re.search(r"⟨([^⟩]+)⟩", clauses_of_spec()[clause])
    assert found is not None, f"{clause} names no basis"
    return {word.strip() for word in found[1].split(",")}


@cache
def defects() -> dict[str, bool]:
    """Every defect and whether it is lawful."""
    return {one["name"]: one.get("lawful", False) for one in tomllib.loads(read(DEFECTS))["defect"]}


def test_every_functional_case_has_a_play_and_every_play_a_case() -> None:
    assert set(load_plays()) == {case.id for case in FUNCTIONAL}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_names_only_what_there_is(case: Case) -> None:
    assert set(case.clauses) <= {clause.id for clause in load_notice().clauses}
    assert set(case.spec) <= set(clauses_of_spec())
    assert {name for name in case.kills if name not in defects()} == set()
    assert set(case.needs) <= CAPABILITIES | set(ROUTES)
    for field in ("clauses", "spec", "kills", "needs"):
        assert len(set(getattr(case, field))) == len(getattr(case, field)), f"{field} names one twice"


@pytest.mark.parametrize("case", FUNCTIONAL, ids=lambda case: case.id)
def test_our_own_clauses_alone_never_fail_a_vendor(case: Case) -> None:
    assert case.spec, "a functional case names the clauses of SPEC.md it looks at"
    ours = all(basis_of(clause) == {"ours"} for clause in case.spec)
    assert not (ours and case.basis == "notice"), "nothing of the notice stands behind it: terms or good practice"


def test_every_defect_has_a_case_that_must_find_it() -> None:
    killed = {name for case in CASES for name in case.kills}
    missed = {name for name, lawful in defects().items() if not lawful} - killed
    assert not missed, f"{missed}: no case says it finds them"


def test_no_case_complains_of_what_is_lawful() -> None:
    assert not {name for case in CASES for name in case.kills if defects().get(name)}


def test_every_clause_of_the_contract_has_a_case_or_a_reason() -> None:
    covered = {clause for case in CASES for clause in case.spec}
    assert set(NO_CASE) <= set(clauses_of_spec()), "a reason for a clause that is not there"
    assert set(clauses_of_spec()) - covered - set(NO_CASE) == set()


def test_every_must_of_the_contract_has_a_case() -> None:
    covered = {clause for case in CASES for clause in case.spec}
    musts = {name for name, text in clauses_of_spec().items() if "MUST" in text}
    assert len(musts) >= 30, "the clauses were not read"
    assert musts - covered == set()


def test_titles_differ_and_are_chinese_first() -> None:
    titles = [case.title_zh for case in CASES]
    assert len(set(titles)) == len(titles), {title for title in titles if titles.count(title) > 1}
    assert all(re.search(r"[一-鿿]", case.title_zh + case.expected_zh) for case in CASES)
