"""Random sequences of everything that moves money; after each step the statement must still prove itself."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.builders import NOON, BuiltBatch, BuiltMerchant, BuiltVoucher, a_merchant, some_vouchers
from tests.bureau import Bureau
from tests.money_assertions import assert_coherent, buckets
from tests.tills import Till, an_order, open_database
from voucher_contract.models.redemptions import Redemption
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions.expiry import expire_due

STEPS = 50


@dataclass
class Story:
    """One campaign and what has happened in it; each method is one random act, refused or not."""

    bureau: Bureau
    chance: random.Random
    campaign_id: str
    shops: list[BuiltMerchant]
    now: datetime = NOON
    batches: list[BuiltBatch] = field(default_factory=list)
    vouchers: list[BuiltVoucher] = field(default_factory=list)
    redemptions: list[tuple[BuiltMerchant, Redemption]] = field(default_factory=list)

    async def deposit(self) -> None:
        await self.bureau.deposit(self.campaign_id, self.chance.randint(1, 200_000))

    async def publish(self) -> None:
        regime = self.chance.choice(["A", "A_PRIME", "B", "C"])
        quota = self.chance.randint(1, 30)
        self.batches.append(await self.bureau.published(self.campaign_id, quota=quota, refund_regime=regime))

    async def raise_quota(self) -> None:
        batch = await self.bureau.look(self.chance.choice(self.batches).id)
        await self.bureau.raise_quota(batch.id, batch.quota + self.chance.randint(0, 20), now=self.now)

    async def change(self) -> None:
        state = self.chance.choice(["live", "paused", "paused", "stopped"])
        await self.bureau.change(self.chance.choice(self.batches).id, state, now=self.now)

    async def claim(self) -> None:
        batch = self.chance.choice(self.batches)
        left = (await self.bureau.look(batch.id)).remaining
        count = min(left, self.chance.randint(1, 8))
        if count:
            self.vouchers += await self.bureau.act(lambda c: some_vouchers(c, batch, count))

    async def redeem(self) -> None:
        voucher, shop = self.chance.choice(self.vouchers), self.chance.choice(self.shops)
        order = an_order(shop, voucher.code, order_total_fen=self.chance.randint(10_000, 40_000))
        done = await Till(self.bureau.database, shop).redeem(order, now=self.now)
        self.redemptions.append((shop, done.redemption))

    async def refund(self) -> None:
        shop, redemption = self.chance.choice(self.redemptions)
        part = self.chance.choice([redemption.payable_fen, self.chance.randint(1, redemption.payable_fen)])
        await Till(self.bureau.database, shop).refund(redemption.id, part, now=self.now)

    async def settle(self) -> None:
        await self.bureau.settle(self.campaign_id, now=self.now)

    async def repay(self) -> None:
        await self.bureau.repay(self.campaign_id, self.chance.choice(self.shops).id, self.chance.randint(1, 4_000))

    async def pass_time(self) -> None:
        self.now += timedelta(hours=self.chance.randint(1, 18))
        await self.bureau.act(lambda c: expire_due(c, now=self.now, limit=3))

    async def close(self) -> None:
        await self.bureau.close(self.campaign_id, now=self.now)

    async def step(self) -> bool:
        """One random act; whether it took effect. Acts that lack what they act on are left out."""
        acts = [self.deposit, self.publish, self.settle, self.repay, self.pass_time, self.close]
        acts += [self.claim] * 4 + [self.raise_quota, self.change] if self.batches else []
        acts += [self.redeem] * 6 if self.vouchers else []
        acts += [self.refund] * 5 if self.redemptions else []
        try:
            await self.chance.choice(acts)()
        except Refused:
            return False
        return True

    async def end(self) -> None:
        """Everything over, all debts paid, all that is left returned."""
        self.now = NOON + timedelta(days=400)
        await self.settle()
        await self.close()
        await assert_coherent(self.bureau.database, self.campaign_id)
        sent = await self.bureau.send_back(self.campaign_id)
        await assert_coherent(self.bureau.database, self.campaign_id)
        await self.bureau.confirm(sent.id)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.asyncio
async def test_whatever_happens_no_fen_is_lost(database_url: str, seed: int) -> None:
    async with open_database(database_url) as database:
        bureau = Bureau(database)
        campaign = await bureau.campaign(deposit_fen=400_000)
        shops = [await bureau.act(a_merchant) for _ in range(2)]
        story = Story(bureau, random.Random(seed), campaign.id, shops)
        await story.publish()
        effects = 0
        for _ in range(STEPS):
            effects += await story.step()
            await assert_coherent(database, campaign.id)
        assert effects > STEPS // 3
        await story.end()
        statement = await assert_coherent(database, campaign.id)
        assert set(buckets(statement)) <= {"returned", "settled", "owed_by_merchants"}
        async with database.reading() as connection:
            rows = await connection.execute(text("SELECT count(*) FROM redemption WHERE settlement_id IS NULL"))
            assert rows.scalar_one() == 0
