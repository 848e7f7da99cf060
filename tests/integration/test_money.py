"""Settlement, repayment, closing and returns on a real PostgreSQL; the statement is proved after every step."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.builders import NOON, BuiltBatch, BuiltMerchant, a_merchant, a_voucher, some_vouchers
from tests.bureau import Bureau
from tests.money_assertions import assert_coherent, buckets
from tests.tills import Till, an_order, one, open_database
from voucher_contract.models.redemptions import Redemption
from voucher_platform.core.problems import Refused
from voucher_platform.money.operations.statement import list_transfers, read_statement
from voucherlab.sql import run_sql

OVER = NOON + timedelta(days=21)


@pytest_asyncio.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    async with open_database(database_url) as database:
        yield Bureau(database)


async def refused(act: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await act
    return refusal.value.refusal.code


async def merchant(bureau: Bureau) -> BuiltMerchant:
    return await bureau.act(a_merchant)


async def redeemed(bureau: Bureau, batch: BuiltBatch, shop: BuiltMerchant) -> Redemption:
    """A voucher claimed and used at the shop."""
    voucher = await bureau.act(lambda c: a_voucher(c, batch))
    return (await Till(bureau.database, shop).redeem(an_order(shop, voucher.code))).redemption


@pytest.mark.asyncio
async def test_settlement_pays_each_merchant_what_it_redeemed(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    first, second = await merchant(bureau), await merchant(bureau)
    for shop in (first, first, second):
        await redeemed(bureau, batch, shop)
    done = await bureau.settle(campaign.id)
    assert {line.merchant_id: line.net_fen for line in done.lines} == {first.id: 6_000, second.id: 3_000}
    assert (done.gross_fen, done.recovered_fen, done.net_fen) == (9_000, 0, 9_000)
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 300_000, "reserved": 291_000, "settled": 9_000}
    assert (await bureau.settle(campaign.id)).lines == []
    await assert_coherent(bureau.database, campaign.id)


@pytest.mark.asyncio
async def test_settlement_takes_the_redemptions_of_before_now_net_of_their_refunds(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    half = await redeemed(bureau, batch, shop)
    await Till(bureau.database, shop).refund(half.id, 6_000)
    assert await bureau.settle(campaign.id, now=NOON - timedelta(seconds=1)) is not None
    assert buckets(await assert_coherent(bureau.database, campaign.id))["redeemed_unsettled"] == 1_500
    assert (await bureau.settle(campaign.id)).gross_fen == 1_500
    await assert_coherent(bureau.database, campaign.id)


@pytest.mark.asyncio
async def test_a_voucher_given_back_before_settlement_is_settled_with_nothing(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id, refund_regime="A")
    shop = await merchant(bureau)
    whole = await redeemed(bureau, batch, shop)
    await Till(bureau.database, shop).refund(whole.id, whole.payable_fen)
    assert (await bureau.settle(campaign.id)).gross_fen == 0
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 300_000, "reserved": 297_000, "held": 3_000}


async def in_debt(bureau: Bureau, campaign_id: str, batch: BuiltBatch, shop: BuiltMerchant, count: int) -> None:
    """``count`` redemptions settled, then refunded whole: the shop owes 3,000 fen for each."""
    done = [await redeemed(bureau, batch, shop) for _ in range(count)]
    await bureau.settle(campaign_id)
    for redemption in done:
        await Till(bureau.database, shop).refund(redemption.id, redemption.payable_fen)


@pytest.mark.asyncio
async def test_a_settlement_keeps_back_what_the_merchant_owes_and_no_more_than_it_earned(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    await in_debt(bureau, campaign.id, batch, shop, 2)
    assert buckets(await assert_coherent(bureau.database, campaign.id))["owed_by_merchants"] == 6_000
    await redeemed(bureau, batch, shop)
    done = await bureau.settle(campaign.id)
    assert (done.gross_fen, done.recovered_fen, done.net_fen) == (3_000, 3_000, 0)
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 303_000, "reserved": 291_000, "settled": 3_000, "owed_by_merchants": 3_000}


@pytest.mark.asyncio
async def test_a_repayment_pays_the_oldest_debt_first_and_never_more_than_is_owed(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    await in_debt(bureau, campaign.id, batch, shop, 2)
    assert await refused(bureau.repay(campaign.id, shop.id, 6_001)) == "repayment_too_large"
    assert await refused(bureau.repay(campaign.id, "mer_none", 1)) == "not_found"
    await bureau.repay(campaign.id, shop.id, 3_500, bank_reference="HK-1")
    assert await refused(bureau.repay(campaign.id, shop.id, 100, bank_reference="HK-1")) == "wrong_state"
    row = await one(bureau.database, "SELECT array_agg(recovered_fen ORDER BY refund_id) AS paid FROM merchant_debt")
    assert row.paid == [3_000, 500]
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 303_500, "reserved": 294_000, "owed_by_merchants": 2_500}


@pytest.mark.asyncio
async def test_closing_waits_for_open_batches_valid_vouchers_and_settlement_in_that_order(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    await redeemed(bureau, batch, shop)
    await bureau.act(lambda c: some_vouchers(c, batch, 5))
    assert await refused(bureau.close(campaign.id, now=NOON)) == "vouchers_outstanding"
    after_claims = NOON + timedelta(days=11)
    assert await refused(bureau.close(campaign.id, now=after_claims)) == "vouchers_outstanding"
    assert await refused(bureau.close(campaign.id, now=OVER)) == "unsettled"
    await bureau.settle(campaign.id)
    assert (await bureau.close(campaign.id, now=OVER)).state == "closed"
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 597_000, "settled": 3_000}
    assert (await bureau.look(batch.id)).state == "stopped"
    expired = await one(bureau.database, "SELECT count(*) AS n FROM voucher WHERE state = 'expired'")
    assert expired.n == 5


@pytest.mark.asyncio
async def test_a_closed_campaign_takes_no_deposit_round_settlement_or_second_closing(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    await bureau.close(campaign.id, now=OVER)
    acts: list[Callable[[], Any]] = [
        lambda: bureau.deposit(campaign.id, 1),
        lambda: bureau.round(campaign.id),
        lambda: bureau.settle(campaign.id),
        lambda: bureau.close(campaign.id, now=OVER),
        lambda: bureau.raise_quota(batch.id, 200),
        lambda: bureau.change(batch.id, "live"),
    ]
    assert [await refused(act()) for act in acts] == ["wrong_state"] * len(acts)


@pytest.mark.asyncio
async def test_a_stopped_batch_with_nothing_held_lets_its_campaign_close_at_once(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    await bureau.change(batch.id, "stopped")
    await bureau.close(campaign.id, now=NOON)
    assert buckets(await assert_coherent(bureau.database, campaign.id)) == {"free": 600_000}


@pytest.mark.asyncio
async def test_unused_money_goes_back_and_a_late_repayment_by_a_supplementary_return(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    assert await refused(bureau.send_back(campaign.id)) == "wrong_state"
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    used = await redeemed(bureau, batch, shop)
    await bureau.settle(campaign.id)
    await bureau.close(campaign.id, now=OVER)
    sent = await bureau.send_back(campaign.id)
    assert (sent.number, sent.amount_fen, sent.to_account, sent.state) == (1, 597_000, "P-1", "in_transit")
    assert await refused(bureau.send_back(campaign.id)) == "nothing_to_return"
    assert buckets(await assert_coherent(bureau.database, campaign.id))["return_in_transit"] == 597_000
    arrived = await bureau.confirm(sent.id, bank_reference="TH-1")
    assert (arrived.state, arrived.bank_reference) == ("returned", "TH-1")
    assert await refused(bureau.confirm(sent.id)) == "wrong_state"
    assert await refused(bureau.confirm("ret_none")) == "not_found"
    await Till(bureau.database, shop).refund(used.id, used.payable_fen, now=OVER)
    await bureau.repay(campaign.id, shop.id, 3_000)
    late = await bureau.send_back(campaign.id)
    assert (late.number, late.amount_fen) == (2, 3_000)
    assert await refused(bureau.confirm(late.id, bank_reference="TH-1")) == "wrong_state"
    await bureau.confirm(late.id)
    assert buckets(await assert_coherent(bureau.database, campaign.id)) == {"returned": 600_000}


@pytest.mark.asyncio
async def test_another_account_than_the_paying_one_needs_an_officers_word(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000, paying="P-1", designated="D-2")
    await bureau.close(campaign.id, now=NOON)
    assert await refused(bureau.send_back(campaign.id)) == "account_mismatch"
    assert (await bureau.send_back(campaign.id, confirmed=True)).to_account == "D-2"


@pytest.mark.asyncio
async def test_a_settlement_and_refunds_at_once_leave_no_fen_unexplained(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    shop = await merchant(bureau)
    till = Till(bureau.database, shop)
    done = [await redeemed(bureau, batch, shop) for _ in range(12)]
    refunds = [till.refund(redemption.id, 4_321) for redemption in done]
    ends = await asyncio.gather(*refunds[:6], bureau.settle(campaign.id), *refunds[6:], return_exceptions=True)
    assert [end for end in ends if isinstance(end, BaseException)] == []
    statement = await assert_coherent(bureau.database, campaign.id)
    assert statement.buckets.settled_fen + statement.buckets.redeemed_unsettled_fen == 12 * (3_000 - 1_080)


@pytest.mark.asyncio
async def test_transfers_are_listed_in_their_order_page_by_page(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    first = await bureau.act(lambda c: list_transfers(c, campaign_id=campaign.id, cursor=None, limit=1))
    after = int(first.next_cursor or 0)
    rest = await bureau.act(lambda c: list_transfers(c, campaign_id=campaign.id, cursor=after, limit=50))
    assert [(row.debit, row.credit, row.amount_fen, row.count) for row in (*first.items, *rest.items)] == [
        (f"source:{campaign.id}", f"free:{campaign.id}", 600_000, 1),
        (f"free:{campaign.id}", f"reserved:{batch.id}", 300_000, 100),
    ]
    assert rest.next_cursor is None
    assert (
        await refused(bureau.act(lambda c: list_transfers(c, campaign_id="cmp_none", cursor=None, limit=1)))
        == "not_found"
    )


@pytest.mark.parametrize(
    ("corruption", "named"),
    [
        ("UPDATE ledger_transfer SET amount_fen = amount_fen + 1 WHERE kind = 'redeem'", "redeemed:"),
        ("UPDATE ledger_transfer SET amount_fen = amount_fen - 1 WHERE kind = 'deposit'", "source:"),
        ("DELETE FROM ledger_transfer WHERE kind = 'reserve'", "reserved:"),
        ("UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'free'", "free:"),
        ("UPDATE deposit SET amount_fen = amount_fen + 1", "source:"),
        ("UPDATE voucher SET state = 'expired' WHERE state = 'issued'", "held:"),
        ("UPDATE batch_stock SET quota = quota + 1", "reserved:"),
        ("UPDATE redemption SET settlement_id = NULL, fund_refunded_fen = 1, voucher_refunded_fen = 1", "redeemed:"),
        ("UPDATE ledger_transfer SET count = count + 1 WHERE credit_account LIKE 'held:%'", "bat_"),
    ],
)
@pytest.mark.asyncio
async def test_any_corrupted_row_breaks_the_identity_and_is_named(
    bureau: Bureau, database_url: str, corruption: str, named: str
) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    await redeemed(bureau, batch, await merchant(bureau))
    await bureau.act(lambda c: a_voucher(c, batch))
    await assert_coherent(bureau.database, campaign.id)
    await asyncio.to_thread(run_sql, database_url, corruption)
    async with bureau.database.reading() as connection:
        statement = await read_statement(connection, campaign_id=campaign.id)
    assert not statement.identity_ok
    assert any(named in fault for fault in statement.faults), statement.faults
    assert all(" / " in fault for fault in statement.faults)
