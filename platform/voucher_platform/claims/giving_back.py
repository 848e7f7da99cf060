"""Returning slots to the hot store. Idempotent, and harmless when it fails: the store is compared with SQL."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, checked
from voucher_platform.claims.hot_lines import Server, Servers
from voucher_platform.claims.scripts import RELEASE
from voucher_platform.claims.wins import Win
from voucher_platform.core.database import Database


async def give_back(servers: Servers, *, number: int, win: Win, epoch: int) -> None:
    """Return the slot of a win that became no voucher, and forget its journal entry."""
    request = keys.request_id(win.account_id, win.claim_key)
    server = servers.of[keys.shard_of(number)]
    command = _release(
        number, epoch, server, person=win.person_id, request=request, seq=win.seq,
        journal_id=win.journal_id, void=False,
    )  # fmt: skip
    checked(await server.ask(command))


async def give_back_voided(database: Database, servers: Servers, *, batch_id: str, number: int, epoch: int) -> None:
    """Return the slots of all void vouchers of a batch, if the store has returned fewer than SQL has made void."""
    server = servers.of[keys.shard_of(number)]
    (counted,) = checked(await server.ask(["HGET", keys.stock_key(number, epoch), "voided"]))
    if counted is None:
        return
    async with database.reading() as connection:
        rows = (await connection.execute(_VOID, {"batch": batch_id})).all()
    if len(rows) <= int(counted):
        return
    for chunk in _chunks(rows):
        commands = [
            _release(
                number, epoch, server, person=row.person_id, seq=row.seq, journal_id=b"", void=True,
                request=keys.request_id(row.account_id, row.claim_key),
            )
            for row in chunk
        ]  # fmt: skip
        checked(await server.ask(*commands))


def _chunks(rows: "Iterable[Any]", size: int = 500) -> "Iterable[list[Any]]":
    listed = list(rows)
    return (listed[at : at + size] for at in range(0, len(listed), size))


def _release(
    number: int, epoch: int, server: Server, *, person: str, request: bytes, seq: int, journal_id: bytes, void: bool
) -> Command:
    shard = keys.shard_of(number)
    names = [
        keys.meta_key(shard), keys.journal_key(shard), keys.stock_key(number, epoch), keys.persons_key(number, epoch),
    ]  # fmt: skip
    return server.call(RELEASE, names, epoch, person, request, seq, journal_id, int(void))


_VOID = text("SELECT person_id, account_id, claim_key, seq FROM voucher WHERE batch_id = :batch AND state = 'void'")
