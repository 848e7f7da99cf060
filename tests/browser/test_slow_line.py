"""Both pages on 50 kbit/s with 400 ms of latency, and on no line at all for a while."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EDITIONS, LANGUAGES, Visits
from tests.browser.lines import line_of
from tests.browser.page_checks import assert_fits_and_reads
from tests.browser.served import served
from tests.scenario.platform import Platform
from tests.scenario.world import Person, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FILL = 50


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform of its own: how long a list takes on a slow line depends on how long it is."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def world(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A campaign and the shops of a small city."""
    made = World(platform)
    made.open_shops(tmp_path_factory.mktemp("roster"))
    return made


@pytest.fixture(scope="module")
def batch(world: World) -> str:
    """One of three a person, its voucher for every shop."""
    return world.one_batch(name="慢网满100减30", per_person_limit=3)


def card(page: Page, batch: str) -> Any:
    return page.locator(f'[data-batch="{batch}"]')


def held(platform: Platform, person: Person) -> int:
    return int(platform.sql.one("SELECT count(*) FROM voucher WHERE account_id = $1", person.account))


def asked_for_lists(page: Page) -> list[float]:
    """When the page asks for the batches, from now on."""
    asked: list[float] = []
    page.on("request", lambda request: asked.append(time.monotonic()) if "/v1/batches?" in request.url else None)
    return asked


