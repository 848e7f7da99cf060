"""What a functional case expects, as data: so a verdict can be made again, by others, from the stored transcript.

An expectation compares terms. A term is a constant, or a look into an exchange: ``pointer`` is a JSON pointer into its
``{"status", "code", "outcome", "replayed", "value", "headers", "seconds"}``, with ``*`` for every element of a list and
``name=word`` for "only where ``name`` is ``word``"; ``of`` says what to make of the values found: the ``one`` there
must be, their ``sum``, ``count``, sorted ``set``, how many are ``distinct``; or ``at_least``, how many there surely
are, where a lost reply counts nothing. A Fold is a named function of ``folds`` over whole exchanges.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from loadtest.evidence import book_folds, report_folds, roster_folds, round_folds  # noqa: F401 - they register their folds
from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import FOLDS

Of = Literal["one", "sum", "count", "set", "distinct", "at_least"]
Relation = Literal["eq", "ne", "le", "ge", "lt", "gt", "in", "not_in"]


class Undecidable(Exception):
    """A term points at something that is not there: the reply was lost, or its shape is another."""


@dataclass(frozen=True)
class Look:
    """Values at ``pointer`` in the exchanges numbered ``exchanges``."""

    exchanges: tuple[int, ...]
    pointer: str
    of: Of = "one"


@dataclass(frozen=True)
class Fold:
    """What the function ``fold`` of ``folds.FOLDS`` makes of the exchanges, with the constants ``given``."""

    exchanges: tuple[int, ...]
    fold: str
    given: Mapping[str, Any] = field(default_factory=dict)


Term = Look | Fold | int | float | str | bool | None | list[Any]


@dataclass(frozen=True)
class Expectation:
    """``left relation right``, in words for people. ``spec`` names the contract's clause, such as S-35.

    ``unknown_is`` says what an undecidable comparison means: ``inconclusive`` unless the very absence is the fault.
    ``explained`` maps known other definitions (Chinese) to the value that each would give: where a wrong figure is
    one of them, the judgement says which.
    """

    left: Term
    relation: Relation
    right: Term
    zh: str
    en: str
    spec: str = ""
    unknown_is: Literal["inconclusive", "fail"] = "inconclusive"
    explained: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; a Look becomes ``{"exchanges", "pointer", "of"}``, a Fold ``{"exchanges", "fold", "given"}``."""
        return asdict(self)

    @classmethod
    def from_json(cls, flat: Mapping[str, Any]) -> Self:
        """The inverse of ``as_json``."""
        values = dict(flat)
        for side in ("left", "right"):
            term = values[side]
            if isinstance(term, Mapping):
                values[side] = _term(term)
        return cls(**values)

    def exchanges(self) -> tuple[int, ...]:
        """The exchanges it looks into, in order."""
        looked = [term.exchanges for term in (self.left, self.right) if isinstance(term, Look | Fold)]
        return tuple(sorted({number for numbers in looked for number in numbers}))


@dataclass(frozen=True)
class Judged:
    """An expectation and how it came out. ``holds`` None: it could not be decided, ``why`` says why.

    ``why`` of one that does not hold names the other definitions (``explained``) that give the value found.
    """

    expectation: Expectation
    holds: bool | None
    left: Any
    right: Any
    why: str = ""


def judge(expectation: Expectation, exchanges: Sequence[Exchange]) -> Judged:
    """Compare the two sides over the exchanges of the case."""
    by_number = {exchange.number: exchange for exchange in exchanges}
    try:
        left = value_of(expectation.left, by_number)
        right = value_of(expectation.right, by_number)
        holds = bool(_RELATIONS[expectation.relation](left, right))
    except (Undecidable, TypeError, ValueError, LookupError) as error:  # the latter three: a reply of another shape
        return Judged(expectation, False if expectation.unknown_is == "fail" else None, None, None, str(error))
    fitting = [] if holds else [zh for zh, value in expectation.explained.items() if value == left]
    return Judged(expectation, holds, left, right, "与另一口径相符：" + "、".join(fitting) if fitting else "")


def value_of(term: Term, exchanges: Mapping[int, Exchange]) -> Any:
    """What a term comes to. Raises Undecidable, or what a reply of another shape makes a fold raise."""
    if isinstance(term, Fold):
        return FOLDS[term.fold](_proven(term.exchanges, exchanges), term.given)
    if not isinstance(term, Look):
        return term
    if term.of == "at_least":
        seen = [exchanges[number] for number in term.exchanges if number in exchanges]
        return sum(len(_walk(_document(exchange), term.pointer)) for exchange in seen)
    found = [value for one in _proven(term.exchanges, exchanges) for value in _walk(_document(one), term.pointer)]
    return _made_of(term, found)


def _made_of(term: Look, found: list[Any]) -> Any:
    if term.of == "count":
        return len(found)
    if term.of == "sum":
        return sum(found)
    if term.of == "distinct":
        return len(set(map(_plain, found)))
    if term.of == "set":
        return sorted(set(map(_plain, found)))
    if len(found) != 1:
        raise Undecidable(f"{term.pointer} of exchange {term.exchanges} has {len(found)} values, not one")
    return found[0]


def _proven(numbers: Sequence[int], exchanges: Mapping[int, Exchange]) -> list[Exchange]:
    for number in numbers:
        if number not in exchanges or _proves_nothing(exchanges[number]):
            raise Undecidable(f"exchange {number} proves nothing")
    return [exchanges[number] for number in numbers]


def _term(flat: Mapping[str, Any]) -> Look | Fold:
    if "fold" in flat:
        return Fold(tuple(flat["exchanges"]), flat["fold"], flat["given"])
    return Look(tuple(flat["exchanges"]), flat["pointer"], flat["of"])


def _proves_nothing(exchange: Exchange) -> bool:
    """No complete reply, one that says the platform did not get to it, or a risk rule's (S-76).

    A 500 is an answer: a wrong one (S-72).
    """
    if exchange.status in {0, 500}:
        return exchange.status == 0
    return exchange.outcome in {"unknown", "not_executed", "guarded"}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _document(exchange: Exchange) -> dict[str, Any]:
    return {
        "status": exchange.status, "code": exchange.code, "outcome": exchange.outcome,
        "replayed": exchange.replayed, "value": exchange.value, "headers": exchange.reply_headers,
        "seconds": (exchange.t_reply_ns - exchange.t_invoke_ns) / 1e9,
    }  # fmt: skip


def _walk(document: Any, pointer: str) -> list[Any]:
    values = [document]
    for raw in pointer.strip("/").split("/"):
        step = raw.replace("~1", "/").replace("~0", "~")
        values = [inner for value in values for inner in _into(value, step)]
    return values


def _into(value: Any, step: str) -> list[Any]:
    if isinstance(value, list):
        if step == "*":
            return value
        return [value[int(step)]] if step.isdigit() and int(step) < len(value) else []
    if not isinstance(value, dict):
        return []
    name, filters, word = step.partition("=")
    if filters:
        return [value] if name in value and _word(value[name]) == word else []
    return [value[step]] if step in value else []


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_RELATIONS: dict[Relation, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "le": operator.le, "ge": operator.ge, "lt": operator.lt, "gt": operator.gt,
    "in": lambda left, right: left in right, "not_in": lambda left, right: left not in right,
}  # fmt: skip
