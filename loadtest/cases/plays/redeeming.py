"""Cases of redeeming: where a voucher is good, category by category and district by district."""

from typing import Any

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, look
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS

_HERE, _THERE = tuple(DISTRICTS)[:2]


@play("redeeming-whole-way")
async def whole_way(lab: Lab) -> None:
    """A voucher pays its face at a shop, once, and everybody sees it."""
    batch, shop = await lab.batch(), await lab.shop()
    person = await lab.person()
    voucher = await lab.voucher(person, batch)
    redeemed = await lab.redeem(shop, voucher["code"], order_total_fen=12_345)
    lab.expect_ok(redeemed, "线下实体店核销成功", "redeemed at a physical shop", spec="S-45")
    lab.expect_value(redeemed, "/voucher_id", voucher["id"], "核销的是这张券", "it is this voucher", spec="S-45")
    lab.expect_value(redeemed, "/merchant_id", shop.merchant_id, "记在该商户名下", "it is this merchant's", spec="S-11")
    seen = await lab.do(routes.GET_VOUCHER, person, voucher_id=voucher["id"])
    lab.expect_value(seen, "/state", "redeemed", "持券人看到已核销", "the holder sees it redeemed", spec="S-49")
    again = await lab.redeem(shop, voucher["code"], order_total_fen=12_345)
    lab.expect_refused(again, "already_redeemed", "第二次核销被拒绝", "a second time is refused", spec="S-49")
    if redeemed.outcome == "ok":
        kept = await lab.do(routes.GET_REDEMPTION, shop.tills[0], redemption_id=redeemed.value["id"])
        lab.expect_same(redeemed, kept, "", "核销记录可查且一致", "the record is there and agrees", spec="S-33")


@play("redeeming-category-matrix")
async def category_matrix(lab: Lab) -> None:
    """Seven vouchers, one of each category, tried at a shop of every other and then at their own."""
    specs = [lab.spec(categories=[category], name=f"检验券 {category}") for category in CATEGORY_NAMES]
    person = await lab.person()
    shops = {category: await lab.shop(category) for category in CATEGORY_NAMES}
    async with lab.world.alone("categories"):
        for batch in await lab.batches(specs):
            await _row_of_matrix(lab, batch, await lab.voucher(person, batch), shops)


async def _row_of_matrix(lab: Lab, batch: dict[str, Any], voucher: dict[str, Any], shops: dict[str, Any]) -> None:
    (own,) = batch["categories"]
    for category, name in CATEGORY_NAMES.items():
        if category != own:
            tried = await lab.redeem(shops[category], voucher["code"])
            words = (
                f"{CATEGORY_NAMES[own]}券在{name}商户被拒绝",
                f"a voucher of {own} is refused in {category}",
            )
            lab.expect_refused(tried, "category_not_covered", *words, spec="S-47")
    good = await lab.redeem(shops[own], voucher["code"])
    words = f"{CATEGORY_NAMES[own]}券在本业态商户核销成功", f"a voucher of {own} is good at its own shop"
    lab.expect_ok(good, *words, spec="S-32")


@play("redeeming-several-categories")
async def several_categories(lab: Lab) -> None:
    """A voucher of two categories is good in both and in no third."""
    batch = await lab.batch(categories=["catering", "culture_sport"], per_person_limit=2)
    person = await lab.person()
    first, second = await lab.voucher(person, batch), await lab.voucher(person, batch)
    refused = await lab.redeem(await lab.shop("daily_goods"), first["code"])
    lab.expect_refused(refused, "category_not_covered", "第三种业态被拒绝", "a third category is refused", spec="S-47")
    one = await lab.redeem(await lab.shop("catering"), first["code"])
    lab.expect_ok(one, "第一种业态可用", "good in the first category", spec="S-32")
    other = await lab.redeem(await lab.shop("culture_sport"), second["code"])
    lab.expect_ok(other, "第二种业态可用", "good in the second category", spec="S-32")


@play("redeeming-district-matrix")
async def district_matrix(lab: Lab) -> None:
    """A voucher for two districts is refused in the ten others, and good in its own."""
    batch = await lab.batch(districts=[_HERE, _THERE], per_person_limit=2)
    person = await lab.person()
    first, second = await lab.voucher(person, batch), await lab.voucher(person, batch)
    shops = await lab.world.shops_everywhere("catering")
    async with lab.world.alone("districts"):
        for district, name in DISTRICTS.items():
            if district not in {_HERE, _THERE}:
                tried = await lab.redeem(shops[district], first["code"])
                words = f"限定区域的券在{name}被拒绝", f"refused in {district}, outside its districts"
                lab.expect_refused(tried, "district_not_covered", *words, spec="S-47")
    for voucher, district in ((first, _HERE), (second, _THERE)):
        good = await lab.redeem(shops[district], voucher["code"])
        lab.expect_ok(good, f"在限定区域{DISTRICTS[district]}可用", f"good in {district}, its own", spec="S-32")


