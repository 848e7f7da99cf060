"""The ports of the statements and the model of the database say and do what PostgreSQL does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.claim_world import FACE_FEN, World, world
from tests.simulation import staff
from tests.simulation.relational_model import Batch, Blocked, PlatformState, Server, Stock, Transaction
from tests.simulation.sql_ports import PORTS
from voucher_platform.claims import (
    attempts,
    catalogue,
    commit,
    giving_back,
    janitor,
    journal,
    lookups,
    operations,
    restock,
    sold_out,
)  # fmt: skip
from voucher_platform.claims.wins import Win
from voucher_platform.core import pulse
from voucher_platform.core.clocks import real_now
from voucher_platform.ledger import operations as ledger
from voucher_platform.ledger.rules import account_id

pytestmark = pytest.mark.asyncio
NOW = real_now().replace(microsecond=123_456)
_ANNOUNCE = text("UPDATE platform_state SET version = version + 1")
_VOIDED = text("UPDATE batch_stock SET voided = voided + 1 WHERE batch_id = :batch")
_RAISE_EPOCH = text("UPDATE platform_state SET epoch = GREATEST(epoch, :above) + 1 RETURNING epoch")
_SPREAD_EPOCH = text("UPDATE batch_stock SET epoch = :epoch")
_EPOCH = text("SELECT epoch FROM platform_state")
_TRY = text("SELECT pg_try_advisory_xact_lock(:key)")
_LAST_AUDIT = text("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")


class Pair:
    """A real database and the model, given the same statements."""

    def __init__(self, made: World, batches: list[str]) -> None:
        self.made = made
        self.batches = batches
        self.model = Server()

    async def take_over(self) -> None:
        """The model starts with what the real database holds."""
        tables = self.model.tables
        async with self.made.database.reading() as connection:
            row = (await connection.execute(text("SELECT * FROM platform_state"))).one()
            tables["platform_state"][1] = PlatformState(row.version, row.clock_offset_us, row.clock_version, row.epoch)
            for row in await connection.execute(text("SELECT * FROM batch")):
                tables["batch"][row.id] = Batch(**{name: getattr(row, name) for name in Batch._fields})
            for row in await connection.execute(text("SELECT * FROM batch_stock")):
                tables["batch_stock"][row.batch_id] = Stock(*row)
            for row in await connection.execute(text("SELECT id, balance_fen FROM ledger_account")):
                tables["ledger_account"][row.id] = row.balance_fen

    async def run(self, statement: Any, params: dict[str, Any] | None = None) -> list[Any]:
        """The rows of both, in a transaction of its own; both must say the same, errors too."""
        params, tx = params or {}, self.model.begin()
        try:
            async with self.made.database.transaction() as connection:
                result = await connection.execute(statement, params)
                real = list(result.all()) if result.returns_rows else []
        except IntegrityError as error:
            self._refused_alike(statement, params, error)
            return []
        rows = PORTS[statement.text](tx, params)
        tx.commit()
        if statement is not ledger._MOVE:  # which returns the transfer's number, a matter of the real sequence
            same_rows(real, rows, statement.text)
        return real

    def _refused_alike(self, statement: Any, params: dict[str, Any], error: IntegrityError) -> None:
        tx = self.model.begin()
        with pytest.raises(IntegrityError) as modelled:
            PORTS[statement.text](tx, params)
        tx.roll_back()
        assert constraint(modelled.value) in str(error.orig)

    async def agree(self) -> None:
        """The tables hold the same."""
        tables = self.model.tables
        async with self.made.database.reading() as connection:
            vouchers = (await connection.execute(text(f"SELECT {commit._FIELDS} FROM voucher ORDER BY id"))).all()
            stocks = (await connection.execute(text("SELECT * FROM batch_stock ORDER BY batch_id"))).all()
            balances = (await connection.execute(text("SELECT id, balance_fen FROM ledger_account"))).all()
            transfers = (await connection.execute(_TRANSFERS)).all()
            counted = (await connection.execute(text("SELECT * FROM claim_attempt_count"))).all()
            seekers = (await connection.execute(text("SELECT * FROM claim_seeker"))).all()
            state = (await connection.execute(text("SELECT version, epoch FROM platform_state"))).one()
        assert [tuple(row) for row in vouchers] == sorted(tuple(row) for row in tables["voucher"].values())
        assert [tuple(row) for row in stocks] == sorted(tuple(row) for row in tables["batch_stock"].values())
        assert dict(tuple(row) for row in balances) == tables["ledger_account"]
        assert [tuple(row) for row in transfers] == list(tables["ledger_transfer"].values())
        assert {tuple(row[:3]): row[3] for row in counted} == tables["claim_attempt_count"]
        assert {tuple(row) for row in seekers} == set(tables["claim_seeker"])
        assert tuple(state) == (tables["platform_state"][1].version, tables["platform_state"][1].epoch)


_TRANSFERS = text(
    "SELECT campaign_id, debit_account, credit_account, amount_fen, count, kind, reference, root, business_at"
    " FROM ledger_transfer WHERE kind NOT IN ('deposit', 'publish') ORDER BY id"
)


def constraint(error: IntegrityError) -> str:
    """The name in the model's error."""
    return str(error.orig).partition('"')[2].partition('"')[0]


