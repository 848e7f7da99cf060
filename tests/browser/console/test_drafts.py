"""A draft is filled in, sent back and mended on screen; who checks it sees all of it; time is the platform's."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import REASON, confirm, dialog, expect_done, expect_refused, fill, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World
from voucher_console.figures import field_moment, moment
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_FACE_FEN = 3_000


def _tick(page: Page, name: str) -> None:
    dialog(page).get_by_role("checkbox", name=name, exact=True).click()


def _expect_ticked(page: Page, number: int) -> None:
    industries = dialog(page).get_by_role("group", name="适用行业（至少一个）")
    expect(industries.locator("[role=checkbox][aria-checked=true]")).to_have_count(number)


def test_an_empty_round_is_listed_and_its_state_is_a_draft(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign()
    page = console_officers.sign_in("maker", path=f"/campaign?id={campaign}")
    expect(page.locator(".body")).to_contain_text("还没有轮次")
    press(page, "新建轮次")
    fill(page, "轮次名称", "空的一轮")
    confirm(page, "建立轮次")
    page.wait_for_url("**/round?id=*")
    console_officers.open(page, f"/campaign?id={campaign}")
    expect(page.locator("tbody tr")).to_contain_text("空的一轮")
    expect(page.locator("tbody tr")).to_contain_text("草稿")
    stored = console_world.as_maker(routes.LIST_ROUNDS, campaign_id=campaign)["items"]
    assert [(one["name"], one["batch_ids"]) for one in stored] == [("空的一轮", [])]
    keep_state(page, "empty-round-zh")


def test_a_plan_that_does_not_fit_is_said_at_its_fields_before_it_is_sent(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=10_000_000)
    made, _ = console_world.draft(campaign=campaign)
    page = console_officers.sign_in("maker", path=f"/round?id={made}")
    press(page, "加入券种")
    now = console_world.platform.now()
    opens = datetime.fromisoformat(dialog(page).get_by_label("开始领取（北京时间）").input_value() + "+08:00")
    assert timedelta(hours=22) < opens - now < timedelta(hours=25), "the form begins at the platform's own time"
    _expect_ticked(page, 0)
    for label, text in (("券种名称", "餐饮满100减30"), ("面额（元）", "30"), ("数量（张）", "100")):
        fill(page, label, text)
    fill(page, "使用门槛（元，须高于面额）", "30")
    fill(page, "结束领取", field_moment(now - timedelta(days=40)))
    fill(page, "开始领取（北京时间）", field_moment(now - timedelta(days=50)))
    confirm(page, "加入")
    for says in ("门槛 ¥30.00 须高于面额 ¥30.00", "现在的业务时间是", "请至少选择一个行业"):
        expect(dialog(page)).to_contain_text(says)
    expect(dialog(page).get_by_role("button", name="加入", exact=True)).to_be_in_viewport()
    assert dialog(page).get_by_text("Value error").count() == 0
    keep_state(page, "batch-faults-zh")
    press(page, "全选")
    _expect_ticked(page, 7)
    press(page, "清空")
    _expect_ticked(page, 0)
    assert console_world.as_maker(routes.GET_ROUND, round_id=made)["batch_ids"] == []
    fill(page, "使用门槛（元，须高于面额）", "100")
    fill(page, "结束领取", field_moment(now + timedelta(days=5)))
    _tick(page, "餐饮及食品")
    dialog(page).get_by_role("button", name="加入", exact=True).dblclick()
    expect_done(page, "券种已加入")
    assert page.locator(".q-notification__badge").count() == 0, "the second press of a double click does nothing"
    (batch,) = console_world.as_maker(routes.GET_ROUND, round_id=made)["batch_ids"]
    assert console_world.as_maker(routes.GET_BATCH, batch_id=batch)["categories"] == ["catering"]


def test_a_round_sent_back_says_why_and_its_batch_is_mended_then_removed(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=100 * _FACE_FEN)
    made, (batch,) = console_world.submitted(
        {"quota": 100, "valid_days": 15, "districts": ["510681003"], "code_mode": "static", "per_person_limit": 2},
        campaign=campaign,
    )  # fmt: skip
    checker = console_officers.sign_in("checker", path=f"/round?id={made}")
    for term in (
        "可使用时间",
        "每人限领2 张",
        "适用区域金雁街道",
        "退款规则B：券不退回",
        "核销码静态码",
        "领取后 15 天内",
    ):
        assert term in checker.locator(".terms").inner_text().replace("\n", ""), "what is confirmed must be seen"
    keep_state(checker, "terms-zh")
    press(checker, "复核通过")
    expect(dialog(checker)).to_contain_text("共 1 个券种、100 张，总额 ¥3,000.00")
    confirm(checker, "取消")
    press(checker, "退回")
    fill(checker, REASON["zh"], "每人限领应为一张")
    confirm(checker, "退回")
    expect_done(checker, "已退回为草稿")

    maker = console_officers.sign_in("maker", path=f"/campaign?id={campaign}")
    expect(maker.locator("tbody tr")).to_contain_text("被退回")
    console_officers.open(maker, f"/round?id={made}")
    expect(maker.locator(".body")).to_contain_text("被 bureau2 退回：每人限领应为一张")
    keep_state(maker, "sent-back-zh")
    _mend(maker, keep_state)
    stored = console_world.as_maker(routes.GET_BATCH, batch_id=batch)
    kept = ("per_person_limit", "quota", "valid_days", "districts", "code_mode")
    assert [stored[name] for name in kept] == [1, 100, 15, ["510681003"], "static"]
    press(maker, "提交复核")
    confirm(maker, "确认提交复核")
    expect_done(maker, "已提交，请另一位同事复核")
    assert maker.get_by_role("button", name="修改", exact=True).count() == 0, "what is handed in is not changed"
    expect(maker.locator(".body")).to_contain_text("曾被 bureau2 退回")
    console_world.as_checker(routes.REJECT_ROUND, body={"reason": "不发了"}, round_id=made)
    console_officers.open(maker, f"/round?id={made}")
    press(maker, "删除")
    confirm(maker, "删除")
    expect_done(maker, "券种已删除")
    expect(maker.locator(".body")).to_contain_text("还没有券种")
    assert console_world.as_maker(routes.GET_ROUND, round_id=made)["batch_ids"] == []


def _mend(page: Page, keep_state: Keep) -> None:
    """All of the money is planned by the batch itself: a refused change must leave it as it is."""
    press(page, "修改")
    expect(dialog(page).get_by_label("面额（元）")).to_have_value("30.00")
    expect(dialog(page).locator(".meter")).to_contain_text("之后剩余 ¥0.00")
    fill(page, "数量（张）", "101")
    confirm(page, "保存修改")
    expect_refused(page, "over_budget", "需 3,030.00 元，可用 3,000.00 元，其中草稿已计划 0.00 元")
    keep_state(page, "change-refused-zh")
    fill(page, "数量（张）", "100")
    fill(page, "每人限领（张）", "1")
    confirm(page, "保存修改")
    expect_done(page, "修改已保存")
    expect(page.locator(".terms")).to_contain_text("1 张")


def test_a_round_whose_claiming_is_over_warns_at_every_step_and_says_so_when_published(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=10_000_000)
    made, (batch,) = console_world.draft({"quota": 5, "claim_closes_at": -1, "name": "过期券"}, campaign=campaign)
    closed = moment(datetime.fromisoformat(console_world.as_maker(routes.GET_BATCH, batch_id=batch)["claim_closes_at"]))
    says = f"领取时间已过，没有人能领取：“过期券”（{closed}）"
    maker = console_officers.sign_in("maker", path=f"/round?id={made}")
    checker = console_officers.sign_in("checker", path=f"/round?id={made}")
    expect(maker.locator(".body .warning")).to_contain_text(says)
    for page, name, done in (
        (maker, "提交复核", "已提交"), (checker, "复核通过", "复核已通过"), (maker, "发布", "已发布，资金已预留"),
    ):  # fmt: skip
        console_officers.open(page, f"/round?id={made}")
        press(page, name)
        expect(dialog(page).locator(".warning")).to_contain_text(says)
        keep_state(page, f"late-{name}")
        confirm(page, f"确认{name}")
        expect_done(page, done)
    expect(maker.locator(".facts")).to_contain_text("已发布 · 领取已结束")
    expect(maker.locator("tbody tr")).to_contain_text("领取已结束")
    keep_state(maker, "claiming-over-zh")
    later = console_world.published({"claim_opens_at": 86_400}, campaign=campaign)[0]
    round_id = console_world.as_maker(routes.GET_BATCH, batch_id=later)["round_id"]
    console_officers.open(maker, f"/round?id={round_id}", lang="en")
    expect(maker.locator("tbody tr")).to_contain_text("Not started yet")
    expect(maker.locator(".facts")).to_contain_text("Published · Not started yet")
