"""Risk rules on redemptions, on a real PostgreSQL: a till that is elsewhere, bursts, and streaks at the threshold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from tests.builders import NOON, BuiltBatch, BuiltMerchant, a_batch, a_merchant, some_vouchers
from tests.tills import an_order, one
from voucher_contract.models.common import Position
from voucher_platform.core.acting import Core
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.redemptions import operations as redemptions
from voucher_platform.redemptions.facts import Order
from voucher_platform.redemptions.scanning import Scan
from voucher_platform.risk_rules import operations
from voucher_platform.risk_rules.watching import Watch
from voucher_platform.settings import Settings

pytestmark = pytest.mark.asyncio
AT_HOME = Position(latitude=30.9701, longitude=104.2801)
FAR_AWAY = Position(latitude=31.05, longitude=104.28)


@dataclass
class Shop:
    """A merchant's till in a process with risk rules, and vouchers for it."""

    core: Core
    watch: Watch
    merchant: BuiltMerchant
    codes: list[str]
    batch: BuiltBatch

    async def redeem(self, *, total_fen: int = 12_000, key: str | None = None, code: str = "", **changes: Any) -> str:
        """``redeemed`` or the code of the refusal."""
        spec = an_order(self.merchant, code or self.codes.pop(), order_total_fen=total_fen, **changes)
        order = Order(spec, Scan(spec.code, None, in_time=True), self.merchant.id, key or new_id("key"), b"digest")
        redeeming = redemptions.Redeeming(self.core.database, self.watch)
        try:
            done = await redemptions.redeem(redeeming, order=order, now=NOON)
        except Refused as refused:
            return refused.refusal.code
        finally:
            await redeeming.stop()
        return "replayed" if done.replayed else "redeemed"

    async def alerts(self) -> list[Any]:
        """What is found by now."""
        await self.watch.tell()
        await self.watch.guard.reload()
        async with self.core.database.reading() as connection:
            page = await operations.list_alerts(
                connection, state=None, cursor=None, limit=200, zone=self.core.clocks.timezone
            )
        return page.items

    async def release(self, alert_id: str) -> None:
        async with self.core.database.transaction() as connection:
            await operations.decide(
                connection, alert_id=alert_id, decision="released", reason="核实", by="operator1", now=NOON,
                zone=self.core.clocks.timezone,
            )  # fmt: skip
        await self.watch.guard.reload()


@asynccontextmanager
async def a_shop(database_url: str, *, vouchers: int = 40, **rules: Any) -> AsyncIterator[Shop]:
    settings = Settings.model_validate({
        "database_url": database_url, "redis_url": "redis://unused", "token_secret": "t" * 32,
        "identity_secret": "i" * 32, "risk_rules": rules,
    })  # fmt: skip
    core = Core(settings, Database(make_engine(database_url, pool=8)), Clocks(ZoneInfo("Asia/Shanghai")))
    try:
        async with core.database.transaction() as connection:
            batch = await a_batch(connection)
            merchant = await a_merchant(connection)
            codes = [voucher.code for voucher in await some_vouchers(connection, batch, vouchers)]
        watch = Watch(core, redemptions_every_s=0.0)
        await watch.guard.reload()
        yield Shop(core, watch, merchant, codes, batch)
    finally:
        await core.database.close()


async def test_a_till_that_is_elsewhere_redeems_nothing_and_is_frozen_until_released(database_url: str) -> None:
    async with a_shop(database_url) as shop:
        assert await shop.redeem(till_position=AT_HOME) == "redeemed"
        code = shop.codes[-1]
        assert await shop.redeem(till_position=FAR_AWAY) == "guarded"
        (alert,) = await shop.alerts()
        assert (alert.rule, alert.action, alert.subject.kind, alert.subject.id, alert.merchant_id) == (
            "redemption_till_elsewhere", "block", "till", shop.merchant.till_number, shop.merchant.id,
        )  # fmt: skip
        assert alert.evidence["seen"] == pytest.approx(8_896, abs=10)
        for where in (None, AT_HOME):
            assert await shop.redeem(code=code, till_position=where) == "guarded"
        (alert,) = await shop.alerts()
        assert alert.count == 3
        await shop.release(alert.id)
        assert await shop.redeem(code=code) == "redeemed"
        row = await one(shop.core.database, "SELECT count(*) AS n FROM redemption")
        assert row.n == 2