def same_rows(real: list[Any], modelled: list[Any], statement: str) -> None:
    """Column by column as far as the statement names them; rows whose order it leaves open are compared as a set."""
    names = list(real[0]._fields) if real else []
    told = [tuple(row) for row in real]
    said = [
        tuple(getattr(row, name) if hasattr(row, name) else row[at] for at, name in enumerate(names))
        for row in modelled
    ]
    if "ORDER BY" not in statement:
        told, said = sorted(told, key=repr), sorted(said, key=repr)
    assert told == said, statement


@pytest_asyncio.fixture
async def pair(database_url: str) -> AsyncIterator[Pair]:
    async with world(database_url, "redis://127.0.0.1:1/0") as made:
        batches = [await made.batch(quota=9, limit=2), await made.batch(quota=4, limit=1)]
        both = Pair(made, batches)
        await both.take_over()
        yield both


def wins(pair: Pair, batch: str, rows: list[tuple[str, str, int, int]], *, tag: str, epoch: int) -> dict[str, Any]:
    """Parameters of the commit: each row is (person, key, seq, nth)."""
    won = [
        Win(
            batch, f"vch_{tag}_{n}", person, f"acc-{person}", key, b"d", f"code-{tag}-{n}",
            NOW + timedelta(microseconds=n), NOW, NOW + timedelta(days=1), seq, nth,
        )
        for n, (person, key, seq, nth) in enumerate(rows)
    ]  # fmt: skip
    return {
        **commit._columns(batch, won), "epoch": epoch, "face": FACE_FEN, "campaign": pair.made.campaign,
        "reserved": account_id("reserved", batch), "held": account_id("held", batch),
    }  # fmt: skip


async def a_step(pair: Pair, rng: Random, tag: str) -> None:
    batch, epoch = rng.choice(pair.batches), pair.model.tables["platform_state"][1].epoch
    persons, keys = [f"p{rng.randrange(5)}" for _ in range(3)], [f"key-{rng.randrange(9)}" for _ in range(3)]
    known = list(pair.model.tables["voucher"])
    match rng.randrange(12):
        case 0 if known:
            voucher = rng.choice(known)
            (row,) = await pair.run(operations._LOCK, {"id": voucher})
            if row.state == "issued":
                await pair.run(operations._SET_STATE, {"id": voucher, "state": "void"})
                await pair.run(_VOIDED, {"batch": row.batch_id})
                await pair.run(ledger._MOVE, {
                    "campaign": row.campaign_id, "debit": account_id("held", row.batch_id),
                    "credit": account_id("reserved", row.batch_id), "amount": row.face_fen, "count": 1,
                    "kind": "void", "reference": voucher, "root": None, "at": NOW,
                })  # fmt: skip
        case 1:
            (raised,) = await pair.run(_RAISE_EPOCH, {"above": rng.choice([0, 0, epoch + 2])})
            await pair.run(_SPREAD_EPOCH, {"epoch": raised.epoch})
        case 2:
            await pair.run(attempts._ADD, {
                "batches": [batch], "days": [NOW.date()], "outcomes": [rng.choice(["issued", "sold_out"])],
                "attempts": [2],
            })  # fmt: skip
            await pair.run(attempts._SEEK, {
                "batches": [batch] * 2, "days": [NOW.date()] * 2, "persons": persons[:2],
            })  # fmt: skip
        case 3:
            await questions(pair, batch, persons, keys)
        case _:
            rows = [
                (person, key, rng.randint(1, 12), rng.randint(1, 2)) for person, key in zip(persons, keys, strict=True)
            ][: rng.randint(1, 3)]
            params = wins(pair, batch, rows, tag=tag, epoch=rng.choice([epoch] * 6 + [epoch - 1]))
            await pair.run(commit._WRITE, params)


