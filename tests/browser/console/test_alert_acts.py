"""Alerts that real traffic raised, decided by a person: who is set free, who stays frozen, whose voucher stays good."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console.acting import REASON, confirm, dialog, expect_done, expect_refused, fill, press
from tests.browser.console.conftest import Officers
from tests.browser.page_checks import grave_violations
from tests.scenario.alerts import alert_about
from tests.scenario.world import Shop, World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_EVERYWHERE_S = 1.0  # a freeze and a release are known to every process within a second (S-26, S-78)
_ELSEWHERE = {"latitude": 31.40, "longitude": 104.28}


def _article(page: Page, subject: str, reason: str) -> Locator:
    """The alert about a subject, on a page of alerts."""
    return page.locator("article.alert").filter(has_text=subject).filter(has_text=reason)


def _name_of(world: World, shop: Shop) -> str:
    """What the shop is called."""
    name: str = world.as_operator(routes.GET_MERCHANT, merchant_id=shop.id)["name"]
    return name


def _article_of_state(page: Page, state: str, subject: str) -> Locator:
    """The alert about a subject among those of a state."""
    _show_state(page, state)
    return page.locator("article.alert").filter(has_text=subject)


def _redeem(world: World, shop: Shop, code: str, **order: Any) -> str:
    """``redeemed``, or the code of the refusal."""
    reply = world.redeem(shop, code, **order)
    return "redeemed" if reply.status_code == 201 else str(reply.json()["code"])


def test_a_till_that_stood_elsewhere_is_released_and_redeems_the_same_voucher(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    shop = console_world.shops[2]
    voucher = console_world.voucher(console_world.one_batch())
    assert _redeem(console_world, shop, voucher["code"], till_position=_ELSEWHERE) == "guarded"
    alert = alert_about(console_world, shop.till, rule="redemption_till_elsewhere")
    time.sleep(_EVERYWHERE_S)
    assert _redeem(console_world, shop, voucher["code"]) == "guarded", "the till is frozen wherever it says it is"
    page = console_officers.sign_in("operator", path="/alerts")
    late = console_officers.sign_in("maker", path="/alerts", lang="en")
    keep_state(page, "alerts-open-zh")
    keep_state(late, "alerts-open-en")
    assert grave_violations(late) == []
    shown = late.locator("article.alert").all_inner_texts()
    assert [one for one in shown if re.search(r"[a-z]+_[a-z]+", one)] == [], "codes instead of words"
    mine = _article(page, shop.till, "收银终端报告的位置距商户登记地点")
    expect(mine).to_contain_text("拦截")
    expect(mine).to_contain_text("距离（米）：2,000")
    mine.get_by_role("button", name="放行").click()
    expect(dialog(page)).to_contain_text("对象可以继续领取或核销")
    confirm(page, "放行")
    expect(dialog(page)).to_contain_text("请填写")
    fill(page, REASON["zh"], "搬迁已核实")
    keep_state(page, "alert-release-zh")
    confirm(page, "放行")
    expect_done(page, "已处理")
    expect(mine).to_have_count(0)
    stored = console_world.as_operator(routes.GET_ALERT, alert_id=alert["id"])
    assert (stored["state"], stored["decided_by"], stored["decision_reason"]) == (
        "released", "operator1", "搬迁已核实",
    )  # fmt: skip
    assert console_world.as_operator(routes.GET_VOUCHER, voucher_id=voucher["id"])["state"] == "issued"
    time.sleep(_EVERYWHERE_S)
    assert _redeem(console_world, shop, voucher["code"]) == "redeemed"

    _article(late, shop.till, "The till says it stands").get_by_role("button", name="Confirm").click()
    fill(late, REASON["en"], "too late")
    confirm(late, "Confirm")
    expect_refused(late, "wrong_state", "The present state does not allow this")
    keep_state(late, "alert-late-en")
    confirm(late, "Cancel")
    expect(_article(late, shop.till, "The till says it stands")).to_have_count(0)


def test_a_shared_device_confirmed_as_a_violation_stays_frozen_until_that_is_taken_back(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    batch = console_world.one_batch(quota=100)
    crowd = console_world.people(33, device="phone-of-many")
    held = console_world.voucher(batch, crowd[0])
    for person in crowd[1:31]:
        console_world.claim(batch, person)
    alert = alert_about(console_world, "device", rule="claim_device_fan_out")
    page = console_officers.sign_in("maker", path="/alerts", lang="en")
    _article(page, alert["subject"]["id"], "31 people tried").get_by_role("button", name="Confirm").click()
    expect(dialog(page)).to_contain_text("stays frozen")
    fill(page, REASON["en"], "plug-in software")
    keep_state(page, "alert-confirm-en")
    confirm(page, "Confirm")
    expect_done(page, "Decided")
    time.sleep(_EVERYWHERE_S)
    assert console_world.claim(batch, crowd[31]).json()["code"] == "guarded"
    assert _redeem(console_world, console_world.shops[0], held["code"]) == "redeemed", "a voucher in hand stays good"
    _show_state(page, "Confirmed")
    mine = _article(page, alert["subject"]["id"], "bureau1")
    expect(mine).to_contain_text("plug-in software")
    keep_state(page, "alerts-confirmed-en")
    mine.get_by_role("button", name="Release").click()
    fill(page, REASON["en"], "a family hotel's tablet")
    confirm(page, "Release")
    expect_done(page, "Decided")
    time.sleep(_EVERYWHERE_S)
    assert console_world.claim(batch, crowd[32]).status_code == 201
    assert console_world.as_operator(routes.GET_ALERT, alert_id=alert["id"])["state"] == "released"
    _show_state(page, "Released")
    assert _article(page, alert["subject"]["id"], "family hotel").get_by_role("button").count() == 0, "it is final"


def _show_state(page: Page, name: str) -> None:
    """The alerts of another state."""
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_selector(".body > .whole")
    expect(page.locator("[aria-current=true]")).to_have_text(name)


def test_orders_at_the_threshold_are_only_flagged_and_the_page_says_that_nothing_is_frozen(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    shop = console_world.shops[3]
    batch = console_world.one_batch(quota=100)
    for _ in range(20):
        code = console_world.voucher(batch)["code"]
        assert _redeem(console_world, shop, code, order_total_fen=10_000) == "redeemed"
    alert = alert_about(console_world, shop.id, rule="redemption_exact_threshold_streak")
    page = console_officers.sign_in("operator", path="/alerts")
    mine = _article(page, shop.id, "恰好等于用券门槛")
    expect(mine).to_contain_text("标记")
    order = mine.locator("tbody tr").first
    expect(order).to_contain_text("¥100.00")
    expect(order).to_contain_text(shop.till)
    expect(mine.get_by_role("link", name=_name_of(console_world, shop))).to_be_visible()
    keep_state(page, "alerts-flagged-zh")
    mine.get_by_role("button", name="确认违规").click()
    expect(dialog(page)).to_contain_text("此规则只标记，确认后也不会冻结")
    keep_state(page, "alert-confirm-flag-zh")
    fill(page, REASON["zh"], "涉嫌套现，已移交")
    confirm(page, "确认违规")
    expect_done(page, "已处理")
    assert console_world.as_operator(routes.GET_ALERT, alert_id=alert["id"])["state"] == "confirmed"
    assert _redeem(console_world, shop, console_world.voucher(batch)["code"]) == "redeemed"
    order_link = _article_of_state(page, "已确认违规", shop.id).get_by_role("link", name="查看这张券").first
    order_link.click()
    page.wait_for_url("**/vouchers?id=*")
    expect(page.locator(".facts").first).to_contain_text("已核销")
    press(page, "退出")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
