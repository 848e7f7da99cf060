"""Every page, in both languages and at four sizes: accessible, translated, nothing cut off."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.page_checks import grave_violations, pixels_too_wide
from tests.bundle_samples import failure, some_cases
from tests.finished_runs import finished_run
from tests.scenario.world import World
from tests.selection_samples import applicant, before_deadline, paper, papers, raw, write_file
from voucher_console.pages import PAGES
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SIZES = [(390, 844), (1366, 768), (1920, 1080)]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def console_lived_in(console_world: World, console_process: ConsoleProcess) -> dict[str, str]:
    """Something on every page: where each page finds it."""
    batches = console_world.published(
        {"name": "餐饮满100减30"}, {"name": "百货满200减50", "face_fen": 5_000, "threshold_fen": 20_000}
    )
    made = console_world.redemption(batches[0])
    console_world.platform.do(
        routes.REFUND, console_world.shops[0].token,
        body={"amount_fen": 4_000}, redemption_id=made["id"],
    )  # fmt: skip
    round_id = console_world.as_maker(routes.GET_BATCH, batch_id=batches[0])["round_id"]
    bench = console_process.folder / "bench"
    (bench / "targets").mkdir(parents=True, exist_ok=True)
    sheet = _selection(bench)
    campaign = f"?id={console_world.campaign}"
    return {
        **dict.fromkeys(("/campaign", "/money", "/reports", "/screen"), campaign),
        **dict.fromkeys(("/selection", "/selection-scores", "/selection-meeting"), sheet),
        "/selection-applicant": f"{sheet}&id=a2",
        "/round": f"?id={round_id}", "/vouchers": f"?id={made['voucher_id']}",
    }  # fmt: skip


def _selection(bench: Path) -> str:
    """A sheet of three who are compared and one who came late, with the runs of all but the last as evidence."""
    bundles = [
        finished_run(bench, "run-a", "甲平台"), finished_run(bench, "run-b", "乙平台", failure(some_cases(1)[0])),
        finished_run(bench, "run-c", "丙平台"),
    ]  # fmt: skip
    applicants = [applicant(n, bundles=[one]) for n, one in enumerate(bundles, 1)]
    late = applicant(4, received_at=before_deadline(seconds=-1))
    scores = [*papers(18, 16, 17)[1:], paper(1, 1, technology=-1)]
    write_file(bench / "selections" / "meeting", raw(applicants=[*applicants, late], scores=scores))
    return "?name=meeting"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_accessible_whole_and_translated(
    console_officers: Officers, console_lived_in: dict[str, str], lang: str, keep_picture: Callable[[Page, str], Path]
) -> None:
    faults: list[str] = []
    page = console_officers.sign_in("maker", lang=lang)
    for spec in PAGES:
        console_officers.open(page, spec.path + console_lived_in.get(spec.path, ""), lang=lang)
        for size in SIZES:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.wait_for_timeout(600)
            name = f"console-{spec.path.strip('/') or 'overview'}-{lang}-{size[0]}"
            keep_picture(page, name)
            faults += [f"{name}: {fault}" for fault in _faults(page, lang)]
    assert faults == [], "\n".join(faults)


def _faults(page: Page, lang: str) -> list[str]:
    faults = grave_violations(page)
    if (wide := pixels_too_wide(page)) > 0:
        faults.append(f"{wide} px wider than the window")
    if page.locator("html").get_attribute("lang") != {"zh": "zh-CN", "en": "en-US"}[lang]:
        faults.append("the page does not say its language")
    untranslated = page.evaluate(_OWN_WORDS) if lang == "en" else []
    return faults + [f"untranslated: {one}" for one in untranslated if HAN.search(one)]


# Headings, labels, buttons, column heads and terms are the console's own words; cells and choices hold data.
_OWN_WORDS = """
() => [...document.querySelectorAll("h1, .help, h2, h3, dt, thead th, caption, button, label," +
  "legend, nav a, .state, .tag")]
  .filter((e) => e.offsetParent && !e.closest("[lang=zh]") && !e.closest(".data"))
  .map((e) => { const own = e.cloneNode(true); own.querySelectorAll("option").forEach((o) => o.remove());
    return own.textContent.trim(); })
"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_signing_in_is_accessible(
    console_officers: Officers, lang: str, keep_picture: Callable[[Page, str], Path]
) -> None:
    for size in SIZES:
        page = console_officers.browse(size=size)
        console_officers.open(page, "/sign-in", lang=lang)
        page.wait_for_timeout(300)
        keep_picture(page, f"console-sign-in-{lang}-{size[0]}")
        assert grave_violations(page) == []


def test_the_menu_and_the_content_are_reached_by_keyboard(console_officers: Officers) -> None:
    page = console_officers.sign_in("maker")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到内容"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className").startswith("content")
