"""Attack cards: traffic that both sides agreed beforehand to take for an attack (N3.2, S-76).

Where the contract has a rule, it is checked. Where a platform may lawfully answer ``guarded`` or let everything pass,
the card first holds it to what must stay true under the attack; then, if nothing at all was stopped, it leaves the
judgement to people, who have the platform's monitoring before them.
"""

import asyncio
from collections.abc import Sequence

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import settle
from loadtest.lab.lab import Lab, NotApplicable, every, look
from loadtest.lab.orders import refund
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes

_UNSTOPPED = "平台对该攻击全部放行；规范未规定必须拦截，请评委凭平台的监测、告警与处置材料判断"
_DAY_MS = 86_400_000


def _leave_to_people_unless_stopped(exchanges: Sequence[Exchange]) -> None:
    if not any(one.outcome == "guarded" for one in exchanges):
        raise NotApplicable(_UNSTOPPED)


@play("attacks-many-accounts")
async def many_accounts(lab: Lab) -> None:
    """Twelve accounts of one person, each with a phone and a device of its own, rush for a batch of one a person."""
    if not {"id_number", "card"} & lab.world.one_person_by:
        raise NotApplicable("约定的自然人口径不含证件号或银行卡")
    model = lab.world.crowd.sandbox_person()
    accounts = await lab.accounts(*[{"id_number": model.id_number, "card": model.card}] * 12)
    batch = await lab.batch()
    rushed = await lab.rush(accounts, batch)
    won = every(rushed, "/outcome=ok", "at_least")
    lab.expect(won, "le", 1, "一人多账号至多抢到一张", "many accounts of one person get one", spec="S-14")
    counted = await lab.do(routes.GET_BATCH, lab.auditor, batch_id=batch["id"])
    lab.expect(look(counted, "/value/issued"), "le", 1, "实际至多发放一张", "no more than one was issued", spec="S-35")
    _expect_played(rushed)


def _expect_played(exchanges: Sequence[Exchange]) -> None:
    if not any(one.outcome in {"ok", "guarded"} for one in exchanges):
        raise CannotPlay("没有一次请求成功或被拦截，攻击未能展开")


@play("attacks-bots-on-one-device")
async def bots_on_one_device(lab: Lab) -> None:
    """Twenty accounts on one device, where the batch lets a device try three times a day."""
    device = lab.world.crowd.sandbox_person().device
    accounts = await lab.accounts(*[{"device": device}] * 20)
    limit = {"device": {"permits": 3, "window_ms": _DAY_MS}}
    batch = await lab.batch(quota=20, rate_limits=limit)
    asked = [
        lab.once(routes.CLAIM, one, body={"device": device}, batch_id=batch["id"], connection=turn % 4 + 1)
        for turn, one in enumerate(accounts)
    ]
    tried = await asyncio.gather(*asked)
    won = every(tried, "/outcome=ok", "at_least")
    lab.expect(won, "le", 3, "同一设备当日至多三次尝试得逞", "one device gets no further than three tries", spec="S-40")
    counted = await lab.do(routes.GET_BATCH, lab.auditor, batch_id=batch["id"])
    lab.expect(look(counted, "/value/issued"), "le", 3, "实际至多发放三张", "three were issued at most", spec="S-40")
    _expect_played(tried)


@play("attacks-bots-without-limits")
async def bots_without_limits(lab: Lab) -> None:
    """Thirty accounts on one device rush for a batch that sets no limits: quota and person limits hold all the same."""
    device = lab.world.crowd.sandbox_person().device
    accounts = await lab.accounts(*[{"device": device}] * 30)
    batch = await lab.batch(quota=20)
    rushed = await lab.rush(accounts, batch, body={"device": device})
    won = every(rushed, "/outcome=ok", "at_least")
    lab.expect(won, "le", 20, "机器人抢券也不超发", "bots get no more than the quota", spec="S-35")
    counted = await lab.do(routes.GET_BATCH, lab.auditor, batch_id=batch["id"])
    lab.expect(look(counted, "/value/issued"), "le", 20, "发放不超过数量", "issued within the quota", spec="S-35")
    _leave_to_people_unless_stopped(rushed)