async def questions(pair: Pair, batch: str, persons: list[str], keys: list[str]) -> None:
    """Every statement that only asks."""
    await pair.run(commit._BY_KEY, {"accounts": [f"acc-{person}" for person in persons], "keys": keys})
    pairs = sorted({(batch, person) for person in persons})
    await pair.run(lookups._HELD, {"batches": [b for b, _ in pairs], "persons": [p for _, p in pairs]})
    for statement in (
        restock._HELD, restock._COUNTS, giving_back._VOID, sold_out._WINNERS, sold_out._USED_UP, journal._NUMBER,
        journal._MONEY,
    ):  # fmt: skip
        await pair.run(statement, {"batch": batch})
    for moment in (NOW, NOW + timedelta(days=9)):
        await pair.run(restock._CLAIMABLE, {"now": moment})
        await pair.run(janitor._WITH_VOIDED, {"now": moment})
    await pair.run(_EPOCH)
    await pair.run(_LAST_AUDIT)
    await beaten(pair)
    await published(pair)


async def beaten(pair: Pair) -> None:
    """What the pulse polls; two clocks cannot tell the same."""
    (beat,) = PORTS[pulse._STATE.text](pair.model.begin(), {})
    async with pair.made.database.reading() as connection:
        real = (await connection.execute(pulse._STATE)).one()
    names = ("version", "clock_offset_us", "clock_version")
    assert [getattr(real, name) for name in names] == [getattr(beat, name) for name in names]
    assert abs(real.clock - beat.clock) < timedelta(minutes=1)


async def published(pair: Pair) -> None:
    """The catalogue, through the code that reads it: the statement asks for more columns than anybody looks at."""
    async with pair.made.database.reading() as connection:
        real = [catalogue._terms(row) for row in await connection.execute(catalogue._PUBLISHED)]
    rows = PORTS[catalogue._PUBLISHED.text](pair.model.begin(), {})
    assert sorted(real, key=str) == sorted([catalogue._terms(row) for row in rows], key=str)


@pytest.mark.parametrize("seed", range(4))
async def test_random_statements_have_the_same_rows_and_leave_the_same_tables(pair: Pair, seed: int) -> None:
    rng = Random(seed)
    for step in range(60):
        await a_step(pair, rng, f"{step}")
    await questions(pair, pair.batches[0], ["p1"], ["key-1"])
    assert pair.model.tables["voucher"], "nothing was ever written"
    await pair.agree()


async def test_what_would_be_oversold_or_overdrawn_is_refused_alike(pair: Pair) -> None:
    batch, epoch = pair.batches[1], pair.model.tables["platform_state"][1].epoch
    five = [(f"q{n}", f"key-{n}", n + 1, 1) for n in range(5)]
    assert await pair.run(commit._WRITE, wins(pair, batch, five, tag="much", epoch=epoch)) == []
    await pair.run(staff._RAISE, {"batch": batch, "more": 3})
    assert await pair.run(commit._WRITE, wins(pair, batch, five, tag="dear", epoch=epoch)) == []
    await pair.run(_ANNOUNCE)
    await pair.agree()


async def together(pair: Pair, first: tuple[Any, Any], second: tuple[Any, Any], *, keep: bool) -> None:
    """``second`` comes while ``first`` is not committed: it waits, and then says the same in both worlds."""
    holder, waiter = pair.model.begin(), pair.model.begin()
    PORTS[first[0].text](holder, first[1])
    with pytest.raises(Blocked):
        PORTS[second[0].text](waiter, second[1])
    async with pair.made.database.engine.connect() as one, pair.made.database.engine.connect() as other:
        await one.execute(*first)
        late = asyncio.create_task(other.execute(*second))
        done, _ = await asyncio.wait({late}, timeout=0.2)
        assert not done, "PostgreSQL does not wait"
        await (one.commit() if keep else one.rollback())
        result = await late
        real = list(result.all()) if result.returns_rows else []
        await other.commit()
    (holder.commit if keep else holder.roll_back)()
    same_rows(real, PORTS[second[0].text](waiter, second[1]), second[0].text)
    waiter.commit()
    await pair.agree()


