"""Step 4: at the till. The right shop, the wrong one, by category and by district; then the city goes shopping."""

import asyncio
from dataclasses import dataclass
from datetime import time

from merchant_sim.actors import officers
from merchant_sim.actors.given_taps import Answer
from merchant_sim.merchants import Merchant
from merchant_sim.people import Account
from merchant_sim.streams import stream
from voucher_contract import refusals
from voucher_contract.refusals import Refusal
from voucherlab.guided import plan
from voucherlab.guided.naming import district
from voucherlab.guided.showing import Cell, Check, Mood, Wall, Words, in_yuan, yuan
from voucherlab.guided.stage import Order, Stage
from voucherlab.guided.steps.rush import winners
from voucherlab.guided.tills import send_order, shops
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted, refusal

_ATTEMPTS = Words("收银台：对的店与错的店", "At the till: the right shop and the wrong one")
_HEADS = (
    Words("情形", "Case"), Words("商户", "Merchant"), Words("区域", "District"), Words("行业", "Industry"),
    Words("订单（元）", "Order, yuan"), Words("结果", "Result"),
)  # fmt: skip
_EACH, _AT_ONCE = 40, 8


async def act(stage: Stage, wall: Wall) -> None:
    """The clock comes to the first day of validity; nine cases one by one; then many honest orders."""
    await officers.set_clock(stage.offices, plan.moment(stage.first_day, 1, time(9)))
    wall.say("第二天 9:00，持券到店", "Next day, nine o'clock: to the shops")
    lines: list[tuple[Cell, ...]] = []
    moods: list[Mood] = []
    for batch, case in _cases(stage):
        order = await _send(stage, batch, case)
        lines.append(_line(order))
        moods.append("good" if order.redemption else "refused")
        wall.say(order.what.zh, order.what.en)
        wall.table(_ATTEMPTS, _HEADS, lines, moods)
    wall.say("更多居民到店消费", "More residents go shopping")
    await _shopping(stage)
    accepted = [one for one in stage.story.orders if one.redemption]
    wall.figure("核销笔数", "Redemptions", len(accepted))
    wall.figure(
        "核销金额", "Vouchers used", in_yuan(sum(one.redemption.voucher_fen for one in accepted if one.redemption))
    )
    wall.figure("带动消费", "Spent in shops", in_yuan(sum(one.total_fen for one in accepted)))


@dataclass(frozen=True)
class _Case:
    """One order of the talk; ``due`` is the refusal it deserves, None for an order that must be taken."""

    zh: str
    en: str
    holding: Answer
    merchant: Merchant
    total_fen: int
    due: Refusal | None = None
    online: bool = False
    payer: Account | None = None


def _cases(stage: Stage) -> list[tuple[str, _Case]]:
    """The nine orders, each with its batch."""
    food, goods, home = (winners(stage, name) for name in ("catering", "daily", "appliances"))
    nearby, another = plan.opening_offers()[2].districts, stage.account(food[1].account)
    grill, noodles = shops(stage, industries=("catering",))[:2]
    grocer = shops(stage, industries=("daily_goods",))[0]
    inside = shops(stage, industries=("appliances",), districts=nearby)[0]
    outside = shops(stage, industries=("appliances",), districts=nearby, outside=True)[0]
    r, bought, eaten = refusals, home[0], food[0]
    catering = (
        _Case("餐饮券到百货店", "Catering voucher at a grocer's", eaten, grocer, 12_000, r.CATEGORY_NOT_COVERED),
        _Case("餐饮券，消费不满 100 元", "Catering voucher, order below 100", eaten, grill, 9_900, r.BELOW_THRESHOLD),
        _Case("餐饮券，网上下单", "Catering voucher, online order", eaten, grill, 12_000, r.NOT_IN_STORE, online=True),
        _Case("餐饮券，别人来付款", "Catering, another pays", eaten, grill, 12_000, r.WRONG_HOLDER, payer=another),
        _Case("餐饮券到餐饮店（动态码）", "Catering voucher at a restaurant, dynamic code", eaten, grill, 12_000),
        _Case("同一张券再用一次", "The same voucher once more", eaten, noodles, 13_000, r.ALREADY_REDEEMED),
    )
    appliances = (
        _Case("家电券到范围外的镇", "Appliance voucher in a town not covered", bought, outside, 128_800,
              r.DISTRICT_NOT_COVERED),
        _Case("家电券到范围内的店", "Appliance voucher inside the area", bought, inside, 128_800),
    )  # fmt: skip
    daily = _Case("百货券到百货店", "Daily-goods voucher at a grocer's", goods[0], grocer, 8_640)
    return [
        *(("catering", one) for one in catering), *(("appliances", one) for one in appliances), ("daily", daily)
    ]  # fmt: skip


