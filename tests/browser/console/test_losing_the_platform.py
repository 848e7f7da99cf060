"""The platform is out of reach for a while: the wall keeps its last values and says so, other pages say what to do."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import confirm, dialog, expect_done, expect_refused, fill, press
from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.console.relay import Relay
from tests.browser.page_checks import grave_violations, pixels_too_wide
from tests.scenario.platform import Platform
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_LONGER_THAN_SILENCE_MS = 9_500
_STALE = ".screen-stale:not(.screen-silent)"


@pytest.fixture(scope="module")
def relay(console_platform: Platform) -> Iterator[Relay]:
    """The console's only way to the platform."""
    made = Relay(console_platform.ready.base_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def console_process(relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleProcess]:
    """A console whose way to the platform can be cut."""
    process = ConsoleProcess(relay.url, tmp_path_factory.mktemp("cut"))
    process.start()
    yield process
    process.end()
    assert "Traceback" not in process.log(), process.log()


def _number(page: Page, name: str) -> str:
    """A large number of the screen."""
    return (
        page.locator(".screen-numbers > div").filter(has=page.get_by_text(name, exact=True)).locator("dd").inner_text()
    )


def test_a_screen_that_loses_the_platform_keeps_its_values_says_so_and_comes_back(
    console_officers: Officers, console_world: World, relay: Relay, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=1_000_000)
    batch = console_world.published({"name": "餐饮满100减30", "quota": 40}, campaign=campaign)[0]
    console_world.redemption(batch)
    for _ in range(9):
        console_world.voucher(batch)
    wall = console_officers.sign_in("maker", path=f"/screen?id={campaign}", size=(1920, 1080))
    desk = console_officers.sign_in("auditor", path=f"/screen?id={campaign}", lang="en")
    expect(wall.locator(".screen-numbers")).to_contain_text("10")
    expect(wall.locator(_STALE)).to_be_hidden()
    keep_state(wall, "screen-live-zh-1920")

    relay.cut = True
    expect(wall.locator(_STALE)).to_contain_text("无法取得新数据，画面为最后一次数据，自")
    expect(desk.locator(_STALE)).to_contain_text("No new figures: the last values stand, since")
    for _ in range(5):
        console_world.voucher(batch)
    wall.wait_for_timeout(_LONGER_THAN_SILENCE_MS)
    assert _number(wall, "已领取") == _number(desk, "Issued") == "10", "the last values stay"
    assert _number(wall, "核销金额") == "¥30.00"
    assert not wall.locator(".screen-silent").is_visible(), "it is the platform that is away, not the console"
    for page, name in ((wall, "screen-away-zh-1920"), (desk, "screen-away-en-1366")):
        keep_state(page, name)
        assert grave_violations(page) == []
        assert pixels_too_wide(page) <= 0

    relay.cut = False
    expect(wall.locator(_STALE)).to_be_hidden()
    expect(wall.locator(".screen-numbers")).to_contain_text("15")
    assert _number(wall, "已领取") == "15"
    expect(desk.locator(_STALE)).to_be_hidden()
    keep_state(desk, "screen-back-en-1366")


def test_a_page_and_an_act_say_that_nothing_was_reached_and_go_on_when_asked_again(
    console_officers: Officers, console_world: World, relay: Relay, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign()
    page = console_officers.sign_in("maker", path=f"/campaign?id={campaign}")
    press(page, "登记财政拨付")
    fill(page, "金额（元）", "500")
    fill(page, "银行流水号", f"CUT-{campaign}")
    relay.cut = True
    confirm(page, "登记")
    expect_refused(page, "no_reply", "原样再试一次不会重复执行")
    keep_state(page, "act-no-reply-zh")
    other = page.context.new_page()
    console_officers.open(other, f"/money?id={campaign}", lang="en")
    expect(other.get_by_role("alert")).to_contain_text("The platform does not answer")
    keep_state(other, "page-away-en")
    relay.cut, relay.delay_s = False, 2.0
    confirm(page, "登记")
    button = dialog(page).get_by_role("button").filter(has=page.locator(".q-spinner"))
    expect(button).to_be_disabled()
    keep_state(page, "act-working-zh")
    relay.delay_s = 0.0
    expect_done(page, "拨付已入账")
    assert dialog(page).count() == 0
    money = console_world.as_maker(routes.GET_MONEY, campaign_id=campaign)["buckets"]
    assert money["received_fen"] == 50_000
    press(other, "Try again")
    expect(other.locator(".equation")).to_contain_text("¥500.00")
