"""SPEC.md is whole, current with the code, and each clause rests on something."""

import json
import re

import pytest

from voucher_contract import refusals
from voucher_contract.models.common import ProblemDetail
from voucher_contract.models.vouchers import ClaimPending
from voucher_contract.notice import load_notice
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import ROUTES
from voucher_contract.spec_tables import SPEC, TABLES, fill
from voucher_platform.refunds.rules import Parts, split_refund

TEXT = SPEC.read_text(encoding="utf-8")
PARAGRAPHS = [part.strip() for part in TEXT.split("\n\n")]
_QUERIES = ("limit", "cursor", "format", "day", "Accept", "order", "oldest", "newest", "find")
_WORDS = ("ClaimPending", "ProblemDetail", "_fen", "at_us", "business_at_us")
_ROWS = ("ledger_transfer", "claim_seeker", "claim_attempt_count")
CLAUSES = [part for part in PARAGRAPHS if re.match(r"\*\*S-\d+\*\* ", part)]


def test_tables_are_those_the_code_makes() -> None:
    assert fill(TEXT) == TEXT, "run: python -m voucher_contract.spec_tables"
    assert set(re.findall(r"<!-- table:(\w+) -->", TEXT)) == set(TABLES)


def test_clauses_are_numbered_from_one_without_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^\*\*S-(\d+)\*\* ", TEXT, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(CLAUSES) == len(numbers)


def test_every_clause_ends_with_its_basis_in_the_notice_or_ours() -> None:
    known = {clause.id for clause in load_notice().clauses} | {"ours"}
    for clause in CLAUSES:
        basis = re.search(r"⟨([^⟩]+)⟩$", clause)
        assert basis, clause
        assert set(basis[1].split(", ")) <= known, clause


def test_clauses_named_in_the_text_exist() -> None:
    assert {int(number) for number in re.findall(r"S-(\d+)", TEXT)} == set(range(1, len(CLAUSES) + 1))


def test_every_word_in_backticks_means_something() -> None:
    schema = json.dumps([m.model_json_schema() for r in ROUTES.values() for m in (r.body, r.reply) if m is not None])
    known = set(re.findall(r'"(\w+)"', schema)) | set(REFUSALS) | set(ROUTES) | set(ProblemDetail.model_fields)
    known |= {*ClaimPending.model_fields, *_QUERIES, *_ROWS, *_WORDS}
    told = {word for word in re.findall(r"`([A-Za-z_]+)`", " ".join(CLAUSES)) if word not in known}
    assert not told


def test_every_refusal_of_the_list_comes_from_some_operation_or_from_the_frame() -> None:
    frame = {refusals.NO_SUCH_ROUTE, refusals.METHOD_NOT_ALLOWED, refusals.INTERNAL}
    routed = {refusal for route in ROUTES.values() for refusal in route.all_refusals}
    assert routed | frame == set(REFUSALS.values())


@pytest.mark.parametrize(
    ("order", "amounts", "user", "voucher"),
    [
        (Parts(7000, 3000, 0), [5000], [3500], [1500]),
        (Parts(7000, 3000, 0), [3333, 3333, 3334], [2333, 2333, 2334], [1000, 1000, 1000]),
        (Parts(1, 1000, 0), [500, 501], [0, 1], [500, 500]),
    ],
)
def test_the_examples_of_refunds_are_right(
    order: Parts, amounts: list[int], user: list[int], voucher: list[int]
) -> None:
    parts = [split_refund(sum(amounts[:n]), amount, order) for n, amount in enumerate(amounts)]
    assert ([p.user_fen for p in parts], [p.voucher_fen for p in parts]) == (user, voucher)


def test_fifty_refunds_of_one_fen_give_35_to_the_user_and_15_of_the_voucher() -> None:
    parts = [split_refund(n, 1, Parts(7000, 3000, 0)) for n in range(50)]
    assert (sum(p.user_fen for p in parts), sum(p.voucher_fen for p in parts)) == (35, 15)
