"""The statements of resolving: each takes whole columns, so ten thousand accounts cost a handful of round trips."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text


def columns_of(rows: Iterable[Sequence[Any]], *names: str) -> dict[str, list[Any]]:
    """Rows turned into one list a column, as ``unnest`` wants them."""
    table = list(rows)
    return {name: [row[at] for row in table] for at, name in enumerate(names)}


KNOWN_NUMBERS = text(
    "SELECT p.kind, p.keyed_hash, p.person_id FROM person_identifier p"
    " JOIN unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[])) AS asked (kind, keyed_hash)"
    " USING (kind, keyed_hash) WHERE p.matches"
)
KNOWN_ACCOUNTS = text("SELECT id, person_id FROM account WHERE id = ANY(CAST(:ids AS text[]))")
NEW_PERSONS = text("INSERT INTO person (id) SELECT unnest(CAST(:ids AS text[]))")
# Named by the primary key: a matching number of somebody else must break, not be passed over.
NEW_NUMBERS = text(
    "INSERT INTO person_identifier (kind, keyed_hash, person_id, matches)"
    " SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[]), CAST(:persons AS text[]),"
    " CAST(:matches AS boolean[])) ON CONFLICT (kind, keyed_hash, person_id) DO NOTHING"
)
ACCOUNTS = text(
    "INSERT INTO account (id, person_id, device_hash, home_district, masked_phone, created_at)"
    " SELECT *, CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS text[]), CAST(:persons AS text[]),"
    " CAST(:devices AS bytea[]), CAST(:homes AS text[]), CAST(:phones AS text[]))"
    " ON CONFLICT (id) DO UPDATE SET device_hash = excluded.device_hash, home_district = excluded.home_district,"
    " masked_phone = excluded.masked_phone"
)
# Numbers that do not match may be held by both persons already: they are copied, the others move.
MERGE = (
    text(
        "INSERT INTO person_merge (merged_person, into_person, merged_at)"
        " SELECT loser, winner, CAST(:now AS timestamptz)"
        " FROM unnest(CAST(:losers AS text[]), CAST(:winners AS text[])) AS pair (loser, winner)"
    ),
    text(
        "UPDATE person_identifier SET person_id = winner"
        " FROM unnest(CAST(:losers AS text[]), CAST(:winners AS text[])) AS pair (loser, winner)"
        " WHERE person_id = loser AND matches"
    ),
    text(
        "INSERT INTO person_identifier (kind, keyed_hash, person_id, matches)"
        " SELECT kind, keyed_hash, winner, false FROM person_identifier"
        " JOIN unnest(CAST(:losers AS text[]), CAST(:winners AS text[])) AS pair (loser, winner)"
        " ON person_id = loser WHERE NOT matches ON CONFLICT (kind, keyed_hash, person_id) DO NOTHING"
    ),
    text(
        "UPDATE account SET person_id = winner"
        " FROM unnest(CAST(:losers AS text[]), CAST(:winners AS text[])) AS pair (loser, winner)"
        " WHERE person_id = loser"
    ),
)
