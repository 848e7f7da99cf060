"""Cases of refunds: what each regime does to the voucher and to public money."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import money
from loadtest.lab.days import next_midnight
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller, new_key
from loadtest.lab.orders import refund
from loadtest.lab.staff import CannotPlay, Shop
from voucher_contract import routes


@dataclass(frozen=True)
class _Sold:
    """An order of 100.00 with 70.00 paid, in a campaign that has deposited exactly its vouchers' faces."""

    campaign_id: str
    shop: Shop
    person: Caller
    voucher: dict[str, Any]
    redemption: dict[str, Any]


async def _sold(lab: Lab, regime: str, *, shop: Shop | None = None, **changes: Any) -> _Sold:
    campaign_id = await lab.campaign(6_000)
    batch = await lab.batch(campaign_id, quota=2, refund_regime=regime, **changes)
    shop, person = shop or await lab.shop(), await lab.person()
    voucher = await lab.voucher(person, batch)
    redemption = lab.got(await lab.redeem(shop, voucher["code"]))
    return _Sold(campaign_id, shop, person, voucher, redemption)


def _expect_refund(lab: Lab, exchange: Exchange, fields: dict[str, Any], *, spec: str = "S-56") -> None:
    lab.expect_ok(exchange, "退款成功", "the refund is made", spec="S-54")
    for name, value in fields.items():
        lab.expect_value(exchange, f"/{name}", value, f"{name} 应为 {value}", f"{name} is {value}", spec=spec)


async def _expect_state(lab: Lab, sold: _Sold, state: str, zh: str, en: str) -> None:
    seen = await lab.do(routes.GET_VOUCHER, sold.person, voucher_id=sold.voucher["id"])
    lab.expect_value(seen, "/state", state, zh, en, spec="S-56")


async def _expect_buckets(lab: Lab, sold: _Sold, spec: str, **buckets: int) -> None:
    statement = await money(lab, sold.campaign_id)
    for name, fen in buckets.items():
        words = f"资金表 {name} 应为 {fen} 分", f"{name} of the statement is {fen}"
        lab.expect_value(statement, f"/buckets/{name}", fen, *words, spec=spec)


@play("refunds-a-whole")
async def a_whole(lab: Lab) -> None:
    """Regime A: a whole refund gives the voucher back; it is used again, and that order is refunded again."""
    sold = await _sold(lab, "A")
    whole = await refund(lab, sold.shop, sold.redemption, 10_000)
    fields = {"user_fen": 7_000, "voucher_fen": 3_000, "platform_fen": 0, "fund_fen": 3_000, "voucher_returned": True}
    _expect_refund(lab, whole, fields)
    await _expect_state(lab, sold, "issued", "券退回持券人", "the voucher is its holder's again")
    await _expect_buckets(lab, sold, "S-56", redeemed_unsettled_fen=0, held_fen=3_000, free_fen=0)
    again = await lab.redeem(sold.shop, sold.voucher["code"])
    lab.expect_ok(again, "退回的券可再次核销", "the returned voucher is good again", spec="S-49")
    lab.expect_value(again, "/voucher_id", sold.voucher["id"], "仍是同一张券", "the same voucher", spec="S-57")
    if again.outcome == "ok":
        second = await refund(lab, sold.shop, again.value, 10_000)
        _expect_refund(lab, second, {"voucher_fen": 3_000, "voucher_returned": True})


@play("refunds-a-partial")
async def a_partial(lab: Lab) -> None:
    """Regime A: a partial refund uses the voucher up, and nothing goes back to the fund."""
    sold = await _sold(lab, "A")
    part = await refund(lab, sold.shop, sold.redemption, 5_000)
    _expect_refund(lab, part, {"user_fen": 3_500, "voucher_fen": 1_500, "fund_fen": 0, "voucher_returned": False})
    await _expect_used_up(lab, sold)
    await _expect_buckets(lab, sold, "S-56", redeemed_unsettled_fen=3_000, free_fen=0)