def test_what_is_to_be_read_comes_first(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("phone", None)
    page.goto("about:blank")
    line = line_of(page)
    line.session.send("Network.clearBrowserCache")
    line.slow()
    began = time.monotonic()
    page.goto(f"{visits.base_url}/pages/phone#token={world.person().token}", wait_until="commit")
    expect(card(page, batch).locator("button")).to_be_visible(timeout=60_000)
    ready = time.monotonic() - began
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1_000
    print(f"painted after {painted:.1f} s, a button after {ready:.1f} s")
    assert painted < 5
    assert ready < 20


def test_a_press_is_acknowledged_at_once_and_two_claim_one(visits: Visits, world: World, batch: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    expect(card(page, batch).locator("button")).to_be_visible()
    line_of(page).slow()
    state = (
        card(page, batch)
        .locator("button")
        .evaluate("button => { button.click(); button.click(); return button.closest('article').dataset.state }")
    )
    assert state == "asking"
    expect(card(page, batch).locator(".hint")).to_have_text("请稍候，不要关闭页面。")
    expect(card(page, batch)).to_have_attribute("data-held", "1")
    assert held(world.platform, person) == 1


def test_a_claim_pressed_without_a_line_is_made_once_when_it_is_back(visits: Visits, world: World, batch: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    expect(card(page, batch).locator("button")).to_be_visible()
    line = line_of(page)
    line.gone()
    expect(page.locator("#stale")).to_contain_text("网络中断")
    card(page, batch).locator("button").click()
    expect(card(page, batch).locator(".hint")).to_have_text("网络慢或中断，正在重试，不会重复领取。")
    expect(card(page, batch)).to_have_attribute("data-state", "unsure", timeout=60_000)
    assert held(world.platform, person) == 0
    line.slow()
    expect(card(page, batch)).to_have_attribute("data-held", "1")
    expect(page.locator("#stale")).to_be_hidden()
    assert held(world.platform, person) == 1


def test_looking_again_leaves_a_slow_line_to_whoever_presses(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("phone", world.person().token)
    expect(card(page, batch).locator("button")).to_be_visible()
    line_of(page).slow(latency_ms=3_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(8_000)
    asked = asked_for_lists(page)
    page.wait_for_timeout(30_000)
    assert len(asked) <= 1, "a look of three seconds comes every half minute at most"


def test_lists_that_nobody_sees_are_not_asked_for(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("phone", world.person().token, hash_link="#shops")
    expect(page.locator(".shops").first).to_be_attached()
    asked = asked_for_lists(page)
    page.wait_for_timeout(20_000)
    assert asked == []
    page.click('nav a[href="#batches"]')
    expect(card(page, batch).locator("button")).to_be_visible()
    page.wait_for_timeout(1_000)
    assert len(asked) == 1, "what is old by now is asked for when it is looked at"


def test_a_keyboard_keeps_its_place_through_a_press_and_through_new_lists(
    visits: Visits, world: World, batch: str
) -> None:
    page = visits.open("phone", world.person().token)
    button = card(page, batch).locator("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(card(page, batch)).to_have_attribute("data-held", "1")
    expect(button).to_be_focused()
    another = world.one_batch(name="刚发布的券")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(card(page, another)).to_be_visible()
    assert button.evaluate("button => button === document.activeElement")


def test_who_cannot_see_hears_once_what_has_changed_and_nothing_else(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("phone", world.person().token)
    soon = world.one_batch(name="马上开始", claim_opens_at=12)
    page.evaluate(_LISTEN)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(card(page, soon)).to_have_attribute("data-state", "not_open")
    expect(card(page, soon)).to_have_attribute("data-state", "open")
    page.wait_for_timeout(1_000)
    assert page.evaluate("window.heard") == ["马上开始: 可领取. 点一次即可，多点不会更快。"]


_LISTEN = """
() => { window.heard = []; new MutationObserver((all) => {
  for (const { target, addedNodes } of all) {
    if (target.closest("[role=status]")) for (const line of addedNodes) window.heard.push(line.textContent);
  }
}).observe(document.getElementById("content"), { childList: true, subtree: true }); }
"""


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_without_a_line_fits_and_reads(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, batch: str, keep_picture: Callable[[Page, str], Path], lang: str, edition: str
) -> None:
    page = visits.open("phone", world.person().token, lang=lang, edition=edition)
    expect(card(page, batch).locator("button")).to_be_visible()
    line_of(page).gone()
    expect(page.locator("#stale")).to_be_visible()
    card(page, batch).locator("button").click()
    expect(card(page, batch).locator(".hint")).to_contain_text("重试" if lang == "zh" else "Trying again")
    assert_fits_and_reads(page, "offline", keep_picture, edition=edition, lang=lang)


def test_a_till_on_a_slow_line_redeems_once(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    expect(page.locator("#code")).to_be_focused()
    line = line_of(page)
    line.slow()
    scan(page, voucher["code"])
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("正在核销", timeout=300)
    expect(page.locator("#result")).to_have_attribute("data-kind", "done")
    assert redemptions(world, voucher) == 1


def test_a_till_that_loses_its_line_says_so_and_finds_out_later(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    expect(page.locator("#code")).to_be_focused()
    line = line_of(page)
    line.gone()
    scan(page, voucher["code"])
    expect(page.locator("#result")).to_have_attribute("data-kind", "unsure")
    expect(page.locator("#result")).to_contain_text("先不要收款")
    line.slow()
    expect(page.locator("#result-button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_attribute("data-kind", "done")
    assert redemptions(world, voucher) == 1


def test_the_platforms_time_is_known_whatever_the_line(visits: Visits, world: World, batch: str) -> None:
    """A list of some kilobytes takes seconds to come; an opening must not be late by them."""
    world.published(*({"name": f"填充{n}"} for n in range(FILL)))
    opening = world.one_batch(name="整点开抢", claim_opens_at=40)
    due = world.platform.sql.one("SELECT claim_opens_at FROM batch WHERE id = $1", opening)
    page = visits.open("phone", None)
    line_of(page).slow()
    page.goto("about:blank")
    page.goto(f"{visits.base_url}/pages/phone#token={world.person().token}")
    expect(card(page, opening)).to_have_attribute("data-state", "not_open", timeout=40_000)
    expect(card(page, opening)).to_have_attribute("data-state", "open", timeout=60_000)
    late = (world.platform.now() - due).total_seconds()
    print(f"open {late:.2f} s after the time")
    assert -0.5 < late < 2


def scan(page: Page, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.keyboard.type("120")
    page.keyboard.press("Enter")


def redemptions(world: World, voucher: dict[str, Any]) -> int:
    return int(world.platform.sql.one("SELECT count(*) FROM redemption WHERE voucher_id = $1", voucher["id"]))
