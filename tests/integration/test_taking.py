"""Vouchers taken together: one transfer a group, and nobody pays for another's bad order."""

import asyncio
import hashlib

import pytest
from sqlalchemy import text

from tests.builders import BuiltVoucher, a_batch, a_merchant, some_vouchers
from tests.tills import Till, an_order, balances, open_database
from voucher_platform.core.database import Database
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions.operations import Redeemed

pytestmark = pytest.mark.asyncio


async def a_till_and_vouchers(database: Database, count: int) -> tuple[Till, list[BuiltVoucher]]:
    async with database.transaction() as connection:
        vouchers = await some_vouchers(connection, await a_batch(connection), count)
        return Till(database, await a_merchant(connection)), vouchers


async def test_each_groups_transfer_carries_the_digest_of_its_redemptions(database_url: str) -> None:
    """Anyone can recompute it: a group's redemptions were recorded in the same transaction as its transfer."""
    async with open_database(database_url) as database:
        till, vouchers = await a_till_and_vouchers(database, 60)
        await asyncio.gather(*[till.redeem(an_order(till.merchant, each.code)) for each in vouchers])
        async with database.reading() as connection:
            query = "SELECT *, count AS size FROM ledger_transfer WHERE kind = 'redeem'"
            transfers = (await connection.execute(text(query))).all()
            made = (await connection.execute(text("SELECT * FROM redemption"))).all()
        await balances(database)
    for transfer in transfers:
        group = [one for one in made if one.recorded_at == transfer.recorded_at]
        lines = "".join(f"{name}\n" for name in sorted(one.id for one in group))
        assert hashlib.sha256(lines.encode()).digest() == bytes(transfer.root)
        assert transfer.reference == min(one.id for one in group)
        assert (transfer.size, transfer.amount_fen) == (len(group), sum(one.voucher_fen for one in group))
    assert sum(transfer.size for transfer in transfers) == 60 > len(transfers)


async def test_an_order_number_used_twice_at_once_fails_alone(database_url: str) -> None:
    async with open_database(database_url) as database:
        till, vouchers = await a_till_and_vouchers(database, 12)
        orders = [an_order(till.merchant, each.code) for each in vouchers]
        orders[7] = orders[7].model_copy(update={"order_no": orders[3].order_no})
        ended = await asyncio.gather(*[till.redeem(order) for order in orders], return_exceptions=True)
        money = await balances(database)
    refused = [one for one in ended if isinstance(one, Refused)]
    assert [one.refusal.code for one in refused] == ["order_already_used"]
    done = [one for one in ended if isinstance(one, Redeemed)]
    assert len(done) == 11
    assert money["redeemed"] == sum(one.redemption.voucher_fen for one in done)


async def test_one_voucher_scanned_by_many_at_once_is_taken_by_one_of_its_group(database_url: str) -> None:
    async with open_database(database_url) as database:
        till, vouchers = await a_till_and_vouchers(database, 2)
        orders = [an_order(till.merchant, vouchers[n % 2].code) for n in range(16)]
        ended = await asyncio.gather(*[till.redeem(order) for order in orders], return_exceptions=True)
    assert sum(isinstance(one, Redeemed) for one in ended) == 2
    assert {one.refusal.code for one in ended if isinstance(one, Refused)} == {"already_redeemed"}
