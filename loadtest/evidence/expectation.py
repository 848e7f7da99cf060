"""What a functional case expects, as data: so a verdict can be made again, by others, from the stored transcript.

An expectation compares terms. A term is a constant, or a look into an exchange: ``pointer`` is a JSON pointer into its
``{"status", "code", "outcome", "replayed", "value", "headers", "seconds"}``, with ``*`` for every element of a list;
``of`` says what to make of the values found: the ``one`` there must be, their ``sum``, ``count``, or sorted ``set``.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from loadtest.evidence.exchange import Exchange

Of = Literal["one", "sum", "count", "set"]
Relation = Literal["eq", "ne", "le", "ge", "lt", "gt", "in", "not_in"]


class Undecidable(Exception):
    """A term points at something that is not there: the reply was lost, or its shape is another."""


@dataclass(frozen=True)
class Look:
    """Values at ``pointer`` in the exchanges numbered ``exchanges``."""

    exchanges: tuple[int, ...]
    pointer: str
    of: Of = "one"


Term = Look | int | float | str | bool | None | list[Any]


@dataclass(frozen=True)
class Expectation:
    """``left relation right``, in words for people. ``spec`` names the contract's clause, such as S-35.

    ``unknown_is`` says what an undecidable comparison means: ``inconclusive`` unless the very absence is the fault.
    """

    left: Term
    relation: Relation
    right: Term
    zh: str
    en: str
    spec: str = ""
    unknown_is: Literal["inconclusive", "fail"] = "inconclusive"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; a Look becomes ``{"exchanges", "pointer", "of"}``."""
        return asdict(self)

    @classmethod
    def from_json(cls, flat: Mapping[str, Any]) -> Self:
        """The inverse of ``as_json``."""
        values = dict(flat)
        for side in ("left", "right"):
            term = values[side]
            if isinstance(term, Mapping):
                values[side] = Look(tuple(term["exchanges"]), term["pointer"], term["of"])
        return cls(**values)

    def exchanges(self) -> tuple[int, ...]:
        """The exchanges it looks into, in order."""
        looked = [term.exchanges for term in (self.left, self.right) if isinstance(term, Look)]
        return tuple(sorted({number for numbers in looked for number in numbers}))


@dataclass(frozen=True)
class Judged:
    """An expectation and how it came out. ``holds`` None: it could not be decided, ``why`` says why."""

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
    except (Undecidable, TypeError) as error:
        return Judged(expectation, False if expectation.unknown_is == "fail" else None, None, None, str(error))
    return Judged(expectation, holds, left, right)


def value_of(term: Term, exchanges: Mapping[int, Exchange]) -> Any:
    """What a term comes to. Raises Undecidable."""
    if not isinstance(term, Look):
        return term
    found: list[Any] = []
    for number in term.exchanges:
        exchange = exchanges.get(number)
        if exchange is None or _proves_nothing(exchange):
            raise Undecidable(f"exchange {number} proves nothing")
        found += list(_walk(_document(exchange), term.pointer))
    if term.of == "count":
        return len(found)
    if term.of == "sum":
        return sum(found)
    if term.of == "set":
        return sorted(set(map(_plain, found)))
    if len(found) != 1:
        raise Undecidable(f"{term.pointer} of exchange {term.exchanges} has {len(found)} values, not one")
    return found[0]


def _proves_nothing(exchange: Exchange) -> bool:
    """No complete reply, or one that says the platform did not get to it. A 500 is an answer: a wrong one (S-72)."""
    return exchange.status != 500 and exchange.outcome in {"unknown", "not_executed"}


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
    if isinstance(value, dict) and step in value:
        return [value[step]]
    return []


_RELATIONS: dict[Relation, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "le": operator.le, "ge": operator.ge, "lt": operator.lt, "gt": operator.gt,
    "in": lambda left, right: left in right, "not_in": lambda left, right: left not in right,
}  # fmt: skip