@play("refunds-a-prime")
async def a_prime(lab: Lab) -> None:
    """Regime A′: whole as A; partial uses the voucher up and its part goes back to the fund."""
    sold, other = await _sold(lab, "A_PRIME"), await _sold(lab, "A_PRIME")
    part = await refund(lab, sold.shop, sold.redemption, 5_000)
    _expect_refund(lab, part, {"user_fen": 3_500, "fund_fen": 1_500, "voucher_returned": False})
    await _expect_used_up(lab, sold)
    await _expect_buckets(lab, sold, "S-56", redeemed_unsettled_fen=1_500, free_fen=1_500)
    whole = await refund(lab, other.shop, other.redemption, 10_000)
    _expect_refund(lab, whole, {"fund_fen": 3_000, "voucher_returned": True})
    good = await lab.redeem(other.shop, other.voucher["code"])
    lab.expect_ok(good, "全额退款后券可再用", "after a whole refund the voucher is good again", spec="S-56")


@play("refunds-b")
async def b(lab: Lab) -> None:
    """Regime B: the voucher is used up by any refund, and its part goes back to the fund."""
    sold, other = await _sold(lab, "B"), await _sold(lab, "B")
    whole = await refund(lab, sold.shop, sold.redemption, 10_000)
    _expect_refund(lab, whole, {"user_fen": 7_000, "fund_fen": 3_000, "voucher_returned": False})
    await _expect_used_up(lab, sold)
    await _expect_buckets(lab, sold, "S-56", redeemed_unsettled_fen=0, held_fen=0, free_fen=3_000)
    part = await refund(lab, other.shop, other.redemption, 5_000)
    _expect_refund(lab, part, {"user_fen": 3_500, "fund_fen": 1_500, "voucher_returned": False})
    await _expect_used_up(lab, other)
    await _expect_buckets(lab, other, "S-56", redeemed_unsettled_fen=1_500, held_fen=0, free_fen=1_500)


@play("refunds-c")
async def c(lab: Lab) -> None:
    """Regime C: the voucher is back at once and good from the next business day."""
    sold = await _sold(lab, "C")
    whole = await refund(lab, sold.shop, sold.redemption, 10_000)
    _expect_refund(lab, whole, {"fund_fen": 3_000, "voucher_returned": True})
    tomorrow = next_midnight(lab.now())
    today = await lab.redeem(sold.shop, sold.voucher["code"])
    if lab.now() >= tomorrow - timedelta(seconds=1) or next_midnight(lab.now()) != tomorrow:
        raise CannotPlay("测试跨过了业务日零点")
    lab.expect_refused(today, "not_yet_valid", "退款当日不可用", "refused on the day of the refund", spec="S-56")
    await lab.until(tomorrow)
    good = await lab.redeem(sold.shop, sold.voucher["code"])
    lab.expect_ok(good, "下一业务日起可用", "good from the next business day", spec="S-56")


async def _expect_used_up(lab: Lab, sold: _Sold) -> None:
    await _expect_state(lab, sold, "used_up", "券已用完", "the voucher is used up")
    tried = await lab.redeem(sold.shop, sold.voucher["code"])
    lab.expect_refused(tried, "already_redeemed", "用完的券不可再核销", "it is not good again", spec="S-56")


@play("refunds-replayed")
async def replayed(lab: Lab) -> None:
    """One refund sent many times under one key, also at once, is one refund."""
    sold = await _sold(lab, "B")
    key = new_key()
    first = await refund(lab, sold.shop, sold.redemption, 2_000, key=key)
    rest = await asyncio.gather(
        *(refund(lab, sold.shop, sold.redemption, 2_000, key=key, connection=n) for n in range(1, 6))
    )
    lab.expect_ok(first, "退款成功", "the refund is made", spec="S-54")
    lab.expect(
        every([first, *rest], "/value/id", "distinct"), "eq", 1, "同一幂等键的答复是同一笔退款",
        "all replies under one key tell of one refund", spec="S-16",
    )  # fmt: skip
    await _expect_refunded(lab, sold, count=1, amount_fen=2_000)


async def _expect_refunded(lab: Lab, sold: _Sold, *, count: int, amount_fen: int) -> None:
    seen = await lab.do(routes.GET_REDEMPTION, sold.shop.tills[0], redemption_id=sold.redemption["id"])
    lab.expect_value(seen, "/refund_count", count, f"该订单共退款 {count} 次", f"{count} refunds", spec="S-16")
    lab.expect_value(seen, "/refunded_fen", amount_fen, f"累计退 {amount_fen} 分", f"{amount_fen} fen", spec="S-16")
    listed = await lab.do(routes.LIST_REFUNDS, sold.shop.tills[0], redemption_id=sold.redemption["id"])
    amounts = every([listed], "/value/items/*/amount_fen", "sum")
    lab.expect(amounts, "eq", amount_fen, "退款明细合计相符", "the list of refunds adds up", spec="S-54")


