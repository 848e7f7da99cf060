"""A dialog for whoever works by keyboard: the first field has the focus, the ring is seen, Escape leads back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import confirm, dialog, fill, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
_RING = "() => getComputedStyle(document.activeElement).boxShadow"


def _focused(page: Page) -> str:
    """What the focused element is called."""
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))


def test_a_dialog_takes_the_focus_to_its_first_field_and_escape_gives_it_back(
    console_officers: Officers, console_world: World
) -> None:
    page = console_officers.sign_in("maker", path=f"/campaign?id={console_world.campaign}")
    press(page, "登记财政拨付")
    expect(dialog(page).get_by_label("金额（元）")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert _focused(page) == "取消"
    assert page.evaluate(_RING) != "none", "a focused button shows no ring"
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('button').textContent") == "登记财政拨付"


def test_what_the_contract_does_not_take_is_said_at_its_field_before_it_is_sent(
    console_officers: Officers, console_world: World
) -> None:
    page = console_officers.sign_in("maker", path="/campaigns")
    press(page, "新建活动")
    fields = dialog(page).locator(".field")
    fill(page, "活动名称", "长" * 101)
    confirm(page, "建立活动")
    expect(fields.nth(1)).to_contain_text("请填写")
    fill(page, "拨付账户", "账户一")
    fill(page, "指定退回账户", "6217 0002")
    confirm(page, "建立活动")
    expect(fields.nth(1)).to_contain_text("只能用字母、数字和 _ . / -")
    fill(page, "拨付账户", "6217 0001")
    confirm(page, "建立活动")
    expect(fields.nth(0)).to_contain_text("最多 100 个字符")
    fill(page, "活动名称", "账号有空格的活动")
    confirm(page, "建立活动")
    page.wait_for_url("**/campaign?id=*")
    made = console_world.as_maker(routes.GET_CAMPAIGN, campaign_id=page.url.partition("=")[2])
    assert (made["paying_account"], made["designated_account"]) == ("62170001", "62170002"), "slips print groups"


def test_a_dialog_without_fields_lets_enter_do_nothing(console_officers: Officers, console_world: World) -> None:
    campaign = console_world.new_campaign()
    page = console_officers.sign_in("maker", path=f"/money?id={campaign}")
    press(page, "结束活动")
    expect(dialog(page).get_by_role("button", name="取消")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    assert console_world.as_maker(routes.GET_CAMPAIGN, campaign_id=campaign)["state"] == "open"
