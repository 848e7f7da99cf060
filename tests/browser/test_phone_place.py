"""A batch that is claimed within an area only: the browser's own geolocation, inside, outside, refused, and silent."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Geolocation, Page, expect

from tests.browser.conftest import EDITIONS, LANGUAGES, Visits
from tests.browser.page_checks import assert_fits_and_reads
from tests.scenario.platform import Platform
from tests.scenario.world import Person, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
INSIDE: Geolocation = {"latitude": 30.9795, "longitude": 104.2815}
OUTSIDE: Geolocation = {"latitude": 30.9795, "longitude": 104.3340}  # some five kilometres east
AREA = {"latitude": 30.98, "longitude": 104.282, "radius_m": 2_000}
GRANTED: dict[str, Any] = {"permissions": ["geolocation"]}


@pytest.fixture(scope="module")
def fenced(world: World) -> str:
    """A batch of three a person, to be claimed in the middle of the city."""
    return world.published(
        {"name": "雒城夜市满100减30", "claim_area": AREA, "per_person_limit": 3, "categories": ["catering"]}
    )[0]


def card(page: Page, batch: str) -> Any:
    return page.locator(f'[data-batch="{batch}"]')


def press(page: Page, batch: str) -> Any:
    """The card, once its button has been pressed."""
    shown = card(page, batch)
    shown.locator("button").click()
    return shown


def held(platform: Platform, person: Person) -> int:
    return int(platform.sql.one("SELECT count(*) FROM voucher WHERE account_id = $1", person.account))


def test_inside_the_area_a_press_claims(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token, geolocation=INSIDE, **GRANTED)
    expect(card(page, fenced)).to_contain_text("限在活动区域内领取（中心 2 公里内）")
    expect(press(page, fenced).locator(".hint")).to_contain_text("已领 1 张")
    assert held(world.platform, person) == 1


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh", "您不在领取范围内。距活动区域约 3 公里，请进入区域后点“再试一次”。"),
        ("en", "You are outside the area of this batch. The area is about 3 km away. Go there, then try again."),
    ],
)
def test_outside_it_is_refused_and_claimed_once_the_phone_is_inside(
    visits: Visits, world: World, fenced: str, lang: str, told: str
) -> None:
    person = world.person()
    page = visits.open("phone", person.token, lang=lang, geolocation=OUTSIDE, **GRANTED)
    shown = press(page, fenced)
    expect(shown.locator(".hint")).to_have_text(told)
    assert shown.get_attribute("data-state") == "refused"
    assert held(world.platform, person) == 0
    page.context.set_geolocation(INSIDE)
    expect(press(page, fenced)).to_have_attribute("data-held", "1")
    assert held(world.platform, person) == 1


class Asked:
    """The claims that a page sends."""

    def __init__(self, page: Page) -> None:
        self.claims: list[str] = []
        page.on("request", self._heard)

    def _heard(self, request: Any) -> None:
        if request.method == "POST" and request.url.endswith("/claims"):
            self.claims.append(request.url)


def test_whoever_denies_the_position_is_told_and_may_allow_it_later(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    asked = Asked(page)
    hint = press(page, fenced).locator(".hint")
    expect(hint).to_have_text("需要定位信息才能领取。请在浏览器和手机设置中允许本页定位，再点“再试一次”。")
    page.wait_for_timeout(20_000)
    expect(hint).to_contain_text("再试一次")  # lists have been looked at again meanwhile, and know nothing of a place
    assert (asked.claims, held(world.platform, person)) == ([], 0)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(INSIDE)
    expect(press(page, fenced)).to_have_attribute("data-held", "1")
    assert held(world.platform, person) == 1


def test_a_phone_that_finds_no_position_says_so(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token, **GRANTED)
    page.context.set_geolocation(None)
    expect(press(page, fenced).locator(".hint")).to_contain_text("手机没有给出位置。请打开定位服务", timeout=30_000)
    assert held(world.platform, person) == 0


def test_a_phone_that_takes_too_long_says_so(visits: Visits, world: World, fenced: str) -> None:
    """Chromium's own service is out of reach in one place and quick to refuse in another: it is not asked here."""
    person = world.person()
    page = visits.open("phone", person.token, **GRANTED)
    expect(card(page, fenced)).to_be_visible()
    page.evaluate(
        "() => { navigator.geolocation.getCurrentPosition ="
        " (_, failed, { timeout }) => setTimeout(() => failed({ code: 3 }), timeout / 4); }"
    )
    shown = press(page, fenced)
    expect(shown.locator(".hint")).to_have_text("正在确定位置。手机询问时请选“允许”。")
    expect(shown.locator(".hint")).to_contain_text("一直没有定到位置")
    assert held(world.platform, person) == 0


def test_a_question_that_its_owner_passes_over_comes_to_an_end(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    expect(card(page, fenced)).to_be_visible()
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = () => {}; }")
    page.clock.install()
    shown = press(page, fenced)
    expect(shown.locator(".hint")).to_have_text("正在确定位置。手机询问时请选“允许”。")
    page.clock.fast_forward(61_000)
    expect(shown).to_have_attribute("data-state", "refused")
    expect(shown.locator(".hint")).to_contain_text("再点“再试一次”")
    expect(shown).to_have_attribute("aria-busy", "false")
    assert held(world.platform, person) == 0


def test_presses_while_the_position_is_sought_claim_once(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token, geolocation=INSIDE, **GRANTED)
    card(page, fenced).locator("button").evaluate("button => { for (let n = 0; n < 5; n += 1) button.click(); }")
    expect(card(page, fenced)).to_have_attribute("data-held", "1")
    page.wait_for_timeout(3_000)
    assert held(world.platform, person) == 1


def test_whoever_told_a_position_tells_it_elsewhere_too(visits: Visits, world: World, fenced: str) -> None:
    person = world.person()
    anywhere = world.one_batch(name="全市通用券")
    page = visits.open("phone", person.token, geolocation=INSIDE, **GRANTED)
    expect(press(page, fenced)).to_have_attribute("data-held", "1")
    expect(press(page, anywhere)).to_have_attribute("data-held", "1")
    page.wait_for_timeout(2_000)
    alerts = "SELECT rule FROM risk_alert WHERE subject_id = $1"
    assert world.platform.sql.rows(alerts, person.person_id) == []


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_of_a_place_fits_and_reads(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, fenced: str, keep_picture: Callable[[Page, str], Path], lang: str, edition: str
) -> None:
    page = visits.open("phone", world.person().token, lang=lang, edition=edition, geolocation=OUTSIDE, **GRANTED)
    shown = card(page, fenced)
    for state, position in (("outside", OUTSIDE), ("unavailable", None)):
        page.context.set_geolocation(position)
        shown.locator("button").click()
        expect(shown).to_have_attribute("data-state", "refused")
        expect(shown.locator(".hint")).to_contain_text(re.compile("km|公里" if state == "outside" else "service|服务"))
        assert_fits_and_reads(page, f"place-{state}", keep_picture, edition=edition, lang=lang)
