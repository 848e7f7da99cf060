"""Wins become vouchers: one transaction for the winners of one batch, and only its COMMIT makes them true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.claims.rules import to_us
from voucher_platform.claims.wins import Win
from voucher_platform.core.database import Database
from voucher_platform.ledger.operations import POSTED
from voucher_platform.ledger.rules import account_id


class StaleEpoch(Exception):
    """The hot store was rebuilt since these wins were judged: nothing was written."""


class OutOfStep(Exception):
    """The hot store gave out what PostgreSQL does not have: nothing was written, the store must be rebuilt."""


@dataclass(frozen=True)
class Money:
    """Where a batch's money lies and what one voucher is worth, in fen."""

    campaign_id: str
    batch_id: str
    face_fen: int


class Settled(msgspec.Struct, frozen=True):
    """What became of one win.

    ``held``: ``row`` is the account's voucher under this key: our own win, which SQL now has as it stands, or the row
    of an earlier one. ``key_reused``: the key has
    another request's voucher. ``clash``: the slot belongs to somebody else in PostgreSQL. ``stale``: not written, the
    claim must be judged again. ``slot_free``: the slot in the hot store stands for no voucher and must be given back.
    """

    outcome: Literal["held", "key_reused", "clash", "stale"]
    row: Any = None
    slot_free: bool = False


async def commit_wins(database: Database, *, money: Money, wins: Sequence[Win], epoch: int) -> list[Settled]:
    """Write ``wins`` of one batch and say what became of each. Idempotent: a win written before is found again.

    A row that any UNIQUE constraint refuses is left out (ON CONFLICT DO NOTHING), and stock and ledger move by the
    rows that went in, so whatever the hot store believed, the money follows the vouchers. The update of the stock
    row compares the epoch: a rebuild raises it first, so a slow process can only commit before the rebuild reads,
    or not at all. Rows go in ordered by account and key, so two processes with the same wins never wait in a circle.

    Raises ``StaleEpoch``, ``OutOfStep``, or the driver's error, after which it is unknown whether it committed:
    call again.
    """
    ordered = sorted(wins, key=lambda win: (win.account_id, win.claim_key))
    try:
        fresh = await _write(database, money, ordered, epoch)
    except IntegrityError as error:
        # never_oversold or nothing_overdrawn: SQL's last word against the hot store.
        raise OutOfStep(str(error.orig)) from error
    rows = await _rows_of(database, wins) if len(fresh) < len(wins) else {}
    return [_settle(win, fresh, rows) for win in wins]


async def _write(database: Database, money: Money, wins: list[Win], epoch: int) -> frozenset[str]:
    """The ids of the vouchers that went in. One statement, which commits by itself: no lock outlasts a round trip."""
    values = {
        **_columns(money.batch_id, wins), "epoch": epoch, "face": money.face_fen, "campaign": money.campaign_id,
        "reserved": account_id("reserved", money.batch_id), "held": account_id("held", money.batch_id),
    }  # fmt: skip
    async with database.glancing() as connection:
        written = (await connection.execute(_WRITE, values)).one()
    if not written.in_epoch:
        raise StaleEpoch(money.batch_id)
    return frozenset(written.ids or ())


def _settle(win: Win, fresh: frozenset[str], rows: dict[tuple[str, str], Any]) -> Settled:
    if win.voucher_id in fresh:
        return Settled("held", win)
    row = rows.get((win.account_id, win.claim_key))
    if row is None:
        return Settled("clash")
    same_slot = row.batch_id == win.batch_id and row.seq == win.seq
    if bytes(row.claim_digest) != win.digest or row.batch_id != win.batch_id:
        return Settled("key_reused", row, slot_free=not same_slot)
    return Settled("held", row, slot_free=not same_slot)


async def _rows_of(database: Database, wins: Sequence[Win]) -> dict[tuple[str, str], Any]:
    async with database.transaction() as connection:
        return await vouchers_by_key(connection, [(win.account_id, win.claim_key) for win in wins])


