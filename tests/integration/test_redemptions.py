"""A voucher is used exactly once, and every reason against it is said, on a real PostgreSQL."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.builders import NOON, BuiltBatch, BuiltVoucher, a_batch, a_merchant, a_voucher, an_account, some_vouchers
from tests.tills import Till, an_order, balances, one, open_database
from voucher_contract import refusals
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_platform.claims.codes import dynamic_code
from voucher_platform.core.database import Database
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions import operations
from voucher_platform.redemptions.scanning import Scan, scan
from voucher_platform.settings import Settings

SETTINGS = Settings(database_url="unused", redis_url="unused", token_secret="t" * 32, identity_secret="i" * 32)


@dataclass(frozen=True)
class Scene:
    """A till, and one voucher it may accept."""

    database: Database
    till: Till
    batch: BuiltBatch
    voucher: BuiltVoucher

    async def run(self, statement: str, **names: Any) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(text(statement), {"voucher": self.voucher.id, **names})


@pytest_asyncio.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with open_database(database_url) as database:
        async with database.transaction() as connection:
            batch = await a_batch(connection)
            built = Scene(
                database, Till(database, await a_merchant(connection)), batch, await a_voucher(connection, batch)
            )
        yield built


async def refusal_of(work: Awaitable[Any]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.refusal.code


@pytest.mark.asyncio
async def test_a_voucher_pays_part_of_an_order_and_its_money_moves(scene: Scene) -> None:
    order = an_order(
        scene.till.merchant, scene.voucher.code, merchant_discount_fen=1_000, platform_discount_fen=500,
        payer_account=scene.voucher.account_id,
    )  # fmt: skip
    done = await scene.till.redeem(order)
    made = done.redemption
    assert not done.replayed
    assert (made.payable_fen, made.voucher_fen, made.paid_fen) == (11_000, 3_000, 7_500)
    row = await one(scene.database, "SELECT state FROM voucher WHERE id = :id", id=scene.voucher.id)
    assert row.state == "redeemed"
    assert (await balances(scene.database))["redeemed"] == 3_000


Change = Callable[[Scene], Awaitable[dict[str, Any]]]


def sql(statement: str, **fields: Any) -> Change:
    """A change of the voucher's world, and of the order's fields."""

    async def change(scene: Scene) -> dict[str, Any]:
        if statement:
            await scene.run(statement)
        return fields

    return change


async def _another_payer(scene: Scene) -> dict[str, Any]:
    async with scene.database.transaction() as connection:
        account, _ = await an_account(connection)
    return {"payer_account": account}


async def _another_till(scene: Scene) -> dict[str, Any]:
    async with scene.database.transaction() as connection:
        return {"till_number": (await a_merchant(connection)).till_number}


async def _already_redeemed(scene: Scene) -> dict[str, Any]:
    await scene.till.redeem(an_order(scene.till.merchant, scene.voucher.code))
    return {}


async def _order_already_used(scene: Scene) -> dict[str, Any]:
    async with scene.database.transaction() as connection:
        other = await a_voucher(connection, scene.batch)
    await scene.till.redeem(an_order(scene.till.merchant, other.code, order_no="the-same"))
    return {"order_no": "the-same"}


REFUSED: tuple[tuple[str, Change], ...] = (
    ("unknown_voucher", sql("", code="NOSUCHVOUCHER")),
    ("wrong_holder", _another_payer),
    ("wrong_holder", sql("", payer_account="acc_nobody")),
    ("frozen", sql("UPDATE voucher SET state = 'frozen' WHERE id = :voucher")),
    ("voided", sql("UPDATE voucher SET state = 'void' WHERE id = :voucher")),
    ("not_yet_valid", sql("UPDATE voucher SET valid_from = '2026-02-10 12:00:01+08' WHERE id = :voucher")),
    ("expired", sql("UPDATE voucher SET valid_until = '2026-02-10 12:00+08' WHERE id = :voucher")),
    ("already_redeemed", _already_redeemed),
    ("merchant_suspended", sql("UPDATE merchant SET suspended = true")),
    ("not_admitted", sql("UPDATE merchant SET admitted = false")),
    ("category_not_covered", sql("UPDATE batch SET categories = '{cars}'")),
    ("district_not_covered", sql("UPDATE batch SET districts = '{510681117}'")),
    ("till_not_of_merchant", _another_till),
    ("till_not_of_merchant", sql("", till_number="T-unknown")),
    ("not_in_store", sql("", channel="online")),
    ("below_threshold", sql("", merchant_discount_fen=2_001)),
    ("excluded_goods", sql("", excluded_goods_fen=2_001)),
    ("code_stale", sql("UPDATE batch SET code_mode = 'dynamic'")),
    ("order_already_used", _order_already_used),
    ("invalid_request", sql("", platform_discount_fen=9_000)),
)


@pytest.mark.asyncio
async def test_every_reason_against_a_redemption_is_said_and_nothing_moves(scene: Scene) -> None:
    for code, change in REFUSED:
        async with scene.database.transaction() as connection:
            voucher = await a_voucher(connection, scene.batch)
            till = Till(scene.database, await a_merchant(connection))
        own = replace(scene, voucher=voucher, till=till)
        fields = await change(own)
        before = await balances(scene.database)
        assert await refusal_of(till.redeem(an_order(till.merchant, **{"code": voucher.code, **fields}))) == code
        assert await balances(scene.database) == before
        await scene.run(
            "UPDATE batch SET categories = '{catering}', districts = '{}', code_mode = 'static'",
        )
        await scene.run("UPDATE merchant SET suspended = false, admitted = true")


@pytest.mark.asyncio
async def test_another_account_of_the_holder_may_pay(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        account, _ = await an_account(connection, person_id=scene.voucher.person_id)
    done = await scene.till.redeem(an_order(scene.till.merchant, scene.voucher.code, payer_account=account))
    assert done.redemption.voucher_fen == 3_000


@pytest.mark.asyncio
async def test_a_fresh_dynamic_code_is_accepted_and_an_old_or_forged_one_is_not(scene: Scene) -> None:
    await scene.run("UPDATE batch SET code_mode = 'dynamic'")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    code, _ = dynamic_code(scene.voucher.id, token_secret=SETTINGS.token_secret, now=now, step_seconds=30)
    order = an_order(scene.till.merchant, code)
    stale = scan(code, settings=SETTINGS, real_now=now + timedelta(seconds=61))
    assert await refusal_of(scene.till.redeem(order, scan=stale)) == "code_stale"
    forged = scan(code[:-4] + "0000", settings=SETTINGS, real_now=now)
    assert await refusal_of(scene.till.redeem(order, scan=forged)) == "unknown_voucher"
    fresh = scan(code, settings=SETTINGS, real_now=now)
    assert (await scene.till.redeem(order, scan=fresh)).redemption.voucher_id == scene.voucher.id


@pytest.mark.asyncio
async def test_a_dynamic_code_serves_once_also_when_its_voucher_came_back_within_the_step(scene: Scene) -> None:
    await scene.run("UPDATE batch SET code_mode = 'dynamic', refund_regime = 'A'")
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def at_step(number: int) -> tuple[RedemptionSpec, Scan]:
        then = now + timedelta(seconds=30 * number)
        code, _ = dynamic_code(scene.voucher.id, token_secret=SETTINGS.token_secret, now=then, step_seconds=30)
        return an_order(scene.till.merchant, code), scan(code, settings=SETTINGS, real_now=then)

    order, scanned = at_step(1)
    first = await scene.till.redeem(order, scan=scanned)
    await scene.till.refund(first.redemption.id, 12_000)
    for used_up in (1, 0):
        order, scanned = at_step(used_up)
        assert await refusal_of(scene.till.redeem(order, scan=scanned)) == "code_stale"
    order, scanned = at_step(2)
    assert (await scene.till.redeem(order, scan=scanned)).redemption.voucher_id == scene.voucher.id


@pytest.mark.asyncio
async def test_the_same_key_gets_the_first_reply_whatever_has_happened_since(scene: Scene) -> None:
    order, key = an_order(scene.till.merchant, scene.voucher.code), new_id("key")
    first = await scene.till.redeem(order, key=key)
    await scene.till.refund(first.redemption.id, 100)
    again = await scene.till.redeem(order, key=key, now=NOON + timedelta(days=40))
    assert again.replayed
    assert again.redemption.model_dump_json() == first.redemption.model_dump_json()
    other = order.model_copy(update={"order_total_fen": 13_000})
    assert await refusal_of(scene.till.redeem(other, key=key)) == "key_reused"


@pytest.mark.asyncio
async def test_eight_requests_with_one_key_at_once_get_one_redemption(scene: Scene) -> None:
    order, key = an_order(scene.till.merchant, scene.voucher.code), new_id("key")
    done = await asyncio.gather(*(scene.till.redeem(order, key=key) for _ in range(8)))
    assert len({each.redemption.model_dump_json() for each in done}) == 1
    assert [each.replayed for each in done].count(False) == 1


@pytest.mark.asyncio
async def test_one_order_raced_with_two_vouchers_uses_one(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        vouchers = await some_vouchers(connection, scene.batch, 8)
    done = await asyncio.gather(
        *(scene.till.redeem(an_order(scene.till.merchant, each.code, order_no="one")) for each in vouchers),
        return_exceptions=True,
    )
    said = Counter(each.refusal.code if isinstance(each, Refused) else type(each).__name__ for each in done)
    assert said == {"Redeemed": 1, "order_already_used": 7}
    row = await one(scene.database, "SELECT count(*) AS n FROM voucher WHERE state = 'redeemed'")
    assert row.n == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_each_voucher_raced_eight_ways_is_won_once(scene: Scene, database_url: str, count: int) -> None:
    async with open_database(database_url) as other_process, scene.database.transaction() as connection:
        batch = await a_batch(connection, campaign_id=scene.batch.campaign_id, quota=count)
        vouchers = await some_vouchers(connection, batch, count)
        merchants = [await a_merchant(connection) for _ in range(8)]
        await connection.commit()
        tills = [Till((scene.database, other_process)[n % 2], merchant) for n, merchant in enumerate(merchants)]
        results = await asyncio.gather(*(_redeem_all(till, vouchers, seed) for seed, till in enumerate(tills)))
    assert sum((result for result in results), Counter()) == {"won": count, "already_redeemed": 7 * count}
    row = await one(
        scene.database,
        "SELECT count(*) AS n, count(DISTINCT voucher_id) AS vouchers FROM redemption WHERE NOT reversed",
    )
    assert (row.n, row.vouchers) == (count, count)
    assert (await balances(scene.database))["redeemed"] == count * batch.face_fen


async def _redeem_all(till: Till, vouchers: list[BuiltVoucher], seed: int) -> Counter[str]:
    """One till scans every voucher; all tills go through them in nearly the same order, so most meet in a race."""
    said: Counter[str] = Counter()
    near = random.Random(seed)
    order = sorted(range(len(vouchers)), key=lambda n: n + near.uniform(0, 4))
    for n in order:
        try:
            await till.redeem(an_order(till.merchant, vouchers[n].code))
            said["won"] += 1
        except Refused as refused:
            said[refused.refusal.code] += 1
    return said


@pytest.mark.asyncio
async def test_a_merchant_sees_only_its_own_redemptions_page_by_page(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        vouchers = await some_vouchers(connection, scene.batch, 5)
        stranger = await a_merchant(connection)
    made = [(await scene.till.redeem(an_order(scene.till.merchant, each.code))).redemption.id for each in vouchers]
    own = scene.till.merchant.id
    async with scene.database.reading() as connection:
        first = await operations.list_redemptions(connection, merchant_id=own, cursor=None, limit=3)
        rest = await operations.list_redemptions(connection, merchant_id=own, cursor=first.next_cursor, limit=3)
        assert [item.id for item in (*first.items, *rest.items)] == sorted(made)
        assert rest.next_cursor is None
        none = await operations.list_redemptions(connection, merchant_id=stranger.id, cursor=None, limit=3)
        assert none.items == []
        one_of_own = await operations.get_redemption(connection, redemption_id=made[0], merchant_id=None)
        assert one_of_own.id == made[0]
        with pytest.raises(Refused) as refused:
            await operations.get_redemption(connection, redemption_id=made[0], merchant_id=stranger.id)
    assert refused.value.refusal is refusals.NOT_FOUND
