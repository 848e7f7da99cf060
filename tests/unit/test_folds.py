"""Folds over whole exchanges: the audit chain, codes, spans, what replies hold and lack."""

import hashlib
import json
from typing import Any

import pytest

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import FIRST_HASH, FOLDS, audit_hash
from tests.exchanges import exchange

ENTRY = {"at": "2026-01-01T00:00:00.000123Z", "business_at": "2026-01-01T08:00:00+08:00", "principal": "bureau1",
         "action": "void_voucher", "object_id": "vch_1", "detail": {"reason": "检验", "n": 1}}  # fmt: skip


def chain(count: int, start: int = 1, previous: str = FIRST_HASH) -> list[dict[str, Any]]:
    """Entries as a platform keeps them, hashed by hand from the words of S-66."""
    entries = []
    for number in range(start, start + count):
        fields = {
            "id": number, "at_us": 1_767_225_600_000_123, "business_at_us": 1_767_225_600_000_000,
            **{name: ENTRY[name] for name in ("principal", "action", "object_id", "detail")},
        }  # fmt: skip
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        current = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        entries.append({**ENTRY, "id": number, "previous_hash": previous, "hash": current})
        previous = current
    return entries


def pages(*items: list[dict[str, Any]]) -> list[Exchange]:
    return [exchange(number, value={"items": rows}) for number, rows in enumerate(items)]


def test_a_whole_chain_over_two_pages_has_no_fault() -> None:
    entries = chain(5)
    assert FOLDS["audit_chain_faults"](pages(entries[:2], entries[2:]), {}) == []
    assert audit_hash(FIRST_HASH, entries[0]) == entries[0]["hash"]


def test_a_changed_a_missing_and_a_repeated_entry_are_named() -> None:
    entries = chain(5)
    changed = [dict(entry) for entry in entries]
    changed[2]["detail"] = {"reason": "别的"}
    assert FOLDS["audit_chain_faults"](pages(changed), {}) == [3]
    assert FOLDS["audit_chain_faults"](pages(entries[:1], entries[2:]), {}) == [3]
    assert FOLDS["audit_chain_faults"](pages(entries, entries[4:]), {}) == [5]
    assert FOLDS["audit_chain_faults"](pages(chain(2, start=2)), {}) == [2], "the first entry is missing"


def codes(*texts: str) -> list[Exchange]:
    return [exchange(number, value={"code": text}) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    "texts",
    [("10000001", "10000002", "10000003"), ("V-00A1", "V-00A2", "V-00A3"), ("100000000", "250000000", "400000000"),
     ("KZ00", "KZ0A", "KZ0K")],
)  # fmt: skip
def test_codes_that_follow_from_one_another_are_found(texts: tuple[str, ...]) -> None:
    assert FOLDS["near_codes"](codes(*texts), {}) >= 1


def test_random_codes_do_not_follow_from_one_another() -> None:
    texts = [hashlib.sha256(str(number).encode()).hexdigest()[:20] for number in range(200)]
    assert FOLDS["near_codes"](codes(*texts), {}) == 0
    decimal = [str(int(text, 16) % 10**12).zfill(12) for text in texts]
    assert FOLDS["near_codes"](codes(*decimal[:20]), {}) == 0


def test_the_bits_of_a_code_are_those_of_its_varying_places() -> None:
    random = [hashlib.sha256(str(number).encode()).hexdigest()[:16].upper() for number in range(12)]
    assert FOLDS["code_bits"](codes(*random), {}) >= 60
    assert FOLDS["code_bits"](codes("VOUCHER-1", "VOUCHER-2", "VOUCHER-3"), {}) <= 6


def test_a_span_lies_between_two_fields_or_a_given_time_and_a_field() -> None:
    one = exchange(0, value={"claimed_at": "2026-01-01T00:00:00Z", "valid_until": "2026-01-08T08:00:00+08:00"})
    assert FOLDS["span_s"]([one], {"start": "claimed_at", "end": "valid_until"}) == 7 * 86_400
    assert FOLDS["span_s"]([one], {"since": "2026-01-08T00:00:02Z", "end": "valid_until"}) == -2


def test_replies_that_hold_a_text_are_named() -> None:
    seen = [exchange(0, reply_body=b'{"phone": "10020000001"}'), exchange(1, reply_body=b'{"phone": "100****0001"}')]
    assert FOLDS["replies_holding"](seen, {"texts": ["10020000001"]}) == [0]


def problem(number: int, **changes: Any) -> Exchange:
    body = {"type": "about:blank", "title": "Sold out", "title_zh": "已抢光", "status": 409, "code": "sold_out",
            "retryable": False, "request_id": f"r{number}", **changes}  # fmt: skip
    headers = {"content-type": "application/problem+json", "x-request-id": f"r{number}"}
    return exchange(number, status=409, reply_headers=headers, reply_body=json.dumps(body).encode())


def test_a_problem_needs_its_code_status_and_both_titles() -> None:
    given = {"statuses": {"sold_out": 409, "paused": 409, "not_found": 404}}
    seen = [problem(0), problem(1, title_zh=""), problem(2, code="full"), problem(3, code="not_found"),
            problem(4, status=400)]  # fmt: skip
    assert FOLDS["not_problems"](seen, given) == [1, 2, 3, 4]


def test_the_number_to_quote_stands_in_header_and_body() -> None:
    assert FOLDS["without_request_id"]([problem(0), problem(1, request_id="other")], {}) == [1]