async def _send(stage: Stage, batch: str, case: _Case) -> Order:
    return await send_order(
        stage, case.holding, case.merchant, case.total_fen, batch=batch, online=case.online, payer=case.payer,
        due=() if case.due is None else (case.due.code,), what=Words(case.zh, case.en),
    )  # fmt: skip


def _line(order: Order) -> tuple[Cell, ...]:
    merchant, made = order.merchant, order.redemption
    result = refusal(order.code)
    if made is not None:
        used, paid = yuan(made.voucher_fen), yuan(made.paid_fen)
        result = Words(f"成功：抵 {used}，实付 {paid}", f"accepted: {used} off, {paid} paid")
    industry = Words(merchant.industry_name, plan.CATEGORY_NAMES_EN[merchant.industry])
    return (order.what, merchant.name, district(merchant.district), industry, yuan(order.total_fen), result)


async def _shopping(stage: Stage) -> None:
    """Honest orders of many holders at shops all over the city, with amounts as they come."""
    rng, few = stream(stage.city.seed, "guided-shopping"), asyncio.Semaphore(_AT_ONCE)

    async def shop_once(batch: str, holding: Answer) -> None:
        offer = next(one for one in plan.opening_offers() if one.batch == batch)
        merchant = rng.choice(shops(stage, industries=offer.industries, districts=offer.districts))
        total_fen = offer.threshold_fen + rng.randrange(100, offer.threshold_fen)
        async with few:
            await send_order(
                stage, holding, merchant, total_fen, batch=batch, what=Words("居民消费", "A resident shops")
            )

    chosen = [
        (name, one) for name in ("catering", "daily", "appliances") for one in winners(stage, name)[2 : 2 + _EACH]
    ]
    await asyncio.gather(*[shop_once(name, one) for name, one in chosen])


async def check(stage: Stage) -> list[Check]:
    """Accepted orders have one row each, refused ones none; every row is at a shop its batch covers."""
    url, story = stage.database_url, stage.story
    stored = dict(await rows(url, _ORDERS, story.campaign_id))
    accepted = {one.order_no: one.redemption.voucher_fen for one in story.orders if one.redemption}
    odd = [f"{one.what.zh}: {one.code}" for one in story.orders if not one.as_due]
    refused = sum(bool(one.due) for one in story.orders)
    astray = await number(url, _ASTRAY, story.campaign_id)
    states = await number(url, _NOT_USED, story.campaign_id)
    redeemed = await number(url, _REDEEMED, story.campaign_id)
    return [
        same("收银台确认的核销 = 数据库里的核销，逐笔", "Redemptions confirmed at tills = rows, one by one",
             stored, accepted, tell=lambda value: counted(len(value), "{} 笔", "{} orders")),
        holds("每个拒绝都有它该有的理由", "Each refusal has the reason it deserves", not odd,
              "；".join(odd[:5]) or counted(refused, "{} 个拒绝，不符 0 个", "{} refused, 0 for another reason")),
        same("没有一笔在不适用的行业或区域", "Not one in a category or district that is not covered", astray, 0,
             tell=lambda value: counted(value, "不符 {} 笔", "{} astray")),
        same("核销过的券不再可用", "No redeemed voucher can be used again", states, 0,
             tell=lambda value: counted(value, "仍可用 {} 张", "{} still usable")),
        same("已核销资金 = 券额之和", "Money redeemed = sum of the vouchers used",
             redeemed, await number(url, _USED, story.campaign_id), tell=in_yuan),
    ]  # fmt: skip


# Only what this talk sent: somebody may have used the till page beside it.
_ORDERS = """
SELECT order_no, voucher_fen FROM redemption WHERE campaign_id = $1 AND order_no LIKE 'guided-order-%'
"""
_ASTRAY = """
SELECT count(*) FROM redemption
  JOIN batch ON batch.id = redemption.batch_id JOIN merchant ON merchant.id = merchant_id
WHERE redemption.campaign_id = $1
  AND NOT (merchant.category = ANY (categories) AND (districts = '{}' OR merchant.district = ANY (districts)))
"""
_NOT_USED = """
SELECT count(*) FROM redemption JOIN voucher ON voucher.id = voucher_id
WHERE campaign_id = $1 AND NOT reversed AND voucher.state NOT IN ('redeemed', 'used_up')
"""
_USED = "SELECT sum(voucher_fen) FROM redemption WHERE campaign_id = $1"
_REDEEMED = "SELECT sum(balance_fen) FROM ledger_account WHERE campaign_id = $1 AND kind = 'redeemed'"
