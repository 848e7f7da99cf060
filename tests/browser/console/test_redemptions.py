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


def test_audit_and_transfers_begin_with_the_newest(console_officers: Officers, console_world: World) -> None:
    campaign = console_world.new_campaign(deposit_fen=1_000)
    page = console_officers.sign_in("auditor", path=f"/money?id={campaign}")
    expect(page.locator("caption", has_text="资金流水")).to_contain_text("从新到旧")
    console_world.published({"quota": 1, "face_fen": 1_000, "threshold_fen": 2_000}, campaign=campaign)
    page.reload()
    console_officers.settle(page)
    transfers = page.locator("table", has_text="资金流水").locator("tbody tr")
    expect(transfers).to_have_count(2)
    expect(transfers.nth(1)).to_contain_text("财政拨付")
    console_officers.open(page, "/audit")
    expect(page.locator("tbody tr").first).to_contain_text("发布轮次")
