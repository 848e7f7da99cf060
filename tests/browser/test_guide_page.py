"""The guided demonstration as a presenter gives it: by the keyboard, on a projector, a laptop and a phone."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.page_checks import assert_accessible, pixels_too_wide
from voucherlab.child_environment import search_path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]
_SIZES = [(1920, 1080), (1366, 768), (390, 844)]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_STEP_MS = 180_000
_SHEET_MS = 60_000
_ABOUT_AS_TALL_PX = 12
_OWN_WORDS = (
    "header, #steps, .heading, #wording, #line, #notes-text, dt, figure, caption, th, .checks h3,"
    " .checks li > span:nth-child(2), #links, #sign-ins, dialog, footer"
)
Keep = Callable[[Page, str], Path]


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    """`voucherlab demo` as a person starts it; its address as the terminal tells it."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-guide-"))
    # The platform refuses to start with a VOUCHERLAB_ name that is no setting of its own, and NiceGUI behaves otherwise
    # where it finds pytest's variables.
    ours = {"DATABASE_URL", "REDIS_URL", "VOUCHERLAB_SCREENSHOTS"}
    environment = {key: text for key, text in os.environ.items() if key not in ours and not key.startswith("PYTEST")}
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "voucherlab", "demo", "--out", str(folder / "out")],
            env={**environment, "PYTHONPATH": search_path()}, stderr=said,
        )  # fmt: skip
    try:
        yield _address(folder / "said", process)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def _address(said: Path, process: "subprocess.Popen[bytes]") -> str:
    give_up_s = time.monotonic() + 20  # what is promised to whoever starts it
    while time.monotonic() < give_up_s and process.poll() is None:
        if found := _ADDRESS.search(said.read_text(encoding="utf-8")):
            return found.group()
        time.sleep(0.1)
    raise AssertionError(f"no address within 20 s:\n{said.read_text(encoding='utf-8')}")


def _open(browser: Browser, url: str, size: tuple[int, int], complaints: list[str]) -> Page:
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.goto(url)
    return page


def _assert_nothing_is_cut(page: Page) -> None:
    wide = pixels_too_wide(page)
    assert wide <= 0, f"the page is {wide} px wider than the window"
    button = page.locator("#next-button").bounding_box()
    size = page.viewport_size
    assert button is not None
    assert size is not None
    assert button["y"] + button["height"] <= size["height"], "the big button is always in sight"


def _ready(page: Page) -> None:
    page.wait_for_selector("body[data-phase=ready]", timeout=_STEP_MS)


def _passed(page: Page, step: int) -> None:
    page.wait_for_selector(
        f".step[data-step='{step}'][data-state=passed], .step[data-step='{step}'][data-state=failed]", timeout=_STEP_MS
    )
    expect(page.locator("#verdict")).to_have_attribute("data-state", "passed")


def test_a_presenter_gives_the_whole_talk_by_the_keyboard(browser: Browser, guide: str, keep_picture: Keep) -> None:
    complaints: list[str] = []
    pages = [_open(browser, guide, size, complaints) for size in _SIZES]
    presenter = pages[0]
    _ready(presenter)
    for page, (width, _) in zip(pages, _SIZES, strict=True):
        keep_picture(page, f"guide-0-{width}")
        assert_accessible(page, frames=False)  # the phone page in the frame has tests of its own
    for step in range(8):
        presenter.keyboard.press("Space" if step % 2 else "ArrowRight")
        presenter.wait_for_selector(f".step[data-step='{step}']:not([data-state=waiting])")
        if step == 2:
            presenter.wait_for_selector("#curve svg polyline", timeout=_STEP_MS)
            presenter.reload()  # in the middle: nothing is lost, and the rush goes on
        _passed(presenter, step)
        if step == 2:
            _phone_is_up_to_date(presenter)
        for page, (width, _) in zip(pages, _SIZES, strict=True):
            _passed(page, step)
            _assert_nothing_is_cut(page)
            keep_picture(page, f"guide-{step + 1}-{width}")
            assert_accessible(page, frames=False)
    expect(presenter.locator("#next-button")).to_contain_text("八步全部完成")
    _runs_and_sheet_are_in_the_console(presenter, keep_picture)
    _in_english(presenter, keep_picture)
    _starts_over(presenter)
    assert complaints == []


