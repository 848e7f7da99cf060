"""Cases of redeeming: thresholds to the fen, who pays which part."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab
from loadtest.lab.staff import Shop
from voucher_contract import routes


async def _voucher(lab: Lab) -> tuple[Shop, str]:
    """A shop and the code of a voucher 满100减30."""
    voucher = await lab.voucher(await lab.person(), await lab.batch())
    return await lab.shop(), voucher["code"]


@play("redeeming-threshold-edge")
async def threshold_edge(lab: Lab) -> None:
    """One fen below the threshold, then exactly at it."""
    shop, code = await _voucher(lab)
    below = await lab.redeem(shop, code, order_total_fen=9_999)
    lab.expect_refused(below, "below_threshold", "差1分未达门槛被拒绝", "one fen below is refused", spec="S-46")
    exact = await lab.redeem(shop, code, order_total_fen=10_000)
    lab.expect_ok(exact, "恰好达到门槛可用", "exactly at the threshold is good", spec="S-46")


@play("redeeming-threshold-after-promotion")
async def threshold_after_promotion(lab: Lab) -> None:
    """The merchant's own promotion comes off first."""
    shop, code = await _voucher(lab)
    below = await lab.redeem(shop, code, order_total_fen=12_000, merchant_discount_fen=2_001)
    words = "商家优惠后差1分被拒绝", "one fen below after the promotion is refused"
    lab.expect_refused(below, "below_threshold", *words, spec="S-46")
    exact = await lab.redeem(shop, code, order_total_fen=12_000, merchant_discount_fen=2_000)
    lab.expect_ok(exact, "商家优惠后恰好达到门槛可用", "exactly at it after the promotion is good", spec="S-46")
    lab.expect_value(exact, "/payable_fen", 10_000, "应付为优惠后金额", "payable is after the promotion", spec="S-45")


@play("redeeming-excluded-goods")
async def excluded_goods(lab: Lab) -> None:
    """Goods that take no part do not help to reach the threshold."""
    shop, code = await _voucher(lab)
    below = await lab.redeem(shop, code, order_total_fen=12_000, excluded_goods_fen=2_001)
    words = "扣除不参与商品后差1分被拒绝", "one fen below without excluded goods is refused"
    lab.expect_refused(below, "excluded_goods", *words, spec="S-46")
    exact = await lab.redeem(shop, code, order_total_fen=12_000, excluded_goods_fen=2_000)
    lab.expect_ok(exact, "扣除后恰好达到门槛可用", "exactly at it without them is good", spec="S-46")


@play("redeeming-arithmetic")
async def arithmetic(lab: Lab) -> None:
    """The voucher pays its whole face, the platform its discount, the user the rest, to the fen."""
    shop, code = await _voucher(lab)
    order = {"order_total_fen": 15_678, "merchant_discount_fen": 1_234, "platform_discount_fen": 567}
    redeemed = await lab.redeem(shop, code, **order)
    lab.expect_ok(redeemed, "带三方优惠的订单核销成功", "an order with all three discounts is good", spec="S-45")
    expected = {**order, "payable_fen": 14_444, "voucher_fen": 3_000, "paid_fen": 10_877, "refunded_fen": 0}
    for field, value in expected.items():
        lab.expect_value(redeemed, f"/{field}", value, f"{field} 应为 {value} 分", f"{field} is {value}", spec="S-45")


@play("redeeming-face-whole")
async def face_whole(lab: Lab) -> None:
    """However small the margin or large the order, the voucher pays its whole face."""
    batch, shop = await lab.batch(face_fen=999, threshold_fen=1_000, per_person_limit=2), await lab.shop()
    person = await lab.person()
    for total in (1_000, 9_999_999):
        voucher = await lab.voucher(person, batch)
        redeemed = await lab.redeem(shop, voucher["code"], order_total_fen=total)
        lab.expect_value(redeemed, "/voucher_fen", 999, "券面足额抵扣", "the whole face is used", spec="S-46")
        lab.expect_value(redeemed, "/paid_fen", total - 999, "用户支付其余", "the user pays the rest", spec="S-45")


@play("redeeming-user-pays-a-fen")
async def user_pays_a_fen(lab: Lab) -> None:
    """Discounts may leave the user one fen to pay, never less."""
    shop, code = await _voucher(lab)
    nothing = await lab.redeem(shop, code, order_total_fen=10_000, platform_discount_fen=7_000)
    words = "用户实付0分的订单被拒绝", "an order that leaves nothing to pay is refused"
    lab.expect_refused(nothing, "invalid_request", *words, spec="S-45")
    free = await lab.redeem(shop, code, order_total_fen=10_000, merchant_discount_fen=10_000)
    words = "商家优惠抵去全部金额的订单被拒绝", "an order without a payable total is refused"
    lab.expect_refused(free, ("invalid_request", "below_threshold"), *words, spec="S-45")
    one = await lab.redeem(shop, code, order_total_fen=10_000, platform_discount_fen=6_999)
    lab.expect_value(one, "/paid_fen", 1, "用户实付1分可用", "one fen to pay is good", spec="S-45")


@play("redeeming-bad-amounts")
async def bad_amounts(lab: Lab) -> None:
    """Fractions, quoted numbers and negative amounts are refused and change nothing."""
    shop, code = await _voucher(lab)
    for total in (10_000.5, "10000", -10_000, 0):
        tried = await lab.redeem(shop, code, order_total_fen=total)  # type: ignore[arg-type]  # that is the test
        words = f"金额 {total!r} 被拒绝", f"an amount of {total!r} is refused"
        lab.expect_refused(tried, "invalid_request", *words, spec="S-3")
    good = await lab.redeem(shop, code)
    lab.expect_ok(good, "错误请求没有用掉这张券", "wrong requests did not use the voucher up", spec="S-7")
    if good.outcome == "ok":
        listed = await lab.do(routes.GET_REDEMPTION, shop.tills[0], redemption_id=good.value["id"])
        lab.expect_value(listed, "/order_total_fen", 10_000, "订单金额未被取整", "nothing was rounded", spec="S-3")
