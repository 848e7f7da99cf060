"""Cases of time: from when, until when a voucher is good, and what becomes of its money afterwards."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import swept
from loadtest.lab.lab import Lab, folded, look
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay, Shop
from voucher_contract import routes

_EDGE = timedelta(seconds=30)
_LOOKS, _PAUSE_S = 40, 0.25


async def _just_before(lab: Lab, instant: datetime, shop: Shop, code: str) -> Exchange:
    """A redemption in the last half minute before ``instant``. Raises CannotPlay when it took until then."""
    await lab.until(instant - _EDGE)
    exchange = await lab.redeem(shop, code)
    if lab.now() >= instant - timedelta(seconds=1):
        raise CannotPlay("到达边界时刻前未能完成请求")
    return exchange


@play("validity-from")
async def valid_from(lab: Lab) -> None:
    """Refused until its first instant, good from it on."""
    opens = lab.ahead(days=1)
    batch, shop = await lab.batch(valid_from=opens), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    early = await lab.redeem(shop, voucher["code"])
    if lab.now() < opens - timedelta(seconds=1):
        lab.expect_refused(early, "not_yet_valid", "生效前被拒绝", "refused before it is valid", spec="S-42")
    edge = await _just_before(lab, opens, shop, voucher["code"])
    lab.expect_refused(edge, "not_yet_valid", "生效前半分钟内仍被拒绝", "refused just before", spec="S-42")
    await lab.until(opens)
    good = await lab.redeem(shop, voucher["code"])
    lab.expect_ok(good, "自生效时刻起可用", "good from that instant on", spec="S-4")


@play("validity-until")
async def valid_until(lab: Lab) -> None:
    """Good until just before its end, refused from the end on."""
    ends = lab.ahead(days=2)
    batch = await lab.batch(claim_closes_at=ends, valid_until=ends, per_person_limit=2)
    shop, person = await lab.shop(), await lab.person()
    first, second = await lab.voucher(person, batch), await lab.voucher(person, batch)
    good = await _just_before(lab, ends, shop, first["code"])
    lab.expect_ok(good, "到期前半分钟内可用", "good just before the end", spec="S-42")
    await lab.until(ends)
    late = await lab.redeem(shop, second["code"])
    lab.expect_refused(late, "expired", "自到期时刻起被拒绝", "refused from the end on", spec="S-52")


@play("validity-days")
async def valid_days(lab: Lab) -> None:
    """So many days from the claim, where that ends sooner."""
    batch, shop = await lab.batch(valid_days=1, per_person_limit=2), await lab.shop()
    person = await lab.person()
    claimed = await lab.claim(person, batch)
    voucher, other = lab.got(claimed), await lab.voucher(person, batch)
    words = "有效期为领取后1天", "valid for one day from the claim"
    span = folded([claimed], "span_s", start="claimed_at", end="valid_until")
    lab.expect(span, "ge", 86_400 - 1, *words, spec="S-42")
    lab.expect(span, "le", 86_400 + 1, *words, spec="S-42")
    from_claim = folded([claimed], "span_s", start="claimed_at", end="valid_from")
    lab.expect(from_claim, "le", 1, "领取即生效", "valid from the claim", spec="S-42")
    good = await lab.redeem(shop, voucher["code"])
    lab.expect_ok(good, "当天可用", "good on the day", spec="S-42")
    await lab.until(lab.ahead(days=1))
    late = await lab.redeem(shop, other["code"])
    lab.expect_refused(late, "expired", "满1天后被拒绝", "refused after the day", spec="S-52")


@play("validity-frozen-expires")
async def frozen_expires(lab: Lab) -> None:
    """A frozen voucher expires like any other; releasing it does not bring it back."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(30_000)
    batch, shop = await lab.batch(campaign_id, claim_closes_at=ends, valid_until=ends), await lab.shop()
    person = await lab.person()
    voucher = await lab.voucher(person, batch)
    await lab.must(routes.FREEZE_VOUCHER, lab.operator, body={"reason": "检验"}, voucher_id=voucher["id"])
    await lab.until(ends)
    seen = await _seen_expired(lab, person, voucher)
    lab.expect_value(seen, "/state", "expired", "冻结的券到期后为已过期", "a frozen voucher expires", spec="S-52")
    tried = await lab.redeem(shop, voucher["code"])
    lab.expect_refused(tried, "expired", "到期的冻结券被拒绝", "it is refused as expired", spec="S-52")
    await _expect_swept(lab, campaign_id)


async def _seen_expired(lab: Lab, person: Caller, voucher: dict[str, Any]) -> Exchange:
    """The voucher once it shows as expired. Raises CannotPlay when the sweep does not come within ten seconds."""
    for _ in range(_LOOKS):
        seen = await lab.do(routes.GET_VOUCHER, person, voucher_id=voucher["id"])
        if lab.got(seen)["state"] == "expired":
            return seen
        await asyncio.sleep(_PAUSE_S)
    raise CannotPlay("到期后十秒内平台未标记过期，清理时限未约定")


async def _expect_swept(lab: Lab, campaign_id: str) -> None:
    await swept(lab, campaign_id)
    statement = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    if lab.got(statement)["buckets"]["held_fen"] > 0:
        raise CannotPlay("到期后十秒内资金未释放，清理时限未约定")
    lab.expect_value(statement, "/buckets/held_fen", 0, "过期券不再占用资金", "expired money is not held", spec="S-52")


@play("validity-expiry-frees-money")
async def expiry_frees_money(lab: Lab) -> None:
    """The money of an expired voucher is free again, its place in the quota is not."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(6_000)
    batch = await lab.batch(campaign_id, quota=2, claim_closes_at=ends, valid_until=ends)
    await lab.voucher(await lab.person(), batch)
    await lab.until(ends)
    await _expect_swept(lab, campaign_id)
    statement = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    free = look(statement, "/value/buckets/free_fen")
    lab.expect(free, "ge", 3_000, "过期券的资金回到可用", "the expired voucher's money is free", spec="S-52")
    for bucket in ("redeemed_unsettled_fen", "settled_fen", "returned_fen"):
        lab.expect_value(statement, f"/buckets/{bucket}", 0, f"{bucket} 不变", f"{bucket} is untouched", spec="S-59")
    seen = await lab.do(routes.GET_BATCH, lab.auditor, batch_id=batch["id"])
    lab.expect_value(seen, "/remaining", 1, "过期不退回数量", "expiry returns no stock", spec="S-37")
    lab.expect_value(seen, "/issued", 1, "已发放张数不变", "the number issued stays", spec="S-37")


@play("validity-leftovers-next-round")
async def leftovers_next_round(lab: Lab) -> None:
    """What expired pays for a voucher of the campaign's next round."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(3_000)
    batch = await lab.batch(campaign_id, quota=1, claim_closes_at=ends, valid_until=ends)
    await lab.voucher(await lab.person(), batch)
    await lab.until(ends)
    await _expect_swept(lab, campaign_id)
    made = await lab.must(routes.CREATE_ROUND, lab.maker, body={"name": "第二轮"}, campaign_id=campaign_id)
    second = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=1), round_id=made["id"])
    lab.expect_ok(second, "过期资金可用于下一轮", "what expired pays for the next round", spec="S-52")
    if second.outcome == "ok":
        await lab.publish(made["id"])
        claimed = await lab.claim(await lab.person(), lab.got(second))
        lab.expect_ok(claimed, "下一轮可以领取", "the next round can be claimed", spec="S-52")