@play("refunds-raced")
async def raced(lab: Lab) -> None:
    """Six whole refunds of one order at once, each with a key of its own: one is made."""
    sold = await _sold(lab, "B")
    sent = await asyncio.gather(*(refund(lab, sold.shop, sold.redemption, 10_000, connection=n) for n in range(1, 7)))
    lab.expect(
        every(sent, "/outcome=ok", "at_least"), "le", 1, "同一订单并发全额退款至多成功一次",
        "of simultaneous whole refunds at most one succeeds", spec="S-55",
    )  # fmt: skip
    lab.expect(
        every(sent, "/outcome=ok", "count"), "eq", 1, "同一订单并发全额退款恰好成功一次",
        "of simultaneous whole refunds exactly one succeeds", spec="S-55",
    )  # fmt: skip
    await _expect_refunded(lab, sold, count=1, amount_fen=10_000)


@play("refunds-other-merchant")
async def other_merchant(lab: Lab) -> None:
    """Another shop's till can neither refund the order nor see it."""
    sold = await _sold(lab, "B")
    stranger = await lab.shop("daily_goods")
    tried = await refund(lab, stranger, sold.redemption, 1_000)
    lab.expect_refused(tried, ("not_found", "forbidden"), "他店不能退款", "another shop cannot refund", spec="S-5")
    seen = await lab.do(routes.GET_REDEMPTION, stranger.tills[0], redemption_id=sold.redemption["id"])
    lab.expect_refused(seen, ("not_found", "forbidden"), "他店看不到该订单", "another shop sees it not", spec="S-11")
    await _expect_refunded(lab, sold, count=0, amount_fen=0)


@play("refunds-suspended-merchant")
async def suspended_merchant(lab: Lab) -> None:
    """A suspended merchant still refunds earlier orders."""
    shop = await lab.own_shop()
    sold = await _sold(lab, "B", shop=shop)
    selector = {"merchant_id": shop.merchant_id, "reason": "检验"}
    await lab.must(routes.SUSPEND_MERCHANTS, lab.operator, body=selector)
    await lab.take_in()
    made = await refund(lab, shop, sold.redemption, 10_000)
    lab.expect_ok(made, "暂停的商户仍可退此前的订单", "a suspended merchant refunds earlier orders", spec="S-53")


@play("refunds-window")
async def window(lab: Lab) -> None:
    """Refunds until so many days after the redemption; none at all where the batch says 0."""
    sold, never = await _sold(lab, "B", refund_days=1), await _sold(lab, "B", refund_days=0)
    closed = await refund(lab, never.shop, never.redemption, 1_000)
    lab.expect_refused(closed, "closed", "不可退款的券种拒绝退款", "a batch without refunds refuses", spec="S-55")
    good = await refund(lab, sold.shop, sold.redemption, 1_000)
    lab.expect_ok(good, "期限内可退款", "within the window it is made", spec="S-55")
    await lab.until(lab.ahead(days=1))
    late = await refund(lab, sold.shop, sold.redemption, 1_000)
    lab.expect_refused(late, "closed", "超过退款期限被拒绝", "after the window it is refused", spec="S-55")


@play("refunds-after-expiry")
async def after_expiry(lab: Lab) -> None:
    """A voucher that would come back after its time expires instead, and its money goes to the fund."""
    ends = lab.ahead(days=2)
    sold = await _sold(lab, "A", claim_closes_at=ends, valid_until=ends)
    await lab.until(ends)
    whole = await refund(lab, sold.shop, sold.redemption, 10_000)
    _expect_refund(lab, whole, {"fund_fen": 3_000, "voucher_returned": False}, spec="S-57")
    await _expect_state(lab, sold, "expired", "券到期不再退回", "the voucher expires instead")
    tried = await lab.redeem(sold.shop, sold.voucher["code"])
    lab.expect_refused(tried, "expired", "到期的券不可再核销", "it is not good again", spec="S-57")
    await _expect_buckets(lab, sold, "S-57", redeemed_unsettled_fen=0, held_fen=0)