@pytest.mark.parametrize("keep", [True, False])
async def test_a_commit_waits_for_a_rebuild_that_raises_the_epoch(pair: Pair, keep: bool) -> None:
    epoch = pair.model.tables["platform_state"][1].epoch
    late = wins(pair, pair.batches[0], [("p", "key-1", 1, 1)], tag="late", epoch=epoch)
    await together(pair, (_SPREAD_EPOCH, {"epoch": epoch + 1}), (commit._WRITE, late), keep=keep)
    assert bool(pair.model.tables["voucher"]) is not keep


@pytest.mark.parametrize("keep", [True, False])
async def test_a_second_win_of_one_key_waits_for_the_first(pair: Pair, keep: bool) -> None:
    epoch = pair.model.tables["platform_state"][1].epoch
    one = wins(pair, pair.batches[0], [("p", "key-1", 1, 1)], tag="one", epoch=epoch)
    # Another batch, so that it is the key they meet at, not the stock row.
    two = wins(pair, pair.batches[1], [("p", "key-1", 1, 1)], tag="two", epoch=epoch)
    await together(pair, (commit._WRITE, one), (commit._WRITE, two), keep=keep)
    assert len(pair.model.tables["voucher"]) == 1


@pytest.mark.parametrize("keep", [True, False])
async def test_a_win_waits_to_see_whether_the_void_of_the_same_nth_stays(pair: Pair, keep: bool) -> None:
    epoch = pair.model.tables["platform_state"][1].epoch
    await pair.run(commit._WRITE, wins(pair, pair.batches[0], [("p", "key-1", 1, 1)], tag="old", epoch=epoch))
    void = {"id": "vch_old_0", "state": "void"}
    again = wins(pair, pair.batches[0], [("p", "key-2", 2, 1)], tag="new", epoch=epoch)
    await together(pair, (operations._SET_STATE, void), (commit._WRITE, again), keep=keep)
    assert len(pair.model.tables["voucher"]) == (2 if keep else 1)


async def test_a_reading_transaction_sees_one_instant_and_others_only_what_is_committed(pair: Pair) -> None:
    async with pair.made.database.reading() as reader, pair.made.database.engine.connect() as writer:
        reading, writing, glance = pair.model.begin(reading=True), pair.model.begin(), pair.model.begin()
        before = (await reader.execute(_EPOCH)).scalar_one()
        assert PORTS[_EPOCH.text](reading, {}) == [(before,)]
        await writer.execute(_RAISE_EPOCH, {"above": 0})
        PORTS[_RAISE_EPOCH.text](writing, {"above": 0})
        assert await pair.made.number(_EPOCH.text) == before
        assert PORTS[_EPOCH.text](glance, {}) == [(before,)]
        await writer.commit()
        writing.commit()
        assert (await reader.execute(_EPOCH)).scalar_one() == before
        assert PORTS[_EPOCH.text](reading, {}) == [(before,)]
        assert await pair.made.number(_EPOCH.text) == before + 1
        assert PORTS[_EPOCH.text](glance, {}) == [(before + 1,)]


async def test_one_rebuilder_has_the_lock_until_its_transaction_ends(pair: Pair) -> None:
    async with pair.made.database.engine.connect() as one, pair.made.database.engine.connect() as other:
        first, second = pair.model.begin(), pair.model.begin()
        for expected, connection, tx in ((True, one, first), (False, other, second), (True, one, first)):
            assert (await connection.execute(_TRY, {"key": 7})).scalar_one() is expected
            assert PORTS[_TRY.text](tx, {"key": 7}) == [(expected,)]
        await one.rollback()
        first.roll_back()
        assert (await other.execute(_TRY, {"key": 7})).scalar_one() is True
        assert PORTS[_TRY.text](second, {"key": 7}) == [(True,)]


def locks_of(tx: Transaction) -> int:
    """How many locks a transaction holds."""
    return len(tx._held)


async def test_a_transaction_that_ends_leaves_no_lock(pair: Pair) -> None:
    tx = pair.model.begin()
    PORTS[_RAISE_EPOCH.text](tx, {"above": 0})
    assert locks_of(tx) == len(pair.model.locks) == 1
    tx.roll_back()
    assert not pair.model.locks
    assert pair.model.tables["platform_state"][1].epoch == await pair.made.number(_EPOCH.text)
