"""An order is found by its number; what happened last comes first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_SEARCH = "订单号、核销编号或券号"


def _rows(page: Page) -> list[str]:
    page.wait_for_selector(".body > .whole")
    return page.locator("tbody tr").all_inner_texts()


def test_an_order_is_found_by_its_number_and_the_way_back_is_there(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    batch = console_world.one_batch(quota=100)
    earlier, latest = console_world.redemption(batch), console_world.redemption(batch)
    page = console_officers.sign_in("auditor", path="/redemptions")
    expect(page.locator("caption")).to_contain_text("从新到旧")
    shown = _rows(page)
    assert latest["order_no"] in shown[0]
    assert earlier["order_no"] in shown[1]

    page.get_by_label(_SEARCH).fill(f" {earlier['order_no']} ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/redemptions?find=*")
    console_officers.settle(page)
    found = _rows(page)
    assert len(found) == 1
    assert earlier["id"] in found[0]
    assert page.get_by_label(_SEARCH).input_value() == earlier["order_no"]
    keep_state(page, "redemptions-found-zh")

    page.get_by_label(_SEARCH).fill("没有的编号")
    press(page, "查询")
    expect(page.get_by_role("alert")).to_contain_text("只能用字母、数字")
    page.get_by_label(_SEARCH).fill("ORDER-NEVER")
    press(page, "查询")
    expect(page.locator(".body")).to_contain_text("没有这个编号的核销")
    keep_state(page, "redemptions-not-found-zh")
    page.get_by_role("link", name="全部核销").click()
    page.wait_for_url("**/redemptions")
    console_officers.settle(page)
    assert len(_rows(page)) >= 2


def test_the_voucher_of_an_order_is_a_click_away_and_a_wrong_number_says_which_is_meant(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    made = console_world.redemption(console_world.one_batch(name="核销查询券"))
    page = console_officers.sign_in("operator", path=f"/redemptions?find={made['order_no']}")
    page.get_by_role("link", name=f"券 {made['voucher_id']}").click()
    page.wait_for_url("**/vouchers?id=*")
    expect(page.locator(".facts")).to_contain_text("核销查询券")
    page.get_by_label("消费券编号").fill(made["id"])
    page.keyboard.press("Enter")
    expect(page.locator(".state.empty")).to_contain_text("没有这个编号的消费券。要填券号")
    expect(page.get_by_label("消费券编号")).to_have_value(made["id"])
    keep_state(page, "voucher-not-found-zh")
    page.get_by_label("消费券编号").fill(made["voucher_id"])
    page.keyboard.press("Enter")
    page.get_by_role("link", name="这张券的核销与退款").click()
    page.wait_for_url("**/redemptions?find=*")
    console_officers.settle(page)
    assert made["order_no"] in _rows(page)[0]


def test_on_a_phone_the_menu_begins_at_the_page_one_is_on(console_officers: Officers) -> None:
    page = console_officers.sign_in("auditor", path="/audit", size=(390, 844))
    expect(page.locator(".menu [aria-current]")).to_have_text("审计")
    expect(page.locator(".menu [aria-current]")).to_be_in_viewport()
    assert page.locator(".menu ul").evaluate("strip => strip.scrollLeft") > 0


def test_audit_and_transfers_begin_with_the_newest(console_officers: Officers, console_world: World) -> None:
    campaign = console_world.new_campaign(deposit_fen=1_000)
    page = console_officers.sign_in("auditor", path=f"/money?id={campaign}")
    expect(page.locator("caption", has_text="资金流水")).to_contain_text("从新到旧")
    console_world.published({"quota": 1, "face_fen": 1_000, "threshold_fen": 2_000}, campaign=campaign)
    page.reload()
    console_officers.settle(page)
    transfers = page.locator("table", has_text="资金流水").locator("tbody tr").all_inner_texts()
    assert ["财政拨付" in one for one in transfers] == [False, True]
    console_officers.open(page, "/audit")
    expect(page.locator("tbody tr").first).to_contain_text("发布轮次")
