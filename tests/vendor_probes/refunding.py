"""Probes of refunds."""

from datetime import timedelta

from tests.vendor_probes.table import probe
from tests.vendor_probes.wire import code_of, new_key
from tests.vendor_probes.world import World
from voucher_contract import routes


@probe("refund-money-not-returned")
def keeps_refunded_money(world: World) -> bool:
    campaign, shop = world.campaign(), world.shop()
    made = world.redemption(shop, world.batch(campaign))
    before = world.money(campaign)["free_fen"]
    fund = world.refund(shop, made, 5_000).json()["fund_fen"]
    assert fund == 1_500
    return bool(world.money(campaign)["free_fen"] != before + fund)


@probe("refund-voucher-not-returned")
def keeps_the_voucher_of_a_whole_refund(world: World) -> bool:
    shop, person = world.shop(), world.person()
    voucher = world.voucher(world.batch(refund_regime="A"), person)
    made = world.redeem(shop, voucher["code"]).json()
    world.refund(shop, made, 10_000)
    state = world.do(routes.GET_VOUCHER, person.token, voucher_id=voucher["id"])["state"]
    return bool(state != "issued")


@probe("refund-replayed-twice")
def refunds_again_under_one_key(world: World) -> bool:
    shop, key = world.shop(), new_key()
    made = world.redemption(shop, world.batch())
    for _ in range(2):
        world.refund(shop, made, 1_000, key=key)
    return bool(world.do(routes.GET_REDEMPTION, shop.token, redemption_id=made["id"])["refunded_fen"] == 2_000)


@probe("refund-above-paid")
def refunds_more_than_the_order(world: World) -> bool:
    shop = world.shop()
    made = world.redemption(shop, world.batch())
    world.refund(shop, made, 9_000)
    return code_of(world.refund(shop, made, 1_001)) != "refund_too_large"


@probe("rounding-drift")
def rounds_every_refund_for_itself(world: World) -> bool:
    shop = world.shop()
    made = world.redemption(shop, world.batch())
    replies = [world.refund(shop, made, 1).json() for _ in range(50)]
    assert code_of(world.refund(shop, made, 1)) == "too_many_refunds"
    return bool(sum(one["user_fen"] for one in replies) != 35)


@probe("refund-window-ignored")
def refunds_too_late(world: World) -> bool:
    shop = world.shop()
    made = world.redemption(shop, world.batch(refund_days=1))
    world.advance(days=1, seconds=1)
    return code_of(world.refund(shop, made, 1)) != "closed"


@probe("returned-after-expiry")
def returns_a_voucher_after_its_time(world: World) -> bool:
    shop = world.shop()
    now = world.now()
    batch = world.batch(
        refund_regime="A", claim_closes_at=now + timedelta(hours=2), valid_until=now + timedelta(hours=3)
    )
    made = world.redemption(shop, batch)
    world.advance(hours=3, seconds=1)
    return bool(world.refund(shop, made, 10_000).json()["voucher_returned"])
