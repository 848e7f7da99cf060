"""The phone's page as people use it: claiming, the wallet, the code, the shops, why a till refused."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import EDITIONS, LANGUAGES, SIZES, Visits
from tests.browser.page_checks import assert_accessible, assert_large, assert_nothing_is_cut, assert_translated
from tests.scenario.platform import Platform
from tests.scenario.world import Person, World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def batches(world: World) -> dict[str, str]:
    """One batch in each state that lists can tell, by that state."""
    made = world.published(
        {"name": "餐饮满100减30", "categories": ["catering"]},
        {"name": "家电以旧换新补贴券", "face_fen": 30_000, "threshold_fen": 300_000, "categories": ["appliances"],
         "claim_opens_at": 2 * 86_400, "districts": ["510681001", "510681002"]},
        {"name": "百货满60减20", "face_fen": 2_000, "threshold_fen": 6_000, "quota": 1, "categories": ["daily_goods"]},
        {"name": "住宿券（暂停中）", "categories": ["lodging"]},
        {"name": "加油券（已停止）", "categories": ["fuel"]},
        {"name": "全行业动态码券", "code_mode": "dynamic", "refund_regime": "A", "per_person_limit": 2},
    )  # fmt: skip
    names = ["open", "not_open", "sold_out", "paused", "ended", "dynamic"]
    found = dict(zip(names, made, strict=True))
    world.voucher(found["sold_out"])
    world.as_operator(routes.PAUSE_BATCH, batch_id=found["paused"], body={"reason": "检修"})
    world.as_operator(routes.STOP_BATCH, batch_id=found["ended"], body={"reason": "到期"})
    world.platform.wait_taken()
    return found


def card(page: Page, batch: str) -> Any:
    return page.locator(f'[data-batch="{batch}"]')


def test_each_state_says_what_it_is_and_what_to_do(visits: Visits, world: World, batches: dict[str, str]) -> None:
    page = visits.open("phone", world.person().token)
    wanted = {"open": "可领取", "not_open": "未开始", "sold_out": "抢光", "paused": "已暂停", "ended": "已结束"}
    for state, words in wanted.items():
        shown = card(page, batches[state])
        expect(shown.locator(".badge")).to_have_text(words)
        expect(shown.locator(".hint")).not_to_have_text("")
        assert shown.locator("button").is_enabled() == (state == "open")
    expect(card(page, batches["not_open"]).locator(".left")).to_contain_text(re.compile(r"距开始 \d 天 \d\d:\d\d:\d\d"))


def test_what_can_be_claimed_comes_first_then_what_will_be_then_the_rest(
    visits: Visits, world: World, batches: dict[str, str]
) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    expect(card(page, batches["dynamic"])).to_have_attribute("data-state", "open")
    places = [["open"], ["not_open"], ["claimed"], ["sold_out", "paused", "ended"]]

    def shown() -> list[int]:
        states = page.locator(".batch").evaluate_all("cards => cards.map((one) => one.dataset.state)")
        return [next(place for place, some in enumerate(places) if state in some) for state in states]

    assert shown() == sorted(shown())
    assert set(shown()) == {0, 1, 3}
    card(page, batches["open"]).locator("button").click()
    expect(card(page, batches["open"])).to_have_attribute("data-state", "claimed")
    assert shown() != sorted(shown()), "nothing moves under a finger"
    page.click('nav a[href="#wallet"]')
    page.click('nav a[href="#batches"]')
    expect(page.locator(".batch").first).to_be_visible()
    assert shown() == sorted(shown())
    page.reload()
    expect(card(page, batches["open"])).to_have_attribute("data-state", "claimed")
    assert shown() == sorted(shown()), "what one can still use stands above what is over"
    assert 2 in shown()


def test_what_one_has_used_stands_below_what_one_can_still_use(
    visits: Visits, world: World, batches: dict[str, str]
) -> None:
    person = world.person()
    used = world.voucher(batches["open"], person)
    for _ in range(2):
        world.voucher(batches["dynamic"], person)
    world.redeem(next(one for one in world.shops if one.category == "catering"), used["code"])
    page = visits.open("phone", person.token)
    for name in ("open", "dynamic"):
        expect(card(page, batches[name])).to_have_attribute("data-state", "claimed")
    shown = page.locator(".batch").evaluate_all("cards => cards.map((one) => one.dataset.batch)")
    assert shown.index(batches["dynamic"]) < shown.index(batches["open"]), "though it was made later"


def test_how_many_are_left_is_told_anew_after_ones_own_claim(visits: Visits, world: World) -> None:
    batch = world.one_batch(name="余量", quota=50)
    world.platform.wait_taken()
    page = visits.open("phone", world.person().token)
    expect(card(page, batch).locator(".left")).to_have_text("剩余 50 张")
    card(page, batch).locator("button").click()
    expect(card(page, batch)).to_have_attribute("data-state", "claimed")
    assert card(page, batch).locator(".left").inner_text() == "剩余 49 张", "at once"
    world.voucher(batch)
    page.click('nav a[href="#wallet"]')  # away while the lists would have been asked for
    page.wait_for_timeout(2_500)
    page.click('nav a[href="#batches"]')
    expect(card(page, batch).locator(".left")).to_have_text("剩余 48 张", timeout=3_000)


def test_a_date_of_another_year_says_so(visits: Visits, world: World) -> None:
    batch = world.one_batch(name="跨年", claim_closes_at=400 * 86_400, valid_until=500 * 86_400)
    closes = world.platform.sql.one("SELECT claim_closes_at FROM batch WHERE id = $1", batch)
    world.platform.wait_taken()
    page = visits.open("phone", world.person().token)
    year = closes.year
    now = world.platform.now().year
    shown = card(page, batch).locator(".whole")
    expect(shown.nth(1)).to_have_text(re.compile(rf"^{year}-\d\d-\d\d$"))
    expect(shown.nth(0)).to_have_text(re.compile(r"^\d\d-\d\d$"))
    assert year > now


def test_two_presses_claim_one_voucher(visits: Visits, world: World, batches: dict[str, str]) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    shown = card(page, batches["dynamic"])
    shown.locator("button").dblclick()
    expect(shown.locator(".hint")).to_contain_text("已领 1 张")
    assert held(world.platform, person) == 1


def held(platform: Platform, person: Person) -> int:
    return int(platform.sql.one("SELECT count(*) FROM voucher WHERE account_id = $1", person.account))


def test_the_token_leaves_the_address_and_survives_a_reload(
    visits: Visits, world: World, batches: dict[str, str]
) -> None:
    page = visits.open("phone", world.person().token)
    expect(card(page, batches["open"]).locator("button")).to_be_visible()
    assert "token" not in page.url
    page.reload()
    expect(card(page, batches["open"]).locator("button")).to_be_visible()


def test_without_a_token_it_asks_for_one(visits: Visits, world: World, batches: dict[str, str]) -> None:
    page = visits.open("phone", None)
    expect(page.locator("#sign-in")).to_be_visible()
    page.fill("#token-field", world.person().token)
    page.press("#token-field", "Enter")
    expect(card(page, batches["open"]).locator("button")).to_be_visible()
    assert "token" not in page.url


def scanned(page: Page) -> str:
    """What a scanner reads off the screen."""
    shot = page.locator(".code svg").screenshot()
    return str(zxingcpp.read_barcodes(Image.open(io.BytesIO(shot)))[0].text)


def test_a_claimed_voucher_shows_a_code_that_a_till_takes_and_the_page_hears_of_it(
    visits: Visits, world: World, batches: dict[str, str]
) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    card(page, batches["dynamic"]).locator("button").click()
    expect(card(page, batches["dynamic"]).locator(".hint")).to_contain_text("已领 1 张")
    page.click('nav a[href="#wallet"]')
    page.click("article a.main")
    expect(page.locator(".code svg")).to_be_visible()
    code = scanned(page)
    assert code == page.locator(".code-text code").inner_text()
    assert "读出" not in page.locator(".code").inner_text(), "nobody reads fifty characters out"
    expect(page.locator(".code-text")).to_contain_text("供扫码、拍照或复制")
    shop = world.shops[0]
    assert world.redeem(shop, code, order_total_fen=5_000).json()["code"] == "below_threshold"
    expect(page.locator(".use")).to_contain_text("订单未达到使用门槛")
    made = world.redeem(shop, code).json()
    expect(page.locator(".card .badge")).to_have_text("已使用")
    expect(page.locator(".use")).to_contain_text("券抵 30 元，实付 90 元")
    expect(page.locator(".code")).to_have_count(0)
    world.platform.do(routes.REFUND, shop.token, redemption_id=made["id"], body={"amount_fen": made["payable_fen"]})
    expect(page.locator(".use")).to_contain_text("券已退回，可再次使用")
    expect(page.locator(".card .badge")).to_have_text("可使用")


def test_a_static_code_is_drawn_too(visits: Visits, world: World, batches: dict[str, str]) -> None:
    person = world.person()
    voucher = world.voucher(batches["open"], person)
    page = visits.open("phone", person.token, hash_link=f"#voucher/{voucher['id']}")
    expect(page.locator(".code svg")).to_be_visible()
    assert scanned(page) == voucher["code"]
    assert "读出上面的券码" in page.locator(".code").inner_text()
    assert page.locator(".code p").all_inner_texts()[0].startswith("券码"), "above the sentence that says so"
    assert page.locator(".holds").count() == 0, "it holds as long as the voucher"


def test_a_dynamic_code_says_how_long_it_still_holds(
    visits: Visits, world: World, batches: dict[str, str], keep_picture: Callable[[Page, str], Path]
) -> None:
    person = world.person()
    voucher = world.voucher(batches["dynamic"], person)
    page = visits.open("phone", person.token, hash_link=f"#voucher/{voucher['id']}")
    told = page.locator(".holds")
    expect(told).to_have_text(re.compile(r"^此码还有 \d+ 秒有效，到时前自动换新码$"))
    shown = int(re.sub(r"\D", "", told.inner_text()))
    keep_picture(page, "phone-dynamic-code")
    assert_nothing_is_cut(page)
    code = world.platform.do(routes.GET_CODE, person.token, voucher_id=voucher["id"])
    left = (datetime.fromisoformat(code["expires_at"]) - datetime.now(UTC)).total_seconds()
    if code["code"] == page.locator(".code-text code").inner_text():
        assert -3 <= shown - left <= 2
    page.context.set_offline(True)
    expect(told).to_have_text("此码已失效，正在取新码…", timeout=65_000)
    expect(page.locator(".code .hint")).to_contain_text("网络不通")
    page.context.set_offline(False)
    expect(told).to_have_text(re.compile(r"^此码还有 \d+ 秒有效，到时前自动换新码$"))


@pytest.mark.parametrize("mode", ["open", "dynamic"])
def test_a_code_is_copied_for_a_till_on_the_same_computer(
    visits: Visits, world: World, batches: dict[str, str], mode: str
) -> None:
    person = world.person()
    voucher = world.voucher(batches[mode], person)
    page = visits.open("phone", person.token, hash_link=f"#voucher/{voucher['id']}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="复制券码")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".code").get_by_role("status")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    shop = next(one for one in world.shops if one.category == "catering")
    assert world.redeem(shop, copied).status_code == 201


def test_without_a_clipboard_the_code_is_selected(visits: Visits, world: World, batches: dict[str, str]) -> None:
    person = world.person()
    voucher = world.voucher(batches["open"], person)
    page = visits.open("phone", person.token, hash_link=f"#voucher/{voucher['id']}")
    page.context.grant_permissions([])  # none but these: the clipboard is refused
    page.get_by_role("button", name="复制券码").click()
    expect(page.locator(".code").get_by_role("status")).to_contain_text("券码已选中")
    assert "".join(page.evaluate("String(getSelection())").split()) == voucher["code"]


def test_a_renewed_code_leaves_the_focus_where_it_was(visits: Visits, world: World, batches: dict[str, str]) -> None:
    person = world.person()
    voucher = world.voucher(batches["dynamic"], person)
    page = visits.open("phone", person.token, hash_link=f"#voucher/{voucher['id']}")
    button = page.get_by_role("button", name="复制券码")
    button.focus()
    before = page.locator(".code-text code").inner_text()
    expect(page.locator(".code-text code")).not_to_have_text(before, timeout=60_000)
    expect(button).to_be_focused()
    expect(page.locator(".holds")).to_have_count(1)
    assert "每 30 秒" not in page.locator(".code").inner_text(), "one statement of how long it holds"


def test_shops_are_found_by_district_and_industry(visits: Visits, world: World, batches: dict[str, str]) -> None:
    page = visits.open("phone", world.person().token, hash_link="#shops")
    admitted = world.platform.sql.one("SELECT count(*) FROM merchant WHERE admitted AND NOT suspended")
    assert admitted > 200
    expect(page.locator(".strong").first).to_have_text(f"共 {admitted} 家")
    page.select_option("#shops-d", "510681001")
    page.select_option("#shops-c", "catering")
    of = "admitted AND NOT suspended AND district = '510681001' AND category = 'catering'"
    some = world.platform.sql.one(f"SELECT count(*) FROM merchant WHERE {of}")
    expect(page.locator(".strong").first).to_have_text(f"共 {some} 家")
    expect(page.locator(".shops li")).to_have_count(some)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_view_is_accessible_and_whole_at_every_size(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, batches: dict[str, str], keep_picture: Callable[[Page, str], Path], lang: str,
    edition: str,
) -> None:  # fmt: skip
    person = world.person()
    used = world.voucher(batches["dynamic"], person)
    ready = world.voucher(batches["open"], person)
    code = world.platform.do(routes.GET_CODE, person.token, voucher_id=used["id"])["code"]
    world.redeem(world.shops[0], code, order_total_fen=5_000)
    made = world.redeem(world.shops[0], code).json()
    world.platform.do(routes.REFUND, world.shops[0].token, redemption_id=made["id"], body={"amount_fen": 4_000})
    refused = world.redeem(next(one for one in world.shops if one.category != "catering"), ready["code"]).json()
    assert refused["code"] == "category_not_covered"
    page = visits.open("phone", person.token, lang=lang, edition=edition)
    for view, awaited in (
        ("batches", ".batch"), ("wallet", "article"), (f"voucher/{ready['id']}", ".use section"),
        (f"voucher/{used['id']}", ".use section"), ("shops", ".found details"),
    ):  # fmt: skip
        page.evaluate("link => { location.hash = link }", view)
        page.wait_for_selector(awaited)
        if view == f"voucher/{ready['id']}":
            page.wait_for_selector(".code svg")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            keep_picture(page, f"phone-{view.split('/')[0]}{view[-3:]}-{edition}-{lang}-{width}")
            assert_nothing_is_cut(page)
            if width == 320:
                assert_accessible(page)
                if edition == "elderly":
                    assert_large(page)
                if lang == "en":
                    assert_translated(page)


def test_the_text_grows_to_thirty_pixels_and_is_kept(visits: Visits, world: World, batches: dict[str, str]) -> None:
    page = visits.open("phone", world.person().token, edition="elderly", size=(320, 640))
    expect(card(page, batches["open"]).locator("button")).to_be_visible()
    for _ in range(5):
        page.click("#larger")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "30px"
    assert_nothing_is_cut(page)
    page.reload()
    expect(card(page, batches["open"]).locator("button")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "30px"


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_tab_leaves_head_and_tabs_in_sight(
    visits: Visits, world: World, batches: dict[str, str], edition: str
) -> None:
    page = visits.open("phone", world.person().token, edition=edition)
    expect(card(page, batches["open"])).to_be_visible()
    for tab in ("batches", "shops", "wallet", "batches"):
        page.click(f'nav a[href="#{tab}"]')
        expect(page.locator(f'nav a[href="#{tab}"]')).to_have_attribute("aria-current", "page")
        expect(page.locator("#view")).to_be_focused()
        assert page.evaluate("scrollY") == 0, tab


def test_the_tab_one_is_on_does_not_move_the_list(visits: Visits, world: World, batches: dict[str, str]) -> None:
    page = visits.open("phone", world.person().token)
    expect(card(page, batches["open"])).to_be_visible()
    page.evaluate("scrollTo(0, 400)")
    page.click('nav a[href="#batches"]')
    expect(page.locator("#view")).to_be_focused()
    assert page.evaluate("scrollY") == 400


def test_a_view_opened_from_far_below_begins_at_its_beginning(
    visits: Visits, world: World, batches: dict[str, str]
) -> None:
    person = world.person()
    voucher = world.voucher(batches["open"], person)
    page = visits.open("phone", person.token, edition="elderly", size=(320, 640))
    expect(card(page, batches["open"])).to_be_visible()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate("link => { location.hash = link }", f"voucher/{voucher['id']}")
    expect(page.locator(".code svg")).to_be_visible()
    expect(page.locator("article h2").first).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
