"""The till's page: scan, amount, result, refund, today's list; pressed twice, and with replies that are lost."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import segno
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import EDITIONS, LANGUAGES, SIZES, Visits
from tests.browser.page_checks import assert_accessible, assert_large, assert_nothing_is_cut, assert_translated
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def batch(world: World) -> str:
    """A batch for every shop, its voucher given back by a whole refund."""
    return world.one_batch(per_person_limit=100, quota=10_000, refund_regime="A")


def scan(page: Page, code: str, amount: str = "120") -> None:
    """As a scan gun does it: the code, Enter; then the cashier types the amount and presses Enter."""
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#amount")).to_be_focused()
    page.keyboard.type(amount)
    page.keyboard.press("Enter")


def redemptions_of(world: World, voucher: dict[str, Any]) -> int:
    return int(world.platform.sql.one("SELECT count(*) FROM redemption WHERE voucher_id = $1", voucher["id"]))


def test_a_scanned_voucher_is_redeemed_and_the_cashier_is_told_what_to_collect(
    visits: Visits, world: World, batch: str
) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    scan(page, voucher["code"], "128.50")
    expect(page.locator("#result")).to_have_attribute("data-kind", "done")
    expect(page.locator("#result")).to_contain_text("收顾客 98.50 元")
    assert redemptions_of(world, voucher) == 1
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    scan(page, voucher["code"])
    expect(page.locator("#result")).to_have_attribute("data-kind", "refused")
    expect(page.locator("#result")).to_contain_text("该券已核销")
    assert redemptions_of(world, voucher) == 1


def test_the_shops_own_discount_and_excluded_goods_count(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    page.fill("#discount", "10")
    page.fill("#excluded", "15.01")
    page.focus("#code")
    scan(page, voucher["code"], "125")
    expect(page.locator("#result")).to_contain_text("扣除不参与商品后未达到门槛")
    page.keyboard.press("Enter")
    expect(page.locator("#amount")).to_have_value("125")
    page.fill("#excluded", "15")
    page.fill("#code", voucher["code"])
    page.press("#amount", "Enter")
    expect(page.locator("#result")).to_contain_text("收顾客 85 元")
    made = world.platform.sql.rows("SELECT * FROM redemption WHERE voucher_id = $1", voucher["id"])[0]
    assert (made["order_total_fen"], made["merchant_discount_fen"], made["paid_fen"]) == (12_500, 1_000, 8_500)


def test_a_customer_whose_order_falls_short_adds_something_and_is_served_at_once(
    visits: Visits, world: World, batch: str
) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    keys: list[str] = []
    page.on("request", lambda sent: keys.extend(key for name, key in sent.headers.items() if name == "idempotency-key"))
    scan(page, voucher["code"], "88")
    expect(page.locator("#result-lines p").first).to_have_text("满 100 元可用，还差 12 元")
    refused_order = page.locator("#order").inner_text()
    page.get_by_role("button", name="修改金额").click()
    expect(page.locator("#amount")).to_be_focused()
    assert (page.input_value("#code"), page.input_value("#amount")) == (voucher["code"], "88")
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("收顾客 70 元")
    made = world.platform.sql.rows("SELECT * FROM redemption WHERE voucher_id = $1", voucher["id"])
    assert [(one["order_total_fen"], one["key"]) for one in made] == [(10_000, keys[1])]
    assert keys[0] != keys[1]
    assert made[0]["order_no"] != refused_order


def test_the_next_customer_finds_nothing_of_the_one_before(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("till", world.shops[0].token)
    page.fill("#discount", "1")
    page.focus("#code")
    scan(page, world.voucher(batch)["code"], "88")
    page.get_by_role("button", name="下一位").click()
    expect(page.locator("#code")).to_be_focused()
    assert [page.input_value(f"#{field}") for field in ("code", "amount", "discount", "excluded")] == [""] * 4


def test_a_code_nobody_knows_is_scanned_again_and_the_amount_stays(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    scan(page, "ZZZZZZZZZZZZZZZZ")
    page.get_by_role("button", name="重新扫码").click()
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(voucher["code"])
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("收顾客 90 元")
    assert redemptions_of(world, voucher) == 1


def test_what_is_no_amount_is_said_before_anything_is_sent(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("till", world.shops[0].token)
    page.fill("#code", world.voucher(batch)["code"])
    for typed in ("", "0", "12.345", "1e3", "-5", "一百", "12,50"):
        page.fill("#amount", typed)
        page.press("#amount", "Enter")
        expect(page.locator("#wrong")).to_contain_text("请输入金额")
    assert page.locator("#result").is_hidden()
    page.fill("#amount", "120")
    page.fill("#discount", "120")
    page.press("#amount", "Enter")
    expect(page.locator("#wrong")).to_contain_text("店内优惠应小于订单金额")


def losing_replies(times: int) -> Callable[[Route], None]:
    """Lets the platform answer and loses the answer, as a line does that breaks at the wrong moment."""
    left = [times]

    def handle(route: Route) -> None:
        if left[0] > 0 and route.request.method == "POST":
            left[0] -= 1
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    return handle


def test_a_lost_reply_never_redeems_twice(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    page.route("**/v1/redemptions", losing_replies(2))
    scan(page, voucher["code"])
    expect(page.locator("#result")).to_have_attribute("data-kind", "done", timeout=20_000)
    assert redemptions_of(world, voucher) == 1


def test_an_order_without_an_answer_is_asked_for_again_after_a_reload(visits: Visits, world: World, batch: str) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    page.route("**/v1/redemptions", losing_replies(3))
    scan(page, voucher["code"])
    expect(page.locator("#result")).to_have_attribute("data-kind", "unsure", timeout=20_000)
    page.reload()
    expect(page.locator("#result-button")).to_have_text("确认结果")
    assert (page.input_value("#code"), page.input_value("#amount")) == (voucher["code"], "120")
    page.click("#result-button")
    expect(page.locator("#result")).to_have_attribute("data-kind", "done", timeout=20_000)
    assert redemptions_of(world, voucher) == 1


def a_photo(folder: Path, text: str | None) -> Path:
    path = folder / "photo.png"
    out = io.BytesIO()
    segno.make_qr(text or "https://example.com", error="m").save(out, kind="png", scale=8)
    path.write_bytes(out.getvalue() if text else b"not a picture")
    return path


def test_a_photo_gives_the_code_or_says_what_is_wrong(visits: Visits, world: World, batch: str, tmp_path: Path) -> None:
    voucher = world.voucher(batch)
    page = visits.open("till", world.shops[0].token)
    expect(page.locator("#code")).to_be_focused()
    page.set_input_files("#photo", a_photo(tmp_path, None))
    expect(page.locator("#photo-told")).to_contain_text("文件打不开")
    page.set_input_files("#photo", a_photo(tmp_path, voucher["code"]))
    expect(page.locator("#photo-told")).to_have_text("已识别券码")
    assert page.input_value("#code") == voucher["code"]


def test_a_refund_in_part_and_then_whole_is_made_from_todays_list(visits: Visits, world: World, batch: str) -> None:
    shop = world.shops[1]
    made = world.redemption(batch, shop)
    page = visits.open("till", shop.token, hash_link="#today")
    order = page.locator(".order", has_text=made["order_no"])
    order.get_by_role("button", name="退款").click()
    order.locator("input").fill("40")
    order.get_by_role("button", name="确认退款").dblclick()
    expect(order.locator(".good p")).to_have_text("退款成功，共 40 元")
    expect(order.locator(".good li")).to_have_text(
        ["退顾客 30 元", "券额部分 10 元按已使用处理，不退", "券不退回持券人"]
    )
    expect(order).to_contain_text("已退 40 元")
    expect(page.locator("#today .head .strong").first).to_have_text("1 笔，券抵 30 元，退款 40 元")
    page.reload()
    order = page.locator(".order", has_text=made["order_no"])
    order.get_by_role("button", name="退款").click()
    expect(order.locator("input")).to_have_value("80")
    order.get_by_role("button", name="确认退款").click()
    expect(order).to_contain_text("已全额退款")
    refunds = world.platform.sql.rows("SELECT amount_fen FROM refund WHERE redemption_id = $1", made["id"])
    assert sorted(one["amount_fen"] for one in refunds) == [4_000, 8_000]


@pytest.mark.parametrize(
    ("lang", "regime", "amount", "parts"),
    [
        ("zh", "B", "60", ["退顾客 40 元", "券额部分 15 元退回财政", "券不退回持券人", "平台优惠部分 5 元退回平台"]),
        ("zh", "A", "120", ["退顾客 80 元", "券已退回持券人，含券额 30 元", "平台优惠部分 10 元退回平台"]),
        ("en", "B", "60", [
            "Give the customer ¥40", "¥15 of the voucher goes back to public money",
            "The voucher is not returned to its holder", "¥5 of the platform's discount goes back to the platform"]),
    ],
)  # fmt: skip
def test_a_refund_says_where_all_of_it_goes(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, keep_picture: Callable[[Page, str], Path], lang: str, regime: str, amount: str,
    parts: list[str],
) -> None:  # fmt: skip
    shop = world.shops[4]
    batch = world.shared(f"batch refunded under {regime}", lambda: world.one_batch(refund_regime=regime, quota=10))
    made = world.redeem(shop, world.voucher(batch)["code"], platform_discount_fen=1_000).json()
    page = visits.open("till", shop.token, hash_link="#today", size=(320, 640), lang=lang)
    order = page.locator(".order", has_text=made["order_no"])
    order.get_by_role("button").click()
    order.locator("input").fill(amount)
    order.locator("button.main").click()
    expect(order.locator(".good li")).to_have_text(parts)
    assert sum(float(yuan) for part in parts for yuan in re.findall(r"\d+", part)) == float(amount)
    keep_picture(page, f"till-refunded-{regime}-{lang}")
    assert_nothing_is_cut(page)
    assert_accessible(page)


def test_a_refund_above_what_is_left_is_refused_in_red_and_told_at_once(
    visits: Visits, world: World, batch: str, keep_picture: Callable[[Page, str], Path]
) -> None:
    shop = world.shops[3]
    made = world.redemption(batch, shop)
    page = visits.open("till", shop.token, hash_link="#today", size=(320, 640))
    order = page.locator(".order", has_text=made["order_no"])
    order.get_by_role("button", name="退款").click()
    order.locator("input").fill("120.01")
    order.get_by_role("button", name="确认退款").click()
    alert = order.get_by_role("alert")
    expect(alert).to_have_text("退款金额应在 0.01 至 120 元之间。")
    colour = "e => getComputedStyle(e).color"
    assert alert.evaluate(colour) == page.locator("#wrong").evaluate(colour), "as the till's other refusals"
    expect(order.locator("input")).to_be_focused()
    assert order.locator("input").get_attribute("aria-invalid") == "true"
    keep_picture(page, "till-refund-refused")
    assert_nothing_is_cut(page)
    assert_accessible(page)
    # Meanwhile the order was refunded elsewhere: now it is the platform that refuses.
    world.platform.do(routes.REFUND, shop.token, redemption_id=made["id"], body={"amount_fen": 4_000})
    order.locator("input").fill("90")
    order.get_by_role("button", name="确认退款").click()
    expect(alert).to_contain_text("刷新后看还能退多少。")
    order.locator("input").fill("80")
    order.get_by_role("button", name="确认退款").click()
    expect(order.locator(".good")).to_be_visible()
    assert order.get_by_role("alert").count() == 0


def test_an_order_number_carries_the_business_time_of_the_city(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("till", world.shops[0].token)
    expect(page.locator("#order")).to_contain_text(world.shops[0].till)
    stamp = page.locator("#order").inner_text().removeprefix(f"{world.shops[0].till}-").split("-")[0]
    told = datetime.strptime(stamp, "%y%m%d%H%M%S").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert abs(world.platform.now() - told) < timedelta(minutes=2)


def test_a_till_is_activated_by_pasting_its_token(visits: Visits, world: World, batch: str) -> None:
    page = visits.open("till", None)
    page.fill("#token-field", world.shops[0].token)
    page.press("#token-field", "Enter")
    expect(page.locator("#code")).to_be_focused()
    assert re.search(r"/till\?", page.url)
    assert page.input_value("#till") == world.shops[0].till


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_view_is_accessible_and_whole_at_every_size(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, batch: str, keep_picture: Callable[[Page, str], Path], lang: str, edition: str
) -> None:
    shop = world.shops[2]
    world.redemption(batch, shop)
    page = visits.open("till", shop.token, lang=lang, edition=edition)

    def look(name: str) -> None:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            keep_picture(page, f"till-{name}-{edition}-{lang}-{width}")
            assert_nothing_is_cut(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert_accessible(page)
        if edition == "elderly":
            assert_large(page)
        if lang == "en":
            assert_translated(page)

    expect(page.locator("#code")).to_be_focused()
    look("empty")
    scan(page, world.voucher(batch)["code"])
    expect(page.locator("#result")).to_have_attribute("data-kind", "done")
    look("done")
    page.click("#result-button")
    scan(page, world.voucher(batch)["code"], "99.99")
    expect(page.locator("#result")).to_have_attribute("data-kind", "refused")
    look("refused")
    page.evaluate("() => { location.hash = '#today' }")
    page.locator(".order button").first.click()
    look("today")
