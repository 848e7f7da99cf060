"""Expiry frees the money of what was never used, and never takes a voucher that is being used."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.builders import NOON, a_batch, a_merchant, a_voucher, some_vouchers
from tests.tills import Till, an_order, balances, one, open_database
from voucher_platform.core.acting import Core
from voucher_platform.core.clocks import Clocks, real_now
from voucher_platform.core.database import Database
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions.expiry import expire_due, run_expiry
from voucher_platform.settings import Settings

LATER = NOON + timedelta(days=1)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened


async def sweep(database: Database, *, limit: int = 100) -> int:
    async with database.transaction() as connection:
        return await expire_due(connection, now=LATER, limit=limit)


@pytest.mark.asyncio
async def test_due_vouchers_expire_and_their_money_is_free_in_one_transfer_a_batch(database: Database) -> None:
    async with database.transaction() as connection:
        batch = await a_batch(connection)
        due = await some_vouchers(connection, batch, 3, valid_until=LATER)
        due += [await a_voucher(connection, batch, valid_until=NOON, state="frozen")]
        await some_vouchers(connection, batch, 2, valid_until=LATER + timedelta(microseconds=1))
    before = await balances(database)
    assert await sweep(database) == 4
    assert await sweep(database) == 0
    after = await balances(database)
    assert (after["free"] - before["free"], before["held"] - after["held"]) == (12_000, 12_000)
    row = await one(database, "SELECT * FROM ledger_transfer WHERE kind = 'expire'")
    assert (row.amount_fen, row.count) == (12_000, 4)
    assert bytes(row.root) == hashlib.sha256("\n".join(sorted(each.id for each in due)).encode()).digest()


@pytest.mark.asyncio
async def test_redeemed_used_up_and_void_vouchers_do_not_expire(database: Database) -> None:
    async with database.transaction() as connection:
        batch = await a_batch(connection)
        for state in ("redeemed", "used_up", "void"):
            await a_voucher(connection, batch, state=state, valid_until=NOON, nth=1)
    assert await sweep(database) == 0


@pytest.mark.asyncio
async def test_sweeps_share_the_work_and_leave_locked_vouchers_alone(database: Database) -> None:
    async with database.transaction() as connection:
        batches = [await a_batch(connection, quota=60) for _ in range(2)]
        vouchers = [each for batch in batches for each in await some_vouchers(connection, batch, 50, valid_until=NOON)]
    async with database.transaction() as holder:
        await holder.execute(text("SELECT FROM voucher WHERE id = :id FOR UPDATE"), {"id": vouchers[0].id})
        swept = await asyncio.gather(*(sweep(database, limit=30) for _ in range(4)))
    assert sum(swept) <= 99
    left = 100 - sum(swept)
    assert await sweep(database) == left
    assert (await balances(database)).get("held", 0) == 0


@pytest.mark.asyncio
async def test_a_voucher_is_redeemed_or_expired_never_both(database: Database) -> None:
    count = 60
    async with database.transaction() as connection:
        batch = await a_batch(connection)
        vouchers = await some_vouchers(connection, batch, count, valid_until=LATER)
        till = Till(database, await a_merchant(connection))

    async def redeem(code: str) -> str:
        try:
            await till.redeem(an_order(till.merchant, code), now=LATER - timedelta(microseconds=1))
        except Refused as refused:
            return refused.refusal.code
        return "redeemed"

    async def sweep_often() -> int:
        return sum([await sweep(database, limit=3) for _ in range(count)])

    sweeping = asyncio.create_task(sweep_often())
    said = await asyncio.gather(*(redeem(each.code) for each in vouchers))
    expired = await sweeping + await sweep(database)
    counted = Counter(said)
    assert set(counted) <= {"redeemed", "expired"}
    assert counted["redeemed"] + expired == count
    found = await balances(database)
    assert (found.get("redeemed", 0), found.get("held", 0)) == (counted["redeemed"] * batch.face_fen, 0)


@pytest.mark.asyncio
async def test_a_voucher_given_back_while_the_sweep_runs_still_expires_once(database: Database) -> None:
    async with database.transaction() as connection:
        batch = await a_batch(connection, refund_regime="A")
        vouchers = await some_vouchers(connection, batch, 20, valid_until=LATER)
        till = Till(database, await a_merchant(connection))
    made = [(await till.redeem(an_order(till.merchant, each.code))).redemption for each in vouchers]
    before = LATER - timedelta(microseconds=1)
    refunds = (till.refund(each.id, each.payable_fen, now=before) for each in made)
    await asyncio.gather(*refunds, *(sweep(database, limit=5) for _ in range(10)))
    await sweep(database)
    row = await one(database, "SELECT count(*) AS n FROM voucher WHERE state = 'expired'")
    assert row.n == 20
    assert (await balances(database)).keys() == {"free", "reserved"}


@pytest.mark.asyncio
async def test_the_workers_job_sweeps_by_the_business_clock(database: Database) -> None:
    async with database.transaction() as connection:
        batch = await a_batch(connection)
        await some_vouchers(connection, batch, 3, valid_until=LATER)
    settings = Settings(database_url="unused", redis_url="unused", token_secret="t" * 32, identity_secret="i" * 32)
    clocks = Clocks(ZoneInfo("Asia/Shanghai"), LATER - timedelta(minutes=1) - real_now())
    core = Core(settings, database, clocks)
    assert await run_expiry(core) == 0
    clocks.offset += timedelta(minutes=1)
    assert await run_expiry(core) == 3
