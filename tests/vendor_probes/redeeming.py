"""Probes of redemptions."""

import time
from datetime import timedelta
from functools import partial

from tests.vendor_probes.table import probe
from tests.vendor_probes.wire import code_of
from tests.vendor_probes.world import REASON, Shop, World
from voucher_contract import routes


def _redeems_as(world: World, code: str, refusal: str, *, total_fen: int = 10_000, **changes: object) -> bool:
    """Whether the order gets anything but ``refusal``."""
    return code_of(world.redeem(world.shop(), code, total_fen, **changes)) != refusal


@probe("double-redemption")
def redeems_twice(world: World) -> bool:
    shop, batch = world.shop(), world.batch()
    return any(_times_redeemed(world, shop, world.voucher(batch)["code"]) > 1 for _ in range(3))


def _times_redeemed(world: World, shop: Shop, code: str) -> int:
    replies = world.at_once([lambda client: world.redeem(shop, code, client=client)] * 8)
    assert {code_of(one) for one in replies if one.status_code != 201} <= {"already_redeemed"}
    return sum(reply.status_code == 201 for reply in replies)


@probe("category-ignored")
def redeems_in_any_category(world: World) -> bool:
    code, shop = world.voucher(world.batch())["code"], world.shop(category="lodging")
    return code_of(world.redeem(shop, code)) != "category_not_covered"


@probe("district-ignored")
def redeems_in_any_district(world: World) -> bool:
    code, shop = world.voucher(world.batch(districts=["510681001"]))["code"], world.shop(district="510681101")
    return code_of(world.redeem(shop, code)) != "district_not_covered"


@probe("threshold-before-promotion")
def tests_the_threshold_too_early(world: World) -> bool:
    code = world.voucher(world.batch())["code"]
    return _redeems_as(world, code, "below_threshold", merchant_discount_fen=1)


@probe("threshold-off-by-one")
def refuses_the_very_threshold(world: World) -> bool:
    code = world.voucher(world.batch())["code"]
    assert code_of(world.redeem(world.shop(), code, 9_999)) == "below_threshold"
    return world.redeem(world.shop(), code, 10_000).status_code != 201


@probe("excluded-goods-counted")
def counts_excluded_goods(world: World) -> bool:
    code = world.voucher(world.batch())["code"]
    return _redeems_as(world, code, "excluded_goods", excluded_goods_fen=1)


@probe("expired-accepted")
def redeems_an_expired_voucher(world: World) -> bool:
    code = world.voucher(world.batch(valid_days=1))["code"]
    world.advance(days=1, seconds=1)
    return _redeems_as(world, code, "expired")


@probe("not-yet-valid-accepted")
def redeems_before_its_time(world: World) -> bool:
    code = world.voucher(world.batch(valid_from=world.now() + timedelta(hours=1)))["code"]
    return _redeems_as(world, code, "not_yet_valid")


@probe("frozen-redeemable")
def redeems_a_frozen_voucher(world: World) -> bool:
    voucher = world.voucher(world.batch())
    world.do(routes.FREEZE_VOUCHER, world.operator, body=REASON, voucher_id=voucher["id"])
    return _redeems_as(world, voucher["code"], "frozen")


@probe("suspended-merchant-redeems")
def redeems_at_a_suspended_shop(world: World) -> bool:
    shop, code = world.shop(), world.voucher(world.batch())["code"]
    world.do(routes.SUSPEND_MERCHANTS, world.operator, body={"merchant_id": shop.id, **REASON})
    return code_of(world.redeem(shop, code)) != "merchant_suspended"


@probe("not-admitted-merchant-redeems")
def redeems_at_a_shop_that_is_not_admitted(world: World) -> bool:
    shop, code = world.shop(size="限下其他"), world.voucher(world.batch())["code"]
    return code_of(world.redeem(shop, code)) != "not_admitted"


@probe("online-accepted")
def redeems_online(world: World) -> bool:
    return _redeems_as(world, world.voucher(world.batch())["code"], "not_in_store", channel="online")


@probe("wrong-holder-accepted")
def lets_anybody_pay(world: World) -> bool:
    code = world.voucher(world.batch())["code"]
    return _redeems_as(world, code, "wrong_holder", payer_account=world.person().account)


@probe("foreign-till-accepted")
def redeems_at_another_shops_till(world: World) -> bool:
    code, other = world.voucher(world.batch())["code"], world.shop()
    return _redeems_as(world, code, "till_not_of_merchant", till_number=other.till)


@probe("stale-code-accepted")
def redeems_a_stale_code(world: World) -> bool:
    person, shop = world.person(), world.shop()
    voucher = world.voucher(world.batch(code_mode="dynamic"), person)
    assert voucher["code"] is None
    code = world.do(routes.GET_CODE, person.token, voucher_id=voucher["id"])["code"]
    assert code_of(world.redeem(shop, code[:-1] + ("0" if code[-1] != "0" else "1"))) == "unknown_voucher"
    time.sleep(3.05)
    return code_of(world.redeem(shop, code)) != "code_stale"


@probe("order-uses-two-vouchers")
def uses_two_vouchers_for_one_order(world: World) -> bool:
    batch, shop = world.batch(), world.shop()
    redeem = partial(world.redeem, shop, order_no="one-order")
    assert redeem(world.voucher(batch)["code"]).status_code == 201
    return code_of(redeem(world.voucher(batch)["code"])) != "order_already_used"
