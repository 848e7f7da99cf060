"""A group of merchants is suspended and brought back: their tills redeem nothing in between, but refund."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import REASON, confirm, dialog, expect_done, fill, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import Shop, World
from voucher_console.pages.merchants import fitting
from voucher_contract import routes
from voucher_contract.models.merchants import Merchant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]


def _outcome(world: World, batch: str, shop: Shop) -> str:
    """What a till hears that redeems a new voucher: ``redeemed``, or the refusal."""
    reply = world.redeem(shop, world.voucher(batch)["code"])
    return "redeemed" if reply.status_code == 201 else str(reply.json()["code"])


def test_a_group_is_suspended_and_brought_back_with_the_reason_on_record(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    batch = console_world.one_batch(quota=50)
    shop = console_world.shops[0]
    others = [one for one in console_world.shops if (one.district, one.category) != (shop.district, shop.category)]
    before = console_world.redemption(batch, shop)
    page = console_officers.sign_in("operator", path=f"/merchants?district={shop.district}&category={shop.category}")
    members = page.locator("tbody tr").count()
    taking_part = page.locator("tbody tr", has_text="参与中").count()
    assert taking_part > 0
    press(page, "暂停这一组")
    expect(dialog(page)).to_contain_text("的全部商户，不论名称和状态")
    confirm(page, "暂停这一组")
    expect(dialog(page)).to_contain_text("请填写")
    keep_state(page, "suspend-no-reason-zh")
    assert _outcome(console_world, batch, shop) == "redeemed", "nothing has happened yet"
    fill(page, REASON["zh"], "集中核查")
    confirm(page, "暂停这一组")
    expect_done(page, f"已生效，涉及 {members} 家商户")
    expect(page.locator("tbody tr", has_text="已暂停参与")).to_have_count(members)
    keep_state(page, "suspended-zh")
    console_world.platform.wait_taken()
    assert _outcome(console_world, batch, shop) == "merchant_suspended"
    assert _outcome(console_world, batch, others[0]) == "redeemed", "who is not of the group goes on"
    console_world.platform.do(routes.REFUND, shop.token, body={"amount_fen": 12_000}, redemption_id=before["id"])

    english = console_officers.sign_in(
        "maker", path=f"/merchants?district={shop.district}&category={shop.category}", lang="en"
    )
    keep_state(english, "suspended-en")
    press(english, "Reinstate this group")
    keep_state(english, "reinstate-en")
    fill(english, REASON["en"], "checked on the spot")
    confirm(english, "Reinstate this group")
    expect_done(english, f"In effect for {members} merchants")
    expect(english.locator("tbody tr", has_text="Taking part")).to_have_count(taking_part)
    assert english.locator("tbody tr").count() == members
    console_world.platform.wait_taken()
    assert _outcome(console_world, batch, shop) == "redeemed"
    said = console_world.platform.sql.rows(
        "SELECT principal, detail->>'reason' AS reason FROM audit_entry"
        " WHERE action IN ('suspend_merchants', 'reinstate_merchants') ORDER BY id DESC LIMIT 2"
    )
    assert [tuple(row) for row in said] == [("bureau1", "checked on the spot"), ("operator1", "集中核查")]


def test_a_merchant_is_suspended_by_itself_from_its_row(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    shop = console_world.shops[1]
    name = next(
        one["name"] for one in console_world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]
        if one["id"] == shop.id
    )  # fmt: skip
    page = console_officers.sign_in("operator", path=f"/merchants?district={shop.district}")
    row = page.locator("tbody tr", has_text=name)
    row.get_by_role("button", name="暂停").click()
    expect(dialog(page)).to_contain_text(name)
    fill(page, REASON["zh"], "停业整顿")
    confirm(page, "暂停")
    expect_done(page, "已生效，涉及 1 家商户")
    batch = console_world.one_batch()
    assert _outcome(console_world, batch, shop) == "merchant_suspended"
    row.get_by_role("button", name="恢复").click()
    keep_state(page, "reinstate-one-zh")
    fill(page, REASON["zh"], "恢复营业")
    confirm(page, "恢复")
    expect_done(page, "已生效，涉及 1 家商户")
    console_world.platform.wait_taken()
    assert _outcome(console_world, batch, shop) == "redeemed"


def test_a_merchant_is_found_by_a_part_of_its_name_or_its_credit_code(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    listed = console_world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]
    wanted = listed[3]
    page = console_officers.sign_in("operator", path="/merchants")
    expect(page.locator("caption")).to_contain_text(f"商户共 {len(listed)} 家")
    expect(page.locator(".body")).to_contain_text("先选区域或行业并查询，即可成组暂停或恢复")
    expect(page.locator("tbody tr")).to_have_count(min(len(listed), 50))
    keep_state(page, "merchants-zh")
    page.get_by_label("名称或信用代码").fill(wanted["uscc"][4:].lower())
    page.keyboard.press("Enter")
    page.wait_for_url("**/merchants?text=*")
    console_officers.settle(page)
    found = [one for one in listed if wanted["uscc"][4:] in one["uscc"]]
    assert len(found) < len(listed)
    expect(page.locator("tbody tr")).to_have_count(len(found))
    expect(page.locator("tbody")).to_contain_text(wanted["name"])
    page.get_by_label("名称或信用代码").fill(wanted["name"][:6])
    page.get_by_role("button", name="查询").click()
    expect(page.locator("tbody tr")).to_have_count(sum(wanted["name"][:6] in one["name"] for one in listed))
    keep_state(console_officers.sign_in("auditor", path="/merchants", lang="en"), "merchants-en")


def test_merchants_stand_in_order_of_districts_industries_and_names(console_world: World) -> None:
    listed = [
        Merchant(**one) for one in console_world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]
    ]
    order = [(one.district, one.category, one.name) for one in fitting(listed[::-1], "")]
    assert order == sorted(order)
    assert len(order) == len(listed)
