"""Who is one person: accounts joined by what they share, transitively."""

from collections.abc import Iterable
from dataclasses import dataclass

from voucher_platform.core.auth import keyed_hash

MATCHING_KINDS = frozenset({"id_number", "card"})
"""Kinds that make two accounts one person. Phones and devices are kept but do not match: families share them."""

Identifier = tuple[str, bytes]
"""Kind and keyed hash of a number."""

Member = tuple[str, bytes | str]
"""An identifier, or ``("person", person id)``."""


@dataclass(frozen=True)
class AccountFacts:
    """What a platform learns of an account when it signs in. Numbers in clear: never stored, never logged."""

    account: str
    phone: str
    card: str | None
    id_number: str
    device: str
    home_district: str


def identifiers(facts: AccountFacts, secret: str) -> list[Identifier]:
    """The account's numbers as keyed hashes."""
    numbers = {"id_number": facts.id_number, "card": facts.card, "phone": facts.phone, "device": facts.device}
    return [(kind, keyed_hash(secret, kind, number)) for kind, number in numbers.items() if number is not None]


def mask_phone(phone: str) -> str:
    """``138****1234``."""
    return f"{phone[:3]}****{phone[-4:]}"


class Union:
    """Disjoint sets of (kind, value) pairs, with path halving: near-constant time a step."""

    def __init__(self) -> None:
        self._parent: dict[Member, Member] = {}

    def find(self, item: Member) -> Member:
        """The one member that stands for ``item``'s set."""
        parent = self._parent.setdefault(item, item)
        while parent != item:
            self._parent[item] = grand = self._parent[parent]
            item, parent = grand, self._parent[grand]
        return item

    def join(self, items: Iterable[Member]) -> None:
        """Make one set of all ``items``."""
        first: Member | None = None
        for item in items:
            root = self.find(item)
            if first is None:
                first = root
            elif root != first:
                self._parent[root] = first

    def persons_by_set(self) -> dict[Member, list[str]]:
        """The person ids in each set that holds any, by the member that stands for the set."""
        found: dict[Member, list[str]] = {}
        for kind, value in list(self._parent):
            if kind == "person" and isinstance(value, str):
                found.setdefault(self.find((kind, value)), []).append(value)
        return found
