"""Named functions over whole exchanges, for expectations that no single pointer can say.

Each takes the exchanges and the constants of its Fold and returns plain JSON. It is pure, so anybody can run it again
on a stored transcript. A reply of another shape makes it raise LookupError, TypeError or ValueError: undecidable.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from loadtest.evidence.exchange import Exchange

FOLDS: dict[str, Callable[[Sequence[Exchange], Mapping[str, Any]], Any]] = {}
FIRST_HASH = "0" * 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = {**{str(n): n for n in range(10)}, **{chr(ord("A") + n): 10 + n for n in range(26)}}
_NEAR = 1_000
_Fold = Callable[[Sequence[Exchange], Mapping[str, Any]], Any]


def fold(function: _Fold) -> _Fold:
    """Registers a fold under its own name."""
    FOLDS[function.__name__] = function
    return function


@fold
def audit_chain_faults(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:  # noqa: ARG001 - see FOLDS
    """Numbers of audit entries that break the chain of S-66; ``exchanges`` are the pages from the first entry on."""
    faults, previous, expected = [], FIRST_HASH, 1
    for page in exchanges:
        for entry in page.value["items"]:
            good = entry["id"] == expected and entry["previous_hash"] == previous
            if not good or entry["hash"] != audit_hash(previous, entry):
                faults.append(entry["id"])
            previous, expected = entry["hash"], entry["id"] + 1
    return faults


def audit_hash(previous: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash, a line feed and the entry's canonical JSON (S-66)."""
    fields = {name: entry[name] for name in ("id", "principal", "action", "object_id", "detail")}
    fields |= {f"{name}_us": _microseconds(entry[name]) for name in ("at", "business_at")}
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def _microseconds(instant: str) -> int:
    return (datetime.fromisoformat(instant) - _EPOCH) // timedelta(microseconds=1)


@fold
def span_s(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:
    """Whole seconds from ``given["since"]``, or the time in the field ``start`` names, to that in the field ``end``."""
    (exchange,) = exchanges
    since = given["since"] if "since" in given else exchange.value[given["start"]]
    ending = datetime.fromisoformat(exchange.value[given["end"]])
    return round((ending - datetime.fromisoformat(since)).total_seconds())


@fold
def replies_holding(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:
    """Numbers of the exchanges whose reply's body holds one of the texts ``given["texts"]``."""
    texts = [text.encode() for text in given["texts"]]
    return [one.number for one in exchanges if any(text in one.reply_body for text in texts)]


@fold
def near_codes(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:  # noqa: ARG001 - see FOLDS
    """How many codes of vouchers follow from the one before: the next or a near number, or always the same step.

    The codes of the exchanges' vouchers are read as numbers, without punctuation. Of random codes of eight digits one
    pair in fifty thousand lies within a thousand of each other by chance.
    """
    steps = _steps([str(one.value["code"]) for one in exchanges])
    near = sum(abs(step) <= _NEAR for step in steps)
    equal = sum(first == second for first, second in pairwise(steps))
    return max(near, equal)


def _steps(codes: Sequence[str]) -> list[int]:
    """What is added from one code to the next, in the base their characters suggest."""
    texts = ["".join(character for character in code.upper() if character in _DIGITS) for code in codes]
    base = next(base for base in (10, 16, 36) if all(_DIGITS[one] < base for text in texts for one in text))
    numbers = [int(text, base) for text in texts]
    return [later - earlier for earlier, later in pairwise(numbers)]


@fold
def code_bits(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:  # noqa: ARG001 - see FOLDS
    """Bits that somebody has to guess in the shortest code: its places that vary, by the kinds of characters seen."""
    codes = [str(one.value["code"]) for one in exchanges]
    length = min(map(len, codes))
    varying = sum(len({code[place] for code in codes}) > 1 for place in range(length))
    return math.floor(varying * math.log2(_alphabet("".join(codes))))


def _alphabet(text: str) -> int:
    kinds = ((str.isdigit, 10), (str.islower, 26), (str.isupper, 26))
    return max(2, sum(size for kind, size in kinds if any(map(kind, text))))


@fold
def not_problems(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:
    """Numbers of the refusals that are no problem of RFC 9457 as S-7 wants it.

    ``given["statuses"]`` maps every code of the contract to its status.
    """
    return [one.number for one in exchanges if not _is_problem(one, given["statuses"])]


def _is_problem(one: Exchange, statuses: Mapping[str, int]) -> bool:
    problem = json.loads(one.reply_body)
    return (
        one.reply_headers.get("content-type", "").startswith("application/problem+json")
        and statuses.get(problem.get("code")) == one.status == problem.get("status")
        and bool(problem.get("title_zh")) and bool(problem.get("title")) and "type" in problem
    )  # fmt: skip


@fold
def without_request_id(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:  # noqa: ARG001 - see FOLDS
    """Numbers of the refusals without ``X-Request-Id``, or with another in their body (S-8)."""
    sent = {one.number: one.reply_headers.get("x-request-id") for one in exchanges}
    named = {one.number: json.loads(one.reply_body).get("request_id") for one in exchanges}
    return [number for number, request_id in sent.items() if not request_id or named[number] != request_id]
