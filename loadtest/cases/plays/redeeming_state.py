"""Cases of redeeming: frozen and void vouchers, suspended and unlisted merchants, and which reason is said first."""

from datetime import timedelta
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, look
from loadtest.lab.staff import CannotPlay, Shop
from voucher_contract import routes
from voucher_contract.models.common import DISTRICTS

_HERE, _THERE = tuple(DISTRICTS)[:2]
_REASON = {"reason": "检验"}


@play("redeeming-frozen")
async def frozen(lab: Lab) -> None:
    """A frozen voucher is refused; released, it is good again."""
    batch, shop = await lab.batch(), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    await lab.must(routes.FREEZE_VOUCHER, lab.operator, body=_REASON, voucher_id=voucher["id"])
    await lab.take_in()
    tried = await lab.redeem(shop, voucher["code"])
    lab.expect_refused(tried, "frozen", "冻结的券被拒绝", "a frozen voucher is refused", spec="S-44")
    await lab.must(routes.RELEASE_VOUCHER, lab.operator, body=_REASON, voucher_id=voucher["id"])
    await lab.take_in()
    good = await lab.redeem(shop, voucher["code"])
    lab.expect_ok(good, "解冻后可用", "released, it is good", spec="S-44")


@play("redeeming-void")
async def void(lab: Lab) -> None:
    """A void voucher is refused for ever."""
    batch, shop = await lab.batch(), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    await lab.must(routes.VOID_VOUCHER, lab.maker, body=_REASON, voucher_id=voucher["id"])
    await lab.take_in()
    tried = await lab.redeem(shop, voucher["code"])
    lab.expect_refused(tried, "voided", "作废的券被拒绝", "a void voucher is refused", spec="S-44")
    released = await lab.do(routes.RELEASE_VOUCHER, lab.operator, body=_REASON, voucher_id=voucher["id"])
    lab.expect_refused(released, "wrong_state", "作废不可恢复", "void is final", spec="S-44")


@play("redeeming-void-after-use")
async def void_after_use(lab: Lab) -> None:
    """A redeemed voucher can be neither frozen nor voided: its money is spent."""
    batch, shop = await lab.batch(), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    lab.got(await lab.redeem(shop, voucher["code"]))
    for route, caller in ((routes.FREEZE_VOUCHER, lab.operator), (routes.VOID_VOUCHER, lab.maker)):
        tried = await lab.do(route, caller, body=_REASON, voucher_id=voucher["id"])
        words = f"已核销的券不能再{route.title_zh}", f"{route.name} on a redeemed voucher is refused"
        lab.expect_refused(tried, "wrong_state", *words, spec="S-44")


@play("redeeming-suspended-merchant")
async def suspended_merchant(lab: Lab) -> None:
    """A suspended merchant is refused on every connection, and redeems again once reinstated."""
    batch, shop = await lab.batch(per_person_limit=2), await lab.own_shop()
    person = await lab.person()
    voucher = await lab.voucher(person, batch)
    selector = {"merchant_id": shop.merchant_id, **_REASON}
    await lab.must(routes.SUSPEND_MERCHANTS, lab.operator, body=selector)
    await lab.take_in()
    for connection in range(1, 5):
        tried = await lab.redeem(shop, voucher["code"], connection=connection)
        words = f"暂停后第{connection}个连接核销被拒绝", f"refused on connection {connection} after the suspension"
        lab.expect_refused(tried, "merchant_suspended", *words, spec="S-53")
    other = await lab.redeem(await lab.shop(), (await lab.voucher(person, batch))["code"])
    lab.expect_ok(other, "其他商户不受影响", "other merchants are not affected", spec="S-53")
    await lab.must(routes.REINSTATE_MERCHANTS, lab.operator, body=selector)
    await lab.take_in()
    good = await lab.redeem(shop, voucher["code"])
    lab.expect_ok(good, "恢复后可以核销", "reinstated, it redeems", spec="S-53")


@play("redeeming-not-admitted")
async def not_admitted(lab: Lab) -> None:
    """A merchant of a size class that is not admitted redeems nothing."""
    shop = await lab.own_shop(规模类型="限下其他")
    merchant = await lab.must(routes.GET_MERCHANT, lab.operator, merchant_id=shop.merchant_id)
    if merchant["status"] != "not_admitted":
        raise CannotPlay("平台把“限下其他”商户列为可参与，无法取得一家未入围商户")
    voucher = await lab.voucher(await lab.person(), await lab.batch())
    tried = await lab.redeem(shop, voucher["code"])
    lab.expect_refused(tried, "not_admitted", "未入围商户核销被拒绝", "a merchant not admitted is refused", spec="S-53")