@play("redeeming-whole-city")
async def whole_city(lab: Lab) -> None:
    """A voucher without districts is good in all twelve."""
    batch = await lab.batch(quota=len(DISTRICTS), per_person_limit=len(DISTRICTS))
    person = await lab.person()
    shops = await lab.world.shops_everywhere("catering")
    vouchers = {district: await lab.voucher(person, batch) for district in DISTRICTS}
    async with lab.world.alone("districts"):
        redeemed = {place: await lab.redeem(shops[place], one["code"]) for place, one in vouchers.items()}
    for district, name in DISTRICTS.items():
        good = redeemed[district]
        lab.expect_ok(good, f"全市通用券在{name}可用", f"without districts it is good in {district}", spec="S-32")


@play("redeeming-unknown-code")
async def unknown_code(lab: Lab) -> None:
    """A code that was never given out is nobody's voucher."""
    shop = await lab.shop()
    for code in ("0000000000000000", "ZZZZZZZZZZZZZZZZZZZZ", "vlNeverGivenOut1"):
        tried = await lab.redeem(shop, code)
        lab.expect_refused(tried, "unknown_voucher", "编造的券码被拒绝", "a made-up code is refused", spec="S-51")


@play("redeeming-foreign-till")
async def foreign_till(lab: Lab) -> None:
    """A till's sign-in with the number of another shop's till."""
    batch, shop, other = await lab.batch(), await lab.shop(), await lab.shop("catering", _THERE)
    voucher = await lab.voucher(await lab.person(), batch)
    tried = await lab.redeem(shop, voucher["code"], till_number=other.till_numbers[0])
    lab.expect_refused(tried, "till_not_of_merchant", "他店终端号被拒绝", "another shop's till is refused", spec="S-47")
    made_up = await lab.redeem(shop, voucher["code"], till_number="VL-NO-SUCH-TILL")
    lab.expect_refused(made_up, "till_not_of_merchant", "不存在的终端被拒绝", "a made-up till is refused", spec="S-47")
    good = await lab.redeem(shop, voucher["code"], till=1)
    lab.expect_ok(good, "本店另一终端可用", "the shop's own second till is good", spec="S-47")


@play("redeeming-online-refused")
async def online_refused(lab: Lab) -> None:
    """Only at physical shops, whatever the merchant is."""
    batch, shop = await lab.batch(), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    online = await lab.redeem(shop, voucher["code"], channel="online")
    lab.expect_refused(online, "not_in_store", "线上订单被拒绝", "an online order is refused", spec="S-48")
    good = await lab.redeem(shop, voucher["code"], channel="in_store")
    lab.expect_ok(good, "同一张券到店可用", "the same voucher is good in the shop", spec="S-48")


@play("redeeming-wrong-holder")
async def wrong_holder(lab: Lab) -> None:
    """Only the account that holds the voucher may pay with it."""
    batch, shop = await lab.batch(), await lab.shop()
    holder, stranger = await lab.people(2)
    voucher = await lab.voucher(holder, batch)
    tried = await lab.redeem(shop, voucher["code"], payer_account=stranger.facts["account"])
    lab.expect_refused(tried, "wrong_holder", "他人付款被拒绝", "somebody else's payment is refused", spec="S-50")
    good = await lab.redeem(shop, voucher["code"], payer_account=holder.facts["account"])
    lab.expect_ok(good, "持券人付款成功", "the holder's payment is good", spec="S-50")


@play("redeeming-one-voucher-an-order")
async def one_voucher_an_order(lab: Lab) -> None:
    """Two vouchers on one order number of one shop."""
    batch, shop = await lab.batch(per_person_limit=2), await lab.shop()
    person = await lab.person()
    first, second = await lab.voucher(person, batch), await lab.voucher(person, batch)
    order: dict[str, Any] = {"order_no": f"vl-order-{first['id']}"[:64], "order_total_fen": 25_000}
    one = await lab.redeem(shop, first["code"], **order)
    lab.expect_ok(one, "订单用第一张券成功", "the order uses a first voucher", spec="S-47")
    two = await lab.redeem(shop, second["code"], **order)
    lab.expect_refused(two, "order_already_used", "同一订单用第二张券被拒绝", "a second is refused", spec="S-47")
    seen = await lab.do(routes.GET_VOUCHER, person, voucher_id=second["id"])
    lab.expect(look(seen, "/value/state"), "eq", "issued", "第二张券仍未使用", "the second is unused", spec="S-7")
