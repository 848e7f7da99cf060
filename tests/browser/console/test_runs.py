"""A vendor is tested from the console: started, found again after the console's death, judged with its witness."""

import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.page_checks import grave_violations

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
_RUN = "double-redemption-1"


def _start(page: Page) -> None:
    page.get_by_role("button", name="开始一次检验").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称（字母、数字、- 和 _）").fill(_RUN)
    dialog.get_by_label("被测平台").select_option("faulty:double-redemption")
    dialog.get_by_label("测试计划").select_option("quick")
    dialog.get_by_label("只测（可不填）").fill("redeeming-raced")
    dialog.get_by_role("button", name="开始", exact=True).click()
    page.wait_for_url(f"**/run?name={_RUN}")


def _wait_finished(officers: Officers, page: Page) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        officers.open(page, f"/run?name={_RUN}")
        if page.locator(".verdict").count():
            return
        page.wait_for_timeout(2_000)
    pytest.fail(page.locator("pre").first.inner_text())


def test_a_faulty_vendor_is_tested_and_its_witness_shown_although_the_console_dies(
    console_officers: Officers, console_process: ConsoleProcess
) -> None:
    page = console_officers.sign_in("maker", path="/runs")
    _start(page)
    console_officers.settle(page)
    expect(page.locator(".facts").first).to_contain_text("进行中")
    console_process.end(signal.SIGKILL)
    console_process.start()
    console_officers.fill_in(page, "maker", path="/runs")
    _wait_finished(console_officers, page)
    expect(page.locator(".verdict")).to_contain_text("FAIL")
    expect(page.locator(".verdict")).to_contain_text("个用例本次没有选测")
    expect(page.get_by_role("row", name="N3.2")).to_contain_text(re.compile(r"1 / \d+"))
    expect(page.locator("pre").first).to_be_hidden()  # what the bench has said is folded up once there is a verdict
    expect(page.get_by_role("heading", name="同一张券多处同时核销只成功一次")).to_be_visible()
    expect(page.locator("article", has_text="用例 redeeming-raced")).to_contain_text(
        "N3.2 实时监测，防范并制止外挂软件"
    )
    requests = page.locator("table", has_text="请求与答复").locator("tbody tr")
    assert requests.count() >= 2, "a witness is its requests"
    assert re.search(r"核销\s+POST /v1/redemptions", requests.first.inner_text())
    assert re.search(r"成功\s+201 ok", requests.first.inner_text())
    assert grave_violations(page) == []
    report = page.request.get(f"{console_process.base_url}/bench-files/runs/{_RUN}/evidence/report.html")
    assert report.status == 200
    assert report.headers["content-security-policy"].startswith("sandbox")
    page.get_by_role("button", name="用留存证据重新判定").click()
    expect(page.get_by_label("重新判定")).to_contain_text("重新判定结果一致", timeout=120_000)


@pytest.mark.parametrize("path", ["runs/../../console.log", "runs/%2e%2e/%2e%2e/ready.json", "targets/x.toml"])
def test_nothing_but_evidence_is_handed_out(console_officers: Officers, path: str) -> None:
    page = console_officers.sign_in("auditor", path="/runs")
    assert page.request.get(f"{console_officers.console.base_url}/bench-files/{path}").status in {401, 404}


def test_reports_are_only_for_those_who_have_signed_in(console_officers: Officers) -> None:
    page = console_officers.browse()
    answer = page.request.get(f"{console_officers.console.base_url}/bench-files/runs/{_RUN}/evidence/verdict.json")
    assert answer.status == 401
    assert not re.search("PASS|FAIL", answer.text())