@play("redeeming-order-of-reasons-voucher")
async def order_of_reasons_voucher(lab: Lab) -> None:
    """Two reasons at once, the first of them the voucher's or the merchant's: the earlier is said."""
    now = lab.now()
    later = {"valid_from": now + timedelta(days=20), "per_person_limit": 3}
    batch, early = await lab.batches([lab.spec(per_person_limit=3), lab.spec(**later)])
    person = await lab.person()
    shop, other = await lab.shop(), await lab.shop("daily_goods")
    unlisted = await lab.own_shop("daily_goods", 规模类型="限下其他")

    frozen_one, voided, used = [await lab.voucher(person, batch) for _ in range(3)]
    await lab.must(routes.FREEZE_VOUCHER, lab.operator, body=_REASON, voucher_id=frozen_one["id"])
    waiting, frozen_early, voided_early = [await lab.voucher(person, early) for _ in range(3)]
    await lab.must(routes.FREEZE_VOUCHER, lab.operator, body=_REASON, voucher_id=frozen_early["id"])
    for one in (voided, voided_early):
        await lab.must(routes.VOID_VOUCHER, lab.maker, body=_REASON, voucher_id=one["id"])
    lab.got(await lab.redeem(shop, used["code"]))
    await lab.take_in()

    stranger = (await lab.person()).facts.get("account")
    if stranger is not None:
        await _first(lab, "wrong_holder", "frozen", await lab.redeem(shop, frozen_one["code"], payer_account=stranger))
    await _first(lab, "frozen", "not_yet_valid", await lab.redeem(shop, frozen_early["code"]))
    await _first(lab, "voided", "not_yet_valid", await lab.redeem(shop, voided_early["code"]))
    await _first(lab, "voided", "category_not_covered", await lab.redeem(other, voided["code"]))
    await _first(lab, "not_yet_valid", "category_not_covered", await lab.redeem(other, waiting["code"]))
    await _first(lab, "already_redeemed", "category_not_covered", await lab.redeem(other, used["code"]))
    good = await lab.voucher(await lab.person(), batch)
    await _first(lab, "not_admitted", "category_not_covered", await lab.redeem(unlisted, good["code"]))


@play("redeeming-order-of-reasons-order")
async def order_of_reasons_order(lab: Lab) -> None:
    """Two reasons at once, of the place and of the order: the earlier is said."""
    batch = await lab.batch(districts=[_HERE], per_person_limit=2)
    person = await lab.person()
    first, voucher = await lab.voucher(person, batch), await lab.voucher(person, batch)
    shop, there = await lab.shop(), await lab.shop("catering", _THERE)
    other_there = await lab.shop("daily_goods", _THERE)
    order: dict[str, Any] = {"order_no": f"vl-order-{first['id']}"[:64]}
    lab.got(await lab.redeem(shop, first["code"], order_total_fen=12_000, **order))

    async def tried(at: Shop, **changes: Any) -> Exchange:
        return await lab.redeem(at, voucher["code"], **changes)

    foreign = {"till_number": there.till_numbers[0]}
    await _first(lab, "category_not_covered", "district_not_covered", await tried(other_there))
    elsewhere = await tried(there, till_number=shop.till_numbers[0])
    await _first(lab, "district_not_covered", "till_not_of_merchant", elsewhere)
    await _first(lab, "till_not_of_merchant", "not_in_store", await tried(shop, channel="online", **foreign))
    low = await tried(shop, channel="online", order_total_fen=9_000)
    await _first(lab, "not_in_store", "below_threshold", low)
    poor = await tried(shop, order_total_fen=9_000, excluded_goods_fen=5_000)
    await _first(lab, "below_threshold", "excluded_goods", poor)
    again = await tried(shop, order_total_fen=12_000, excluded_goods_fen=5_000, **order)
    await _first(lab, "excluded_goods", "order_already_used", again)


async def _first(lab: Lab, earlier: str, later: str, exchange: Exchange) -> None:
    words = f"{earlier} 与 {later} 同时成立时先答 {earlier}", f"{earlier} is said before {later}"
    lab.expect(look(exchange, "/code"), "eq", earlier, *words, spec="S-73")
