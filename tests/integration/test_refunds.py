"""Refunds under every regime, before and after settlement; after each the money is all there."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.builders import NOON, BuiltBatch, BuiltVoucher, a_batch, a_merchant, a_voucher
from tests.tills import Till, an_order, balances, one, open_database
from voucher_contract.models.redemptions import Redemption
from voucher_platform.core.database import Database
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.ledger.operations import Movement, move
from voucher_platform.ledger.rules import account_id
from voucher_platform.refunds import operations

DEPOSIT_FEN, RESERVED_FEN, FACE_FEN = 10_000_000, 300_000, 3_000
PAYABLE_FEN = 12_000


@dataclass(frozen=True)
class Sale:
    """A redeemed voucher: an order of 120.00 of which the user paid 90.00."""

    till: Till
    batch: BuiltBatch
    voucher: BuiltVoucher
    redemption: Redemption

    async def refund(self, amount_fen: int, **options: Any) -> operations.Refunded:
        return await self.till.refund(self.redemption.id, amount_fen, **options)

    async def voucher_row(self) -> Any:
        return await one(self.till.database, "SELECT * FROM voucher WHERE id = :id", id=self.voucher.id)

    async def redemption_row(self) -> Any:
        return await one(self.till.database, "SELECT * FROM redemption WHERE id = :id", id=self.redemption.id)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened


async def a_sale(database: Database, regime: str = "B", **voucher: Any) -> Sale:
    async with database.transaction() as connection:
        batch = await a_batch(connection, refund_regime=regime)
        built = await a_voucher(connection, batch, **voucher)
        till = Till(database, await a_merchant(connection))
    done = await till.redeem(an_order(till.merchant, built.code))
    return Sale(till, batch, built, done.redemption)


async def settle(sale: Sale, *, close: bool = False) -> None:
    """What settling does to one redemption, and closing to its campaign: the money is with the merchant."""
    async with sale.till.database.transaction() as connection:
        settlement = new_id("set")
        names = {"id": settlement, "campaign": sale.batch.campaign_id, "at": NOON}
        await connection.execute(text("INSERT INTO settlement VALUES (:id, :campaign, :at)"), names)
        await connection.execute(
            text("UPDATE redemption SET settlement_id = :id WHERE id = :redemption"),
            {"id": settlement, "redemption": sale.redemption.id},
        )
        if close:
            await connection.execute(text("UPDATE campaign SET state = 'closed' WHERE id = :campaign"), names)
        await shift(connection, sale, ("redeemed", sale.batch.id), ("settled", sale.batch.id), FACE_FEN)


async def shift(connection: Any, sale: Sale, debit: Any, credit: Any, amount_fen: int) -> None:
    await move(
        connection,
        Movement(sale.batch.campaign_id, account_id(*debit), account_id(*credit), amount_fen, "test", "test", NOON),
    )


async def refusal_of(work: Any) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.refusal.code


def money(**kinds: int) -> dict[str, int]:
    """The expected balances of one batch of which one voucher was issued."""
    untouched = {"reserved": RESERVED_FEN - FACE_FEN, "free": DEPOSIT_FEN - RESERVED_FEN}
    found = {kind: untouched.get(kind, 0) + kinds.get(kind, 0) for kind in {*untouched, *kinds}}
    return {kind: fen for kind, fen in found.items() if fen}


@pytest.mark.asyncio
@pytest.mark.parametrize("regime", ["A", "A_PRIME"])
async def test_redeem_refund_and_redeem_again(database: Database, regime: str) -> None:
    sale = await a_sale(database, regime)
    done = (await sale.refund(PAYABLE_FEN)).refund
    assert (done.user_fen, done.voucher_fen, done.fund_fen, done.voucher_returned) == (9_000, 3_000, 3_000, True)
    assert (await sale.voucher_row()).state == "issued"
    assert (await sale.redemption_row()).reversed
    assert await balances(database) == money(held=FACE_FEN)
    same_order = an_order(sale.till.merchant, sale.voucher.code, order_no=sale.redemption.order_no)
    again = await sale.till.redeem(same_order)
    assert again.redemption.id != sale.redemption.id
    assert await balances(database) == money(redeemed=FACE_FEN)
    assert await refusal_of(sale.refund(1)) == "refund_too_large"


@pytest.mark.asyncio
async def test_under_a_a_partial_refund_uses_the_voucher_up_and_no_money_comes_back(database: Database) -> None:
    sale = await a_sale(database, "A")
    first, last = (await sale.refund(4_000)).refund, (await sale.refund(8_000)).refund
    assert [each.fund_fen for each in (first, last)] == [0, 0]
    assert first.user_fen + last.user_fen == 9_000
    assert not last.voucher_returned
    assert (await sale.voucher_row()).state == "used_up"
    assert await balances(database) == money(redeemed=FACE_FEN)


@pytest.mark.asyncio
@pytest.mark.parametrize("regime", ["A_PRIME", "B", "C"])
async def test_partial_refunds_bring_the_vouchers_part_back_to_the_fund(database: Database, regime: str) -> None:
    sale = await a_sale(database, regime)
    first = (await sale.refund(4_000)).refund
    assert (first.user_fen, first.voucher_fen, first.fund_fen) == (3_000, 1_000, 1_000)
    assert (await sale.voucher_row()).state == "used_up"
    assert await balances(database) == money(redeemed=2_000, free=1_000)
    await sale.refund(8_000)
    assert await balances(database) == money(free=FACE_FEN)
    row = await sale.redemption_row()
    assert (row.refunded_fen, row.fund_refunded_fen, row.reversed) == (PAYABLE_FEN, FACE_FEN, False)


@pytest.mark.asyncio
async def test_under_b_a_whole_refund_never_gives_the_voucher_back(database: Database) -> None:
    sale = await a_sale(database, "B")
    done = (await sale.refund(PAYABLE_FEN)).refund
    assert (done.fund_fen, done.voucher_returned) == (FACE_FEN, False)
    assert (await sale.voucher_row()).state == "used_up"
    assert await balances(database) == money(free=FACE_FEN)
    assert await refusal_of(sale.till.redeem(an_order(sale.till.merchant, sale.voucher.code))) == "already_redeemed"


@pytest.mark.asyncio
async def test_under_c_the_voucher_works_again_from_the_next_day(database: Database) -> None:
    sale = await a_sale(database, "C")
    assert (await sale.refund(PAYABLE_FEN)).refund.voucher_returned
    again = an_order(sale.till.merchant, sale.voucher.code)
    assert await refusal_of(sale.till.redeem(again, now=NOON + timedelta(hours=11, minutes=59))) == "not_yet_valid"
    await sale.till.redeem(again, now=NOON + timedelta(hours=12))
    assert await balances(database) == money(redeemed=FACE_FEN)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("regime", "valid_until"), [("A", NOON + timedelta(hours=1)), ("C", NOON + timedelta(hours=12))]
)
async def test_a_voucher_returned_too_late_expires_and_its_money_is_free(
    database: Database, regime: str, valid_until: Any
) -> None:
    sale = await a_sale(database, regime, valid_until=valid_until)
    done = (await sale.refund(PAYABLE_FEN, now=NOON + timedelta(hours=2))).refund
    assert (done.fund_fen, done.voucher_returned) == (FACE_FEN, False)
    assert (await sale.voucher_row()).state == "expired"
    assert await balances(database) == money(free=FACE_FEN)


@pytest.mark.asyncio
async def test_after_settlement_the_merchant_owes_what_goes_back(database: Database) -> None:
    sale = await a_sale(database, "B")
    await settle(sale)
    await sale.refund(4_000)
    assert await balances(database) == money(settled=2_000, owed=1_000)
    debt = await one(database, "SELECT * FROM merchant_debt")
    assert (debt.amount_fen, debt.merchant_id, debt.recovered_fen) == (1_000, sale.till.merchant.id, 0)


@pytest.mark.asyncio
async def test_after_settlement_free_money_covers_the_returned_voucher(database: Database) -> None:
    sale = await a_sale(database, "A")
    await settle(sale)
    assert (await sale.refund(PAYABLE_FEN)).refund.voucher_returned
    assert await balances(database) == money(owed=FACE_FEN, held=FACE_FEN, free=-FACE_FEN)


@pytest.mark.asyncio
async def test_without_free_money_a_settled_voucher_cannot_come_back_until_the_merchant_repays(
    database: Database,
) -> None:
    sale = await a_sale(database, "A")
    await settle(sale)
    campaign = sale.batch.campaign_id
    async with database.transaction() as connection:
        away = ("free", campaign), ("in_transit", campaign)
        await shift(connection, sale, *away, DEPOSIT_FEN - RESERVED_FEN - FACE_FEN + 1)
    before = await balances(database)
    assert await refusal_of(sale.refund(PAYABLE_FEN)) == "refund_not_covered"
    assert await balances(database) == before
    assert (await sale.redemption_row()).refund_count == 0
    async with database.transaction() as connection:
        await shift(connection, sale, ("in_transit", campaign), ("free", campaign), 1)
    assert (await sale.refund(PAYABLE_FEN)).refund.voucher_returned


@pytest.mark.asyncio
async def test_a_late_refund_after_closing_is_owed_and_the_voucher_does_not_come_back(database: Database) -> None:
    sale = await a_sale(database, "A")
    await settle(sale, close=True)
    done = (await sale.refund(PAYABLE_FEN)).refund
    assert (done.fund_fen, done.voucher_returned) == (FACE_FEN, False)
    assert (await sale.voucher_row()).state == "expired"
    assert await balances(database) == money(owed=FACE_FEN)


@pytest.mark.asyncio
async def test_refunds_are_refused_in_order_and_change_nothing(database: Database) -> None:
    sale = await a_sale(database)
    assert await refusal_of(sale.refund(PAYABLE_FEN + 1, now=NOON + timedelta(days=90))) == "closed"
    assert await refusal_of(sale.refund(PAYABLE_FEN + 1)) == "refund_too_large"
    assert await refusal_of(sale.till.refund("red_unknown", 1)) == "not_found"
    async with database.transaction() as connection:
        stranger = Till(database, await a_merchant(connection))
    assert await refusal_of(stranger.refund(sale.redemption.id, 1)) == "not_found"
    assert await balances(database) == money(redeemed=FACE_FEN)


@pytest.mark.asyncio
async def test_fifty_refunds_of_one_fen_are_allowed_and_a_fifty_first_is_not(database: Database) -> None:
    sale = await a_sale(database)
    made = [(await sale.refund(1)).refund for _ in range(50)]
    assert sum(each.user_fen for each in made) == 38  # 50 × 90.00 ÷ 120.00 = 37.5, half up
    assert [each.number for each in made] == list(range(1, 51))
    assert await refusal_of(sale.refund(1)) == "too_many_refunds"
    async with database.reading() as connection:
        listed = await operations.list_refunds(
            connection, redemption_id=sale.redemption.id, merchant_id=None, cursor=None, limit=200
        )
    assert {each.id for each in listed.items} == {each.id for each in made}
    await balances(database)


@pytest.mark.asyncio
async def test_the_same_key_refunds_once_also_when_sent_eight_times_at_once(database: Database) -> None:
    sale, key = await a_sale(database), new_id("key")
    done = await asyncio.gather(*(sale.refund(4_000, key=key) for _ in range(8)))
    assert len({each.refund.model_dump_json() for each in done}) == 1
    assert [each.replayed for each in done].count(False) == 1
    assert await refusal_of(sale.refund(4_001, key=key)) == "key_reused"
    assert await balances(database) == money(redeemed=2_000, free=1_000)


@pytest.mark.asyncio
async def test_concurrent_refunds_of_one_order_never_give_back_more_than_it(database: Database) -> None:
    sale = await a_sale(database)
    done = await asyncio.gather(*(sale.refund(5_000) for _ in range(8)), return_exceptions=True)
    said = Counter(each.refusal.code if isinstance(each, Refused) else type(each).__name__ for each in done)
    assert said == {"Refunded": 2, "refund_too_large": 6}
    assert (await sale.redemption_row()).refunded_fen == 10_000
    assert await balances(database) == money(redeemed=500, free=2_500)


@pytest.mark.asyncio
async def test_one_key_for_two_redemptions_at_once_refunds_one(database: Database) -> None:
    sale = await a_sale(database)
    async with database.transaction() as connection:
        other = await a_voucher(connection, sale.batch)
    second = (await sale.till.redeem(an_order(sale.till.merchant, other.code))).redemption
    key = new_id("key")
    done = await asyncio.gather(
        sale.refund(100, key=key), sale.till.refund(second.id, 100, key=key), return_exceptions=True
    )
    said = Counter(each.refusal.code if isinstance(each, Refused) else type(each).__name__ for each in done)
    assert said == {"Refunded": 1, "key_reused": 1}
