"""Cases of suspending merchants: one, by district, by industry, or both (N4.2.2b)."""

from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, folded
from loadtest.lab.rosters import pages
from loadtest.lab.staff import Shop
from voucher_contract import routes

# No shared shop of the bench is in this district's fuel trade, so nobody else's case is touched.
_CELL = {"district": "510681117", "category": "fuel"}
_DISTRICT, _CATEGORY = "510681116", "cars"


async def _suspend(lab: Lab, **selector: str) -> Exchange:
    listed = await pages(lab)
    body = {**selector, "reason": "检验"}
    changed = await lab.do(routes.SUSPEND_MERCHANTS, lab.operator, body=body)
    lab.expect_ok(changed, "暂停成功", "the suspension is made", spec="S-53")
    differing = folded([*listed, changed], "selection_differences", **selector)
    lab.expect(differing, "eq", [], "答复列出全部受影响商户", "its reply names everyone it met", spec="S-53")
    return changed


async def _reinstate(lab: Lab, **selector: str) -> None:
    await lab.must(routes.REINSTATE_MERCHANTS, lab.operator, body={**selector, "reason": "检验"})


async def _expect_status(lab: Lab, shop: Shop, status: str, zh: str, en: str) -> None:
    seen = await lab.do(routes.GET_MERCHANT, lab.operator, merchant_id=shop.merchant_id)
    lab.expect_value(seen, "/status", status, zh, en, spec="S-53")


async def _expect_suspended(lab: Lab, shop: Shop, voucher: dict[str, Any], zh: str) -> None:
    tried = await lab.redeem(shop, voucher["code"])
    lab.expect_refused(tried, "merchant_suspended", zh, "a shop the selector meets redeems nothing", spec="S-53")


@play("suspending-district-and-industry")
async def district_and_industry(lab: Lab) -> None:
    """One industry of one district: neither the rest of the district nor the rest of the industry."""
    met = await lab.own_shop("fuel", _CELL["district"])
    same_district = await lab.own_shop("daily_goods", _CELL["district"])
    same_industry = await lab.own_shop("fuel", "510681114")
    try:
        await _suspend(lab, **_CELL)
        await lab.take_in()
        await _expect_status(lab, met, "suspended", "选中商户已暂停", "whom it meets is suspended")
        await _expect_status(lab, same_district, "admitted", "同区域其他业态不受影响", "not the rest of the district")
        await _expect_status(lab, same_industry, "admitted", "同业态其他区域不受影响", "not the rest of the industry")
    finally:
        await _reinstate(lab, **_CELL)
    await _expect_status(lab, met, "admitted", "恢复后可参与", "reinstated, it takes part")


@play("suspending-district")
async def district(lab: Lab) -> None:
    """A whole district: every industry of it, and no other district."""
    one, two = await lab.own_shop("catering", _DISTRICT), await lab.own_shop("daily_goods", _DISTRICT)
    batch = await lab.batch(categories=["catering", "daily_goods"], per_person_limit=2)
    person = await lab.person()
    voucher, other = await lab.voucher(person, batch), await lab.voucher(person, batch)
    async with lab.world.alone("districts"):
        try:
            await _suspend(lab, district=_DISTRICT)
            await lab.take_in()
            for shop in (one, two):
                await _expect_suspended(lab, shop, voucher, "被暂停区域的商户不能核销")
            good = await lab.redeem(await lab.shop(), other["code"])
            lab.expect_ok(good, "其他区域不受影响", "another district is not affected", spec="S-53")
        finally:
            await _reinstate(lab, district=_DISTRICT)
        await lab.take_in()
        again = await lab.redeem(one, voucher["code"])
        lab.expect_ok(again, "恢复后可以核销", "reinstated, it redeems", spec="S-53")


@play("suspending-industry")
async def industry(lab: Lab) -> None:
    """A whole industry: in every district, and no other industry."""
    one, two = await lab.own_shop(_CATEGORY, "510681101"), await lab.own_shop(_CATEGORY, "510681102")
    batch = await lab.batch(categories=[_CATEGORY, "catering"], per_person_limit=2)
    person = await lab.person()
    voucher, other = await lab.voucher(person, batch), await lab.voucher(person, batch)
    async with lab.world.alone("categories"):
        try:
            await _suspend(lab, category=_CATEGORY)
            await lab.take_in()
            for shop in (one, two):
                await _expect_suspended(lab, shop, voucher, "被暂停业态的商户不能核销")
            good = await lab.redeem(await lab.shop(), other["code"])
            lab.expect_ok(good, "其他业态不受影响", "another industry is not affected", spec="S-53")
        finally:
            await _reinstate(lab, category=_CATEGORY)
        await lab.take_in()
        again = await lab.redeem(two, voucher["code"])
        lab.expect_ok(again, "恢复后可以核销", "reinstated, it redeems", spec="S-53")


@play("suspending-nobody")
async def nobody(lab: Lab) -> None:
    """A selector that names a merchant who does not exist."""
    body = {"merchant_id": "vl-no-such-merchant", "reason": "检验"}
    asked = await lab.do(routes.SUSPEND_MERCHANTS, lab.operator, body=body)
    lab.expect_refused(asked, "not_found", "不存在的商户答“未找到”", "nobody is not found", spec="S-5")
