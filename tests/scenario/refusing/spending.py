"""Refusals at tills: redemptions and refunds."""

import time

import httpx

from tests.scenario.refusing.table import tells
from tests.scenario.world import Shop, World
from voucher_contract import refusals as r
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS


def _batch(world: World) -> str:
    """One batch for all stories that need no other terms."""
    return world.shared("till stories", lambda: world.one_batch(refund_regime="A", quota=10_000))


def _code(world: World, batch: str | None = None) -> str:
    return str(world.voucher(batch or _batch(world))["code"])


@tells(r.UNKNOWN_VOUCHER)
def a_code_nobody_has(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], "0000000000000000")


@tells(r.WRONG_HOLDER)
def somebody_else_pays(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world), payer_account=world.person().account)


@tells(r.FROZEN)
def a_frozen_voucher(world: World) -> httpx.Response:
    voucher = world.voucher(_batch(world))
    world.as_operator(routes.FREEZE_VOUCHER, body={"reason": "核查"}, voucher_id=voucher["id"])
    return world.redeem(world.shops[0], voucher["code"])


@tells(r.VOIDED)
def a_void_voucher(world: World) -> httpx.Response:
    voucher = world.voucher(_batch(world))
    world.as_maker(routes.VOID_VOUCHER, body={"reason": "违规"}, voucher_id=voucher["id"])
    return world.redeem(world.shops[0], voucher["code"])


@tells(r.NOT_YET_VALID)
def before_it_is_valid(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world, world.one_batch(valid_from=86_400 * 30)))


@tells(r.EXPIRED)
def after_it_was_valid(world: World) -> httpx.Response:
    code = _code(world, world.one_batch(claim_closes_at=60, valid_until=120))
    world.platform.advance(minutes=3)
    return world.redeem(world.shops[0], code)


@tells(r.ALREADY_REDEEMED)
def twice(world: World) -> httpx.Response:
    code = _code(world)
    assert world.redeem(world.shops[0], code).status_code == 201
    return world.redeem(world.shops[0], code)


@tells(r.MERCHANT_SUSPENDED)
def at_a_suspended_shop(world: World) -> httpx.Response:
    shop, code = world.shops[-1], _code(world)
    selector = {"merchant_id": shop.id, "reason": "投诉"}
    world.as_operator(routes.SUSPEND_MERCHANTS, body=selector)
    try:
        return world.redeem(shop, code)
    finally:
        world.as_operator(routes.REINSTATE_MERCHANTS, body=selector)


@tells(r.NOT_ADMITTED)
def at_a_shop_too_small(world: World) -> httpx.Response:
    page = world.as_operator(routes.LIST_MERCHANTS, query={"status": "not_admitted"})
    return world.redeem(world.open_shop(page["items"][0]), _code(world))


@tells(r.CATEGORY_NOT_COVERED)
def in_another_trade(world: World) -> httpx.Response:
    shop = world.shops[0]
    others = [name for name in CATEGORY_NAMES if name != shop.category]
    return world.redeem(shop, _code(world, world.one_batch(categories=others)))


@tells(r.DISTRICT_NOT_COVERED)
def in_another_district(world: World) -> httpx.Response:
    shop = world.shops[0]
    others = [code for code in DISTRICTS if code != shop.district]
    return world.redeem(shop, _code(world, world.one_batch(districts=others)))


@tells(r.TILL_NOT_OF_MERCHANT)
def at_another_shops_till(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world), till_number=world.shops[1].till)


@tells(r.NOT_IN_STORE)
def online(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world), channel="online")


@tells(r.BELOW_THRESHOLD)
def an_order_too_small(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world), order_total_fen=12_000, merchant_discount_fen=2_001)


@tells(r.EXCLUDED_GOODS)
def an_order_of_tobacco(world: World) -> httpx.Response:
    return world.redeem(world.shops[0], _code(world), excluded_goods_fen=2_001)


@tells(r.CODE_STALE)
def a_code_of_three_seconds_ago(world: World) -> httpx.Response:
    batch, person = world.one_batch(code_mode="dynamic"), world.person()
    voucher = world.voucher(batch, person)
    code = world.platform.do(routes.GET_CODE, person.token, voucher_id=voucher["id"])["code"]
    time.sleep(2.2)  # the harness lets codes live two steps of one second
    return world.redeem(world.shops[0], code)


@tells(r.ORDER_ALREADY_USED)
def two_vouchers_for_one_order(world: World) -> httpx.Response:
    order = {"order_no": f"TWICE-{time.monotonic_ns()}"}
    assert world.redeem(world.shops[0], _code(world), **order).status_code == 201
    return world.redeem(world.shops[0], _code(world), **order)


def _refund(world: World, shop: Shop, redemption: str, amount_fen: int) -> httpx.Response:
    body = {"amount_fen": amount_fen}
    return world.platform.send(routes.REFUND, shop.token, body=body, redemption_id=redemption)


@tells(r.REFUND_TOO_LARGE)
def more_than_was_paid(world: World) -> httpx.Response:
    return _refund(world, world.shops[0], world.redemption(_batch(world))["id"], 12_001)


@tells(r.TOO_MANY_REFUNDS)
def fifty_one_times_one_fen(world: World) -> httpx.Response:
    made = world.redemption(_batch(world))["id"]
    for _ in range(50):
        assert _refund(world, world.shops[0], made, 1).status_code == 201
    return _refund(world, world.shops[0], made, 1)


@tells(r.REFUND_NOT_COVERED)
def a_voucher_back_after_its_money_was_settled(world: World) -> httpx.Response:
    campaign = world.new_campaign(deposit_fen=3_000)
    (batch,) = world.published({"quota": 1, "refund_regime": "A"}, campaign=campaign)
    made = world.redemption(batch)
    world.as_maker(routes.SETTLE, campaign_id=campaign)
    return _refund(world, world.shops[0], made["id"], made["payable_fen"])


@tells(r.GUARDED)
def a_till_far_from_its_shop(world: World) -> httpx.Response:
    """Of a shop nobody else uses: its till stays frozen."""
    page = world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200, "status": "admitted"})["items"]
    shop = world.open_shop(page[-1])
    assert shop.id not in {one.id for one in world.shops}
    return world.redeem(shop, _code(world), till_position={"latitude": 39.9, "longitude": 116.4})
