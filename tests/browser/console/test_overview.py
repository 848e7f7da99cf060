"""The page an officer sees first: what waits for them, and what is being issued at this moment and what is not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import confirm, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]


def test_a_submitted_round_waits_on_the_checkers_first_page_and_is_a_click_away(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=10_000_000)
    round_id, _ = console_world.submitted({"quota": 20}, campaign=campaign)
    page = console_officers.sign_in("checker")
    waiting = page.locator("tbody tr").filter(has=page.locator(f"a[href='/round?id={round_id}']"))
    expect(waiting).to_contain_text("待复核")
    assert "bureau1" in waiting.inner_text()
    expect(waiting).to_contain_text("由提交人以外的同事复核")
    keep_state(page, "overview-waiting-zh")
    keep_state(console_officers.sign_in("checker", lang="en"), "overview-waiting-en")
    waiting.get_by_role("link").click()
    page.wait_for_url(f"**/round?id={round_id}")
    console_officers.settle(page)
    press(page, "复核通过")
    confirm(page, "确认复核通过")
    expect(page.locator(".facts").first).to_contain_text("已复核")
    page.wait_for_timeout(5_500)  # what all officers' pages show of it may be five seconds old
    console_officers.open(page, "/")
    expect(waiting).to_contain_text("已复核")
    console_world.as_maker(routes.PUBLISH_ROUND, round_id=round_id)
    console_officers.open(page, "/")
    expect(waiting).to_have_count(0)


def test_an_operator_is_not_told_to_approve(console_officers: Officers, console_world: World) -> None:
    console_world.submitted({"quota": 20}, campaign=console_world.new_campaign(deposit_fen=10_000_000))
    page = console_officers.sign_in("operator")
    assert "待复核" not in page.locator(".body").inner_text()


def test_only_what_can_be_claimed_now_is_said_to_be_issued(console_officers: Officers, console_world: World) -> None:
    _, stopped, _, gone = console_world.published(
        {"name": "正在领的", "quota": 20}, {"name": "停下的", "quota": 20},
        {"name": "以后才领的", "quota": 20, "claim_opens_at": 600}, {"name": "领完的", "quota": 1},
    )  # fmt: skip
    console_world.as_maker(routes.STOP_BATCH, batch_id=stopped, body={"reason": "试验"})
    console_world.voucher(gone)
    page = console_officers.sign_in("auditor")
    now = page.get_by_role("region", name="现在可以领取")
    others = page.get_by_role("region", name="其他券种")
    expect(now).to_contain_text("正在领的")
    assert page.locator("tr", has_text="正在领的").count() == 1
    for name, state in (("停下的", "已停止"), ("以后才领的", "未到领取时间"), ("领完的", "已领完")):
        expect(now).not_to_contain_text(name)
        expect(others.locator("tr", has_text=name).last).to_contain_text(state)


def test_safeguards_are_told_apart_from_risk_rules_that_are_off(
    console_officers: Officers, console_world: World
) -> None:
    rules = console_world.as_operator(routes.LIST_RISK_RULES)["items"]
    off = [one["title_zh"] for one in rules if one["action"] == "off"]
    page = console_officers.sign_in("auditor")
    expect(page.locator(".body")).not_to_contain_text("全部保护都已开启")
    told = page.locator("section", has=page.get_by_role("heading", name="风险规则")).inner_text()
    assert off, "the platform under test has a rule that is off by default"
    assert all(one in told for one in off)
