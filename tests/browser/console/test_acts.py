"""Officers at work: two sign-ins, a budget that is checked while typing, a roster with bad rows, money that adds up."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.scenario.world import World, roster_csv, some_rows
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def _confirm(page: Page, name: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=name, exact=True).click()


def test_a_wrong_password_is_said_in_the_platforms_words(console_officers: Officers) -> None:
    page = console_officers.browse()
    console_officers.open(page, "/campaigns")
    assert "/sign-in" in page.url, "nobody sees a page without signing in"
    page.get_by_label("账号", exact=True).fill("bureau1")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("账号或密码错误")
    expect(page.get_by_role("alert")).to_contain_text("bad_credentials")
    expect(page.locator(".sign-in")).to_contain_text("忘记密码请联系平台管理员")


def test_a_page_says_that_it_is_loading_before_its_scripts_have_come(console_officers: Officers) -> None:
    page = console_officers.sign_in("maker")
    expect(page.locator(".opening")).to_be_hidden()
    page.route("**/nicegui.js*", lambda route: None)  # it never comes
    page.goto(f"{console_officers.console.base_url}/money", wait_until="commit")
    expect(page.locator(".opening")).to_be_visible()
    assert page.locator(".opening").inner_text() == "正在读取……"


def test_signing_in_leads_to_the_page_that_was_asked_for(console_officers: Officers) -> None:
    page = console_officers.sign_in("maker", path="/coverage")
    assert page.url.endswith("/coverage")
    expect(page.get_by_role("heading", level=1)).to_have_text("商户覆盖")


def test_a_round_is_planned_inside_its_budget_and_approved_by_a_second_officer(
    console_officers: Officers, console_world: World
) -> None:
    campaign = console_world.new_campaign(deposit_fen=10_000_000)
    maker = console_officers.sign_in("maker", path=f"/campaign?id={campaign}")
    expect(maker.locator(".facts")).to_contain_text("¥100,000.00")
    _press(maker, "新建轮次")
    maker.get_by_label("轮次名称").fill("端午第一轮")
    _confirm(maker, "建立轮次")
    maker.wait_for_url("**/round?id=*")
    console_officers.settle(maker)
    _fill_batch(maker)
    expect(maker.locator(".facts")).to_contain_text("¥90,000.00")

    _press(maker, "提交复核")
    _confirm(maker, "确认提交复核")
    expect(maker.locator(".facts")).to_contain_text("待复核")
    expect(maker.locator(".body")).to_contain_text("由提交人以外的同事登录，复核通过或退回")
    expect(maker.locator(".body .buttons button")).to_have_count(0)
    path = maker.url.removeprefix(console_officers.console.base_url)
    round_id, platform = path.partition("=")[2], console_world.platform
    for way, body in ((routes.APPROVE_ROUND, None), (routes.REJECT_ROUND, {"reason": "自己退回"})):
        refusal = platform.send(way, platform.staff["maker"], round_id=round_id, body=body).json()
        assert (refusal["code"], refusal["title_zh"]) == ("same_officer", "复核人不能是提交人"), "nor by another way"

    checker = console_officers.sign_in("checker", path=path, lang="zh")
    _press(checker, "复核通过")
    _confirm(checker, "确认复核通过")
    expect(checker.locator(".facts")).to_contain_text("已复核")
    _press(checker, "发布")
    _confirm(checker, "确认发布")
    expect(checker.locator(".facts").first).to_contain_text("已发布")
    stored = console_world.as_maker(routes.GET_ROUND, round_id=round_id)
    assert (stored["state"], stored["submitted_by"], stored["approved_by"]) == ("published", "bureau1", "bureau2")


def _fill_batch(page: Page) -> None:
    _press(page, "加入券种")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("券种名称").fill("餐饮满100减30")
    dialog.get_by_label("面额（元）").fill("30")
    dialog.get_by_label("使用门槛（元，须高于面额）").fill("100")
    dialog.get_by_label("数量（张）").fill("4000")
    dialog.get_by_role("checkbox", name="餐饮及食品").click()
    expect(dialog.locator(".meter")).to_contain_text("超出 ¥20,000.00；此面额最多 3,333 张")
    _confirm(page, "加入")
    expect(dialog.get_by_role("alert")).to_contain_text("over_budget")
    dialog.get_by_label("数量（张）").fill("3000")
    expect(dialog.locator(".meter")).to_contain_text("之后剩余 ¥10,000.00")
    _confirm(page, "加入")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_roster_with_bad_rows_is_judged_then_taken_in(
    console_officers: Officers, console_world: World, tmp_path: Path
) -> None:
    rows = some_rows(6, seed=4711)
    for number, row in enumerate(rows):
        row["终端号"] = f"CONSOLE-{number:04d}"
    rows[1]["统一社会信用代码"] = "not-a-code"
    rows[4]["行业业态"] = "某某业"
    file = tmp_path / "roster.csv"
    file.write_bytes(roster_csv(rows))
    before = len(console_world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"])
    page = console_officers.sign_in("operator", path="/imports")
    page.set_input_files("input[type=file]", file)
    expect(page.get_by_role("heading", name="检查结果（未写入）")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("有误")
    assert page.locator("tbody tr").count() >= 2
    with page.expect_download() as download:
        _press(page, "下载带错误列的名单")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK", "an xlsx file"
    assert len(console_world.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]) == before
    _press(page, "导入 4 行合格数据")
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()


def test_a_batch_is_paused_and_resumed_with_a_reason_on_record(
    console_officers: Officers, console_world: World
) -> None:
    batch = console_world.one_batch(quota=50)
    round_id = console_world.as_maker(routes.GET_BATCH, batch_id=batch)["round_id"]
    page = console_officers.sign_in("operator", path=f"/round?id={round_id}")
    _press(page, "暂停")
    _confirm(page, "暂停")
    expect(page.get_by_role("dialog")).to_contain_text("请填写")
    page.get_by_role("dialog").get_by_label("原因（记入审计日志）").fill("系统巡检")
    _confirm(page, "暂停")
    expect(page.locator("tbody")).to_contain_text("已暂停")
    assert console_world.as_maker(routes.GET_BATCH, batch_id=batch)["state"] == "paused"
    _press(page, "恢复")
    page.get_by_role("dialog").get_by_label("原因（记入审计日志）").fill("巡检完成")
    _confirm(page, "恢复")
    expect(page.locator("tbody")).to_contain_text("发放中")


def test_the_money_page_shows_an_equation_that_holds(console_officers: Officers, console_world: World) -> None:
    campaign = console_world.new_campaign(deposit_fen=5_000_000)
    batch = console_world.published({"quota": 100}, campaign=campaign)[0]
    console_world.redemption(batch)
    page = console_officers.sign_in("auditor", path=f"/money?id={campaign}")
    terms = page.locator(".term-value").all_inner_texts()
    fen = [round(float(one.removeprefix("¥").replace(",", "")) * 100) for one in terms]
    assert fen[0] == 5_000_000
    assert fen[0] == sum(fen[1:])
    assert fen[2:5] == [297_000, 0, 3_000]
    expect(page.locator(".body")).to_contain_text("恒等式成立，分毫不差")
    assert page.get_by_role("button", name="与商户结算").count() == 0, "an auditor changes nothing"


def test_a_role_sees_only_what_it_may(console_officers: Officers) -> None:
    page = console_officers.sign_in("operator")
    menu = page.get_by_role("navigation").all_inner_texts()[0]
    assert "资金" not in menu
    assert "审计" not in menu
    page.goto(f"{console_officers.console.base_url}/money")
    expect(page.get_by_role("alert")).to_contain_text("您的角色不能查看本页")


def test_a_voucher_is_frozen_and_released_by_a_person(console_officers: Officers, console_world: World) -> None:
    voucher = console_world.voucher(console_world.shared("plain", console_world.one_batch))
    page = console_officers.sign_in("operator", path=f"/vouchers?id={voucher['id']}")
    _press(page, "冻结")
    page.get_by_role("dialog").get_by_label("原因（记入审计日志）").fill("疑似倒卖")
    _confirm(page, "冻结")
    expect(page.locator(".facts")).to_contain_text("已冻结")
    _press(page, "解除冻结")
    page.get_by_role("dialog").get_by_label("原因（记入审计日志）").fill("本人到场核实")
    _confirm(page, "解除冻结")
    expect(page.locator(".facts")).to_contain_text("已领取")
    stored = console_world.as_operator(routes.GET_VOUCHER, voucher_id=voucher["id"])
    assert stored["state"] == "issued"


def test_killed_in_mid_run_and_started_again_the_console_has_changed_nothing(
    console_officers: Officers, console_process: ConsoleProcess, console_world: World
) -> None:
    batch = console_world.one_batch(quota=40)
    page = console_officers.sign_in("maker", path="/screen?id=" + console_world.campaign)
    people = console_world.people(40)
    results: list[Any] = []
    for number, person in enumerate(people):
        if number == 15:
            console_process.end(signal.SIGKILL)
        results.append(console_world.claim(batch, person).status_code)
    assert results == [201] * 40, "the platform does not know whether a console runs"
    expect(page.locator(".screen-silent")).to_be_visible(timeout=20_000)
    expect(page.locator(".screen-silent")).to_contain_text("画面为最后一次数据")
    lost = page.locator("#popup")
    expect(lost).to_be_visible()
    expect(lost).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(lost).to_have_css("color", "rgb(31, 41, 55)")
    assert "张" in page.locator(".screen-numbers").inner_text(), "the last values stay"
    console_process.start()
    deadline = time.monotonic() + 30
    while "sign-in" not in page.url and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    console_officers.fill_in(page, "maker", path="/screen?id=" + console_world.campaign)
    stored = console_world.as_maker(routes.GET_BATCH, batch_id=batch)
    assert (stored["issued"], stored["remaining"]) == (40, 0)
    expect(page.locator(".screen-numbers")).to_be_visible()