async def test_a_frozen_till_still_gets_the_reply_of_what_it_redeemed_before(database_url: str) -> None:
    async with a_shop(database_url) as shop:
        code, key = shop.codes[-1], new_id("key")
        assert await shop.redeem(key=key) == "redeemed"
        assert await shop.redeem(till_position=FAR_AWAY) == "guarded"
        assert len(await shop.alerts()) == 1
        assert await shop.redeem(key=key, code=code) == "replayed"
        assert await shop.redeem() == "guarded"


async def test_an_order_at_fault_is_told_its_fault_and_no_alert_is_raised_of_it(database_url: str) -> None:
    async with a_shop(database_url) as shop:
        assert await shop.redeem(total_fen=9_999, till_position=FAR_AWAY) == "below_threshold"
        assert await shop.alerts() == []


async def test_where_tills_must_say_where_they_are_silence_is_stopped_at_once(database_url: str) -> None:
    async with a_shop(database_url, redemption_till_position_missing={"action": "block"}) as shop:
        assert await shop.redeem(till_position=AT_HOME) == "redeemed"
        assert await shop.redeem() == "guarded"
        (alert,) = await shop.alerts()
        assert alert.rule == "redemption_till_position_missing"


async def test_a_rule_that_flags_tells_and_stops_nothing(database_url: str) -> None:
    async with a_shop(database_url, redemption_till_elsewhere={"action": "flag"}) as shop:
        for _ in range(3):
            assert await shop.redeem(till_position=FAR_AWAY) == "redeemed"
        (alert,) = await shop.alerts()
        assert (alert.action, alert.count) == ("flag", 3)
        assert await shop.redeem(till_position=FAR_AWAY) == "redeemed"
        (alert,) = await shop.alerts()
        assert alert.count == 4


async def test_a_burst_freezes_the_merchant_and_what_was_before_a_release_counts_no_more(database_url: str) -> None:
    burst = {"action": "block", "redemptions": 5, "window_seconds": 3_600}
    async with a_shop(database_url, redemption_burst=burst) as shop:
        for _ in range(5):
            assert await shop.redeem() == "redeemed"
        assert await shop.alerts() == []
        assert await shop.redeem() == "redeemed"
        (alert,) = await shop.alerts()
        assert (alert.rule, alert.subject.id, alert.count) == ("redemption_burst", shop.merchant.id, 6)
        assert await shop.redeem() == "guarded"
        await shop.release(alert.id)
        for _ in range(5):
            assert await shop.redeem() == "redeemed"
        assert [each.state for each in await shop.alerts()] == ["released"]


async def test_orders_exactly_at_the_threshold_in_a_row_are_flagged_by_default(database_url: str) -> None:
    async with a_shop(database_url) as shop:
        for _ in range(19):
            assert await shop.redeem(total_fen=10_000) == "redeemed"
        assert await shop.alerts() == []
        assert await shop.redeem(total_fen=10_000) == "redeemed"
        (alert,) = await shop.alerts()
        assert (alert.rule, alert.action, alert.evidence["seen"]) == ("redemption_exact_threshold_streak", "flag", 20)
        assert len(alert.evidence["newest_redemptions"]) == 3


async def test_the_latest_redemptions_of_a_merchant_are_found_by_an_index(database_url: str) -> None:
    async with a_shop(database_url, vouchers=5) as shop:
        await shop.redeem()
        async with shop.core.database.transaction() as connection:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await connection.execute(
                text("EXPLAIN SELECT id FROM redemption WHERE merchant_id = 'x' ORDER BY id DESC LIMIT 61")
            )
            assert "redemption_of_merchant" in "\n".join(plan.scalars())
