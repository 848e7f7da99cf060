"""Resolving accounts to natural persons: in bulk, race-safe, transitive within a call and across calls."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_platform.core.auth import keyed_hash
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.people import statements
from voucher_platform.people.rules import (
    MATCHING_KINDS,
    AccountFacts,
    Identifier,
    Member,
    Union,
    identifiers,
    mask_phone,
)

_ONE_RESOLVER = 0x70656F70
_Row = tuple[AccountFacts, list[Identifier]]


async def resolve_people(
    connection: AsyncConnection, rows: Sequence[AccountFacts], *, secret: str, now: datetime,
    matching: frozenset[str] = MATCHING_KINDS,
) -> list[str]:  # fmt: skip
    """The person of each account, in the order of ``rows``; accounts, persons and keyed hashes are written.

    Accounts that share a number of a ``matching`` kind are one person, also through a third account. When a call joins
    persons that already exist, the oldest stays, the others' numbers and accounts move to it, and each merge is one
    row of ``person_merge``. Vouchers already issued keep their person, and a token already handed out keeps its person
    until it expires: whatever counts per person over the past must follow ``person_merge``.

    One resolver writes at a time (advisory lock until the commit), so two calls that bring the same new number agree
    on one person; the unique index on matching hashes stands behind the lock. What needs no database is done before
    the lock. An account that exists may come again with
    the numbers of its person; with numbers that lead to somebody else the call is refused (``invalid_request``, naming
    the row) and nothing changes.
    """
    hashed = [(facts, identifiers(facts, secret)) for facts in rows]
    union, numbers = _joined(hashed, matching)
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_RESOLVER})
    await _join_known(connection, union, numbers)
    owners = await _owners_of_accounts(connection, hashed)
    _check_same_person(hashed, union, owners, matching)
    people, fresh = await _settle_persons(connection, hashed, union, matching, now)
    await _write(connection, hashed, people, fresh, secret=secret, now=now, matching=matching)
    return people


def _joined(rows: list[_Row], matching: frozenset[str]) -> tuple[Union, set[Identifier]]:
    """Sets of matching numbers, by what the call itself says; and all those numbers."""
    union = Union()
    numbers: set[Identifier] = set()
    for _, found in rows:
        keys = [key for key in found if key[0] in matching]
        union.join(keys)
        numbers.update(keys)
    return union, numbers


async def _join_known(connection: AsyncConnection, union: Union, numbers: set[Identifier]) -> None:
    """Add to each set the persons that already hold one of its numbers, as ``("person", id)``."""
    known = await connection.execute(statements.KNOWN_NUMBERS, statements.columns_of(numbers, "kinds", "hashes"))
    for kind, hashed, person in known:
        union.join([(kind, bytes(hashed)), ("person", person)])


async def _owners_of_accounts(connection: AsyncConnection, rows: list[_Row]) -> dict[str, str]:
    known = await connection.execute(statements.KNOWN_ACCOUNTS, {"ids": [facts.account for facts, _ in rows]})
    return {row.id: row.person_id for row in known}


def _root(union: Union, found: list[Identifier], matching: frozenset[str]) -> Member:
    return union.find(next(key for key in found if key[0] in matching))


def _check_same_person(rows: list[_Row], union: Union, owners: dict[str, str], matching: frozenset[str]) -> None:
    """Refuse an account, known or named twice in the call, whose numbers lead to another person than its own."""
    roots: dict[str, Member] = {account: union.find(("person", person)) for account, person in owners.items()}
    faults = []
    for number, (facts, found) in enumerate(rows):
        root = _root(union, found, matching)
        if roots.setdefault(facts.account, root) != root:
            faults.append(
                {"field": f"body.people.{number}.account", "message": "this account belongs to another person"}
            )
    if faults:
        raise Refused(refusals.INVALID_REQUEST, "an account belongs to another person", errors=faults[:20])


async def _settle_persons(
    connection: AsyncConnection, rows: list[_Row], union: Union, matching: frozenset[str], now: datetime
) -> tuple[list[str], list[str]]:
    """Each row's person, merging persons that became one; and which persons are new."""
    person_of: dict[Member, str] = {}
    merged: list[tuple[str, str]] = []
    for root, persons in union.persons_by_set().items():
        winner, *losers = sorted(persons)
        person_of[root] = winner
        merged += [(loser, winner) for loser in losers]
    fresh = []
    people = []
    for _, found in rows:
        root = _root(union, found, matching)
        if root not in person_of:
            person_of[root] = new_id("per")
            fresh.append(person_of[root])
        people.append(person_of[root])
    if merged:
        values = {**statements.columns_of(merged, "losers", "winners"), "now": now}
        for statement in statements.MERGE:
            await connection.execute(statement, values)
    return people, fresh


async def _write(
    connection: AsyncConnection, rows: list[_Row], people: list[str], fresh: list[str], *, secret: str, now: datetime,
    matching: frozenset[str],
) -> None:  # fmt: skip
    await connection.execute(statements.NEW_PERSONS, {"ids": fresh})
    of_person = zip(rows, people, strict=True)
    held = {(*key, person, key[0] in matching) for (_, found), person in of_person for key in found}
    await connection.execute(
        statements.NEW_NUMBERS, statements.columns_of(held, "kinds", "hashes", "persons", "matches")
    )
    # A statement may not touch a row twice: of an account named twice in one call the last mention counts.
    accounts = {
        facts.account: (
            facts.account, person, keyed_hash(secret, "device", facts.device), facts.home_district,
            mask_phone(facts.phone),
        )
        for (facts, _), person in zip(rows, people, strict=True)
    }  # fmt: skip
    values = statements.columns_of(accounts.values(), "ids", "persons", "devices", "homes", "phones")
    await connection.execute(statements.ACCOUNTS, {**values, "now": now})