@play("attacks-cash-out-burst")
async def cash_out_burst(lab: Lab) -> None:
    """Twelve orders exactly at the threshold, at one shop, in one moment: each redeems once or is stopped."""
    batch, shop = await lab.batch(quota=12), await lab.own_shop()
    people = await lab.people(12)
    codes = [lab.got(one)["code"] for one in await lab.rush(people, batch)]
    paid = await asyncio.gather(
        *(lab.redeem(shop, code, connection=turn % 4 + 1, till=turn % 2) for turn, code in enumerate(codes))
    )
    for one in paid:
        if one.outcome != "guarded":
            lab.expect_ok(one, "未被拦截的订单正常核销", "an order that is not stopped redeems", spec="S-76")
    _leave_to_people_unless_stopped(paid)


@play("attacks-resale-after-refund")
async def resale_after_refund(lab: Lab) -> None:
    """Bought, refunded, resold: the voucher that came back is still only its holder's."""
    batch, shop = await lab.batch(refund_regime="A"), await lab.shop()
    holder, buyer = await lab.people(2)
    voucher = await lab.voucher(holder, batch)
    order = lab.got(await lab.redeem(shop, voucher["code"], payer_account=holder.facts["account"]))
    lab.got(await refund(lab, shop, order, 10_000))
    resold = await lab.redeem(shop, voucher["code"], payer_account=buyer.facts["account"])
    lab.expect_refused(resold, "wrong_holder", "转售后他人付款被拒绝", "the buyer's payment is refused", spec="S-50")
    back = await lab.redeem(shop, voucher["code"], payer_account=holder.facts["account"])
    lab.expect_ok(back, "持券人自己仍可使用", "its holder may still use it", spec="S-56")


@play("attacks-redeem-and-refund-loop")
async def redeem_and_refund_loop(lab: Lab) -> None:
    """Redeemed and refunded whole five times over: the shop earns nothing by it."""
    campaign_id = await lab.campaign(3_000)
    batch, shop = await lab.batch(campaign_id, quota=1, refund_regime="A"), await lab.own_shop()
    voucher = await lab.voucher(await lab.person(), batch)
    for _ in range(5):
        order = lab.got(await lab.redeem(shop, voucher["code"]))
        lab.got(await refund(lab, shop, order, 10_000))
    settled = await settle(lab, campaign_id)
    lab.expect_value(settled, "/gross_fen", 0, "反复核销退款后结算为0", "nothing is settled", spec="S-62")
    statement = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    lab.expect_value(statement, "/buckets/held_fen", 3_000, "资金仍占用在券上", "its money is held", spec="S-59")


@play("attacks-two-shops-one-voucher")
async def two_shops_one_voucher(lab: Lab) -> None:
    """Colluding shops present one code at the same moment, and the bureau voids it meanwhile: one of all wins."""
    campaign_id = await lab.campaign(9_000)
    batch = await lab.batch(campaign_id, quota=3)
    shops = [await lab.shop(), await lab.shop("catering", "510681002")]
    for person in await lab.people(3):
        voucher = await lab.voucher(person, batch)
        paying = [lab.redeem(shop, voucher["code"], connection=n) for n, shop in enumerate(shops * 2, start=1)]
        body = {"reason": "检验"}
        voiding = lab.do(routes.VOID_VOUCHER, lab.maker, body=body, voucher_id=voucher["id"], connection=5)
        tried = await asyncio.gather(*paying, voiding)
        won = every(tried, "/outcome=ok", "at_least")
        lab.expect(won, "le", 1, "核销与作废并发至多一个成功", "at most one of them succeeds", spec="S-49")
    statement = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    lab.expect_value(statement, "/identity_ok", True, "并发后资金恒等式成立", "the identity holds", spec="S-59")


@play("attacks-guessed-codes")
async def guessed_codes(lab: Lab) -> None:
    """From a code of one's own to the neighbours': none of them is anybody's."""
    batch, shop = await lab.batch(), await lab.shop()
    people = await lab.people(3)
    codes = [lab.got(one)["code"] for one in await lab.rush(people, batch)]
    for code in codes:
        for guess in _neighbours(code, set(codes)):
            tried = await lab.redeem(shop, guess)
            lab.expect_refused(tried, "unknown_voucher", "相邻券码不存在", "it is nobody's", spec="S-35")


def _neighbours(code: str, known: set[str]) -> list[str]:
    """The two codes before and the two after, where the last places are digits, and not one's own."""
    digits = len(code) - len(code.rstrip("0123456789"))
    if not digits:
        return [code[:-1] + last for last in "0123" if code[:-1] + last not in known]
    stem, number = code[:-digits], int(code[-digits:])
    guesses = [f"{stem}{number + step:0{digits}d}" for step in (-2, -1, 1, 2) if number + step >= 0]
    return [guess for guess in guesses if guess not in known]