def _runs_and_sheet_are_in_the_console(presenter: Page, keep_picture: Keep) -> None:
    """What steps 7 and 8 made, officers open again in the console beside the talk."""
    console = presenter.locator("#links a", has_text="管理后台").get_attribute("href")
    login, password = presenter.locator("#sign-ins li").first.locator("code").all_text_contents()
    page = presenter.context.new_page()
    page.goto(f"{console}runs")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="step7-correct")).to_contain_text("PASS")
    page.get_by_role("link", name="step7-double-redemption").click()
    expect(page.locator(".body")).to_contain_text("FAIL")
    page.wait_for_selector(".body > .whole")
    keep_picture(page, "guide-run-in-console-1920")
    page.goto(f"{console}selections")
    page.get_by_role("link", name="比选表").click()
    bundles = page.get_by_role("table", name="证据包").locator("tbody tr")
    expect(bundles).to_have_count(2, timeout=_SHEET_MS)  # commands of the bench work it out
    page.wait_for_selector(".body > .whole")
    keep_picture(page, "guide-sheet-in-console-1920")
    page.close()


def _phone_is_up_to_date(page: Page) -> None:
    """When the step says that it is done, the phone beside the curve knows what is sold out; both are as tall."""
    phone = page.frame_locator("#phone iframe")
    expect(phone.locator("article", has_text="餐饮满100减30").get_by_role("button")).to_have_text("抢光", timeout=2_000)
    expect(phone.locator("article", has_text="手机体验").get_by_role("button")).to_have_text("立即领取")
    curve, frame = page.locator("#curve").bounding_box(), page.locator("#phone iframe").bounding_box()
    assert curve is not None
    assert frame is not None
    assert abs(curve["height"] - frame["height"]) <= _ABOUT_AS_TALL_PX


def test_who_can_sign_in_stands_beside_the_console_and_is_copied(browser: Browser, guide: str) -> None:
    page = _open(browser, guide, (1366, 768), [])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _ready(page)
    expect(page.locator("#links a", has_text="管理后台")).to_be_visible()
    lines = page.locator("#sign-ins li")
    expect(lines).to_have_count(4)
    for column, copies in ((0, "复制账号"), (1, "复制密码")):
        lines.nth(1).get_by_role("button", name=copies).click()
        expect(lines.nth(1).get_by_role("button").nth(column)).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()") == lines.nth(1).locator("code").nth(column).inner_text()
    page.click(".step[data-step='7']")
    expect(page.locator("#line")).to_contain_text("请从第 1 步起按顺序进行")


def _in_english(page: Page, keep_picture: Keep) -> None:
    """Nothing of the page itself is left in Chinese; names of shops and districts are names."""
    page.locator("#main").evaluate("main => { main.scrollTop = main.scrollHeight; }")
    page.keyboard.press("n")
    expect(page.locator("#notes-title")).to_be_in_viewport()
    page.click("#language-button")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("#notes")).to_be_visible()
    for step in range(8):
        page.click(f".step[data-step='{step}']")
        said = page.locator(_OWN_WORDS).all_inner_texts()
        left = [text for text in said if _HAN.search(text.replace("中文", ""))]
        assert left == [], f"step {step + 1}: {left}"
        keep_picture(page, f"guide-en-{step + 1}-1920")
    assert_accessible(page, frames=False)


def _starts_over(page: Page) -> None:
    """R asks first; Escape goes on; yes gives a fresh stage at step 1."""
    page.keyboard.press("r")
    expect(page.locator("#reset-dialog")).to_be_visible()
    assert_accessible(page, frames=False)
    page.keyboard.press("Escape")
    expect(page.locator(".step[data-step='7']")).to_have_attribute("data-state", "passed")
    page.click("#next-button")
    page.click("#reset-yes")
    page.wait_for_selector(".step[data-step='7'][data-state=waiting]")
    _ready(page)


def test_two_presses_at_once_play_one_step(browser: Browser, guide: str) -> None:
    page = _open(browser, guide, (1366, 768), [])
    _ready(page)
    page.locator("#next-button").dblclick()
    page.wait_for_selector(".step[data-step='0'][data-state=passed]")
    time.sleep(1.0)  # time enough for a second step to have begun
    assert page.locator(".step[data-step='1']").get_attribute("data-state") == "waiting"


def test_a_page_of_somebody_else_can_neither_press_nor_read_what_is_private(guide: str) -> None:
    def status(path: str, *, headers: dict[str, str], body: dict[str, int] | None = None) -> int:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(guide + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    plain = {"Content-Type": "application/json"}
    assert status("next", headers=plain, body={"stage": 1, "step": 0}) == 422
    assert status("reset", headers=plain, body={"stage": 1}) == 422
    assert status("", headers={"Host": "somewhere.example"}) == 400
    assert status("files/data/staff.json", headers={}) == 404
    assert status("files/..%2F..%2Fsummary.json", headers={}) == 404