async def vouchers_by_key(connection: AsyncConnection, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """The voucher that each (account, idempotency key) has won, where there is one."""
    found = await connection.execute(
        _BY_KEY, {"accounts": [account for account, _ in asked], "keys": [key for _, key in asked]}
    )
    return {(row.account_id, row.claim_key): row for row in found}


def _columns(batch_id: str, wins: list[Win]) -> dict[str, Any]:
    """A text a column, a line a win: the driver takes ten times as long over eleven arrays of values."""
    claimed = [to_us(win.claimed_at) for win in wins]
    return {
        "batch": batch_id,
        "ids": _lines([win.voucher_id for win in wins]),
        "persons": _lines([win.person_id for win in wins]),
        "accounts": _lines([win.account_id for win in wins]),
        "seqs": _lines([str(win.seq) for win in wins]),
        "nths": _lines([str(win.nth) for win in wins]),
        "keys": _lines([win.claim_key for win in wins]),
        "digests": _lines([win.digest.hex() for win in wins]),
        "codes": _lines([win.code for win in wins]),
        "claimed": _lines([str(us) for us in claimed]),
        "starts": _lines([str(to_us(win.valid_from)) for win in wins]),
        "ends": _lines([str(to_us(win.valid_until)) for win in wins]),
    }


def _lines(values: list[str]) -> str:
    """Each value after a line break. None has one itself (``wins.pack`` sees to it before a slot is taken)."""
    joined = "\n".join(["", *values])
    if joined.count("\n") != len(values):
        raise ValueError("a line break in a column of wins")
    return joined


_FIELDS = (
    "id, batch_id, person_id, account_id, seq, nth, claim_key, claim_digest, code, state, claimed_at, valid_from,"
    " valid_until"
)


def _column(name: str, kind: str = "text") -> str:
    """The values of a text that ``_lines`` made, without the nothing before its first line break."""
    return f"CAST((string_to_array(CAST(:{name} AS text), E'\\n'))[2:] AS {kind}[])"


def _moment(column: str) -> str:
    """The time so many microseconds after 1970: exact, because they are below 2^53."""
    return f"(timestamptz 'epoch' + {column} * interval '1 microsecond')"


# The stock row is locked first, under its epoch; without it nothing is inserted. ``root`` is SHA-256 over the vouchers
# of the group, one a line, in the order of account and key: what its one transfer stands for.
_WRITE = text(
    f"""
    WITH stock AS (
      SELECT batch_id FROM batch_stock WHERE batch_id = CAST(:batch AS text) AND epoch = :epoch FOR NO KEY UPDATE
    ), inserted AS (
      INSERT INTO voucher ({_FIELDS})
      SELECT w.id, stock.batch_id, w.person, w.account, w.seq, w.nth, w.key, decode(w.digest, 'hex'), w.code,
        'issued', {_moment("w.claimed_us")}, {_moment("w.starts_us")}, {_moment("w.ends_us")}
      FROM stock, unnest(
        {_column("ids")}, {_column("persons")}, {_column("accounts")}, {_column("seqs", "bigint")},
        {_column("nths", "integer")}, {_column("keys")}, {_column("digests")}, {_column("codes")},
        {_column("claimed", "bigint")}, {_column("starts", "bigint")}, {_column("ends", "bigint")}
      ) AS w (id, person, account, seq, nth, key, digest, code, claimed_us, starts_us, ends_us)
      ON CONFLICT DO NOTHING RETURNING id, person_id, account_id, seq, nth, claim_key, claimed_at
    ), written AS (
      SELECT count(*) AS n, min(id) AS reference, max(claimed_at) AS claimed_at, sha256(convert_to(string_agg(
        concat_ws(',', id, person_id, seq, nth, (extract(epoch FROM claimed_at) * 1000000)::bigint) || E'\\n', ''
        ORDER BY account_id COLLATE "C", claim_key COLLATE "C"), 'UTF8')) AS root
      FROM inserted
    ), taken AS (
      UPDATE batch_stock SET issued = issued + written.n FROM written WHERE batch_id = CAST(:batch AS text)
        AND written.n > 0
    ), posting AS (
      SELECT CAST(:campaign AS text) AS campaign_id, CAST(:reserved AS text) AS debit_account,
        CAST(:held AS text) AS credit_account, n * CAST(:face AS bigint) AS amount_fen, n::integer AS count,
        'claim' AS kind, reference, root, claimed_at AS business_at
      FROM written WHERE n > 0
    ), {POSTED}
    SELECT EXISTS (SELECT FROM stock) AS in_epoch, (SELECT array_agg(id ORDER BY id) FROM inserted) AS ids
    """  # noqa: S608 - constants of this file and of the ledger
)
_BY_KEY = text(
    f"""
    SELECT {", ".join("v." + name for name in _FIELDS.split(", "))}
    FROM unnest(CAST(:accounts AS text[]), CAST(:keys AS text[])) AS asked (account, key)
    JOIN voucher v ON v.account_id = asked.account AND v.claim_key = asked.key
    """  # noqa: S608 - a constant list of columns
)
