"""The T+1 report: the day is the platform's, not this computer's; days with something to tell are named."""

import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import press
from tests.browser.console.conftest import Officers
from tests.browser.page_checks import grave_violations
from tests.browser.served import served
from tests.scenario.platform import Platform
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]


@pytest.fixture(scope="module")
def console_platform() -> Iterator[Platform]:
    """A platform of its own, for its business days pass."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def console_world(console_platform: Platform) -> World:
    made = World(console_platform)
    with tempfile.TemporaryDirectory() as folder:
        made.open_shops(Path(folder))
    return made


@pytest.fixture(scope="module")
def busy_day(console_world: World) -> str:
    """The business day on which a voucher was redeemed and another voided; it is 40 days ago by now."""
    batch = console_world.one_batch(quota=2)
    console_world.redemption(batch)
    voided = console_world.voucher(batch)["id"]
    console_world.as_maker(routes.VOID_VOUCHER, voucher_id=voided, body={"reason": "重复领取"})
    day = console_world.platform.now().date().isoformat()
    console_world.platform.advance(days=40)
    return day


def test_the_day_is_the_last_one_with_data_by_the_platforms_clock(
    console_officers: Officers, console_world: World, busy_day: str, keep_state: Keep
) -> None:
    page = console_officers.sign_in("maker", path=f"/reports?id={console_world.campaign}")
    expect(page.get_by_label("业务日期")).to_have_value(busy_day)
    expect(page.get_by_role("button", name=busy_day, exact=True)).to_be_visible()
    expect(page.locator("h2.data")).to_have_text(re.compile("T\\+1 数据报表：."))
    expect(page.locator(".body")).to_contain_text("发放张数含其后作废的 1 张")
    press(page, "查看")
    expect(page.locator("tbody tr", has_text="发放张数").first.locator("td").first).to_have_text("2")
    keep_state(page, "reports-day-zh")

    empty = (console_world.platform.now() - timedelta(days=1)).date().isoformat()
    page.get_by_label("业务日期").fill(empty)
    expect(page.get_by_role("status")).to_have_text("本日没有发放或核销，报表中的当日数字为零。")
    keep_state(page, "reports-empty-day-zh")
    assert grave_violations(page) == []
    page.get_by_role("button", name=busy_day, exact=True).click()
    expect(page.get_by_label("业务日期")).to_have_value(busy_day)
    expect(page.get_by_role("status")).to_have_count(0)


def test_files_have_the_name_that_the_guide_gives_them(
    console_officers: Officers, console_world: World, busy_day: str
) -> None:
    page = console_officers.sign_in("auditor", path=f"/reports?id={console_world.campaign}")
    for button, form, begins in (
        ("下载 xlsx", "xlsx", b"PK"), ("下载 csv（供系统读取）", "csv", b"\xef\xbb\xbf"),
    ):  # fmt: skip
        with page.expect_download() as download:
            press(page, button)
        assert download.value.suggested_filename == f"T+1-{busy_day}.{form}"
        assert Path(download.value.path()).read_bytes().startswith(begins)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_says_the_platforms_business_time(
    console_officers: Officers, console_world: World, busy_day: str, lang: str
) -> None:
    page = console_officers.sign_in("operator", lang=lang, path="/merchants")
    said = console_world.platform.now()
    told = {f"{moment:%Y-%m-%d %H:%M}" for moment in (said, said + timedelta(minutes=1))}
    named = {"zh": "业务时间", "en": "Business time"}[lang]
    expect(page.locator(".top .clock")).to_have_text(re.compile(f"{named} ({'|'.join(told)})"))
    assert not any(one.startswith(busy_day) for one in told)
