"""Real Chromium before a real platform: a city with shops, batches in every state, and whoever a test asks for.

Playwright's calls are those without `await`; they keep an event loop running in the thread of the test. So the browser
ends with its module, and whatever else needs a loop meanwhile (SQL, a proxy) has a thread of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from merchant_sim.city import build_city
from merchant_sim.roster import roster_rows, write_csv
from tests.browser.served import served
from tests.scenario.platform import Platform
from tests.scenario.world import World
from voucher_contract import routes

SIZES = [(320, 640), (390, 844), (1366, 768), (1920, 1080)]
LANGUAGES = ["zh", "en"]
EDITIONS = ["standard", "elderly"]
_CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=20_000)  # a page looks again every few seconds, and this machine may have others to serve
# Taken out: a platform takes every name that begins like this for a setting, and refuses those it does not know.
_PICTURES = os.environ.pop("VOUCHERLAB_SCREENSHOTS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium the tests of this folder are skipped, but fail in CI, so that nobody believes they ran."""
    if _CHROMIUM is not None or os.environ.get("CI") == "true":
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed here"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    assert _CHROMIUM is not None, "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="package")
def platform() -> Iterator[Platform]:
    """A platform whose codes are renewed as often as in production."""
    with served(VOUCHERLAB_DYNAMIC_CODE_SECONDS="30") as running:
        yield running


@pytest.fixture(scope="package")
def world(platform: Platform) -> World:
    """A campaign and the 240 shops of a city, eight of them with a till."""
    made = World(platform)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        write_csv(path, roster_rows(build_city(seed=7, residents=0, merchants=240)))
        made.as_operator(
            routes.IMPORT_MERCHANTS, content=path.read_bytes(), media_type=routes.CSV, query={"dry_run": "false"}
        )
    page = made.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]
    made.shops = [made.open_shop(one) for one in page if one["status"] == "admitted"][:8]
    return made


@dataclass
class Visits:
    """Opens pages; what any of them complains of on its console is kept."""

    browser: Browser
    base_url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self, page: str, token: str | None, *, size: tuple[int, int] = (390, 844), lang: str = "zh",
        edition: str = "standard", base_url: str | None = None, hash_link: str = "", **options: Any,
    ) -> Page:  # fmt: skip
        """A page in a browser that nobody has used before, signed in by its address."""
        width, height = size
        shown = self.tab(self.context(viewport={"width": width, "height": height}, **options))
        address = f"{base_url or self.base_url}/pages/{page}?lang={lang}&edition={edition}"
        shown.goto(f"{address}#token={token}" if token else address)
        if hash_link:
            shown.evaluate("link => { location.hash = link }", hash_link)
        return shown

    def context(self, **options: Any) -> BrowserContext:
        """A browser that nobody has used before."""
        made = self.browser.new_context(**options)
        self.contexts.append(made)
        return made

    def tab(self, context: BrowserContext) -> Page:
        """An empty tab, listened to."""
        made = context.new_page()
        made.set_default_timeout(20_000)
        made.on("console", self._heard)
        made.on("pageerror", lambda error: self.complaints.append(str(error)))
        return made

    def _heard(self, message: Any) -> None:
        # A refusal is a reply with a status above 400, which Chromium reports whatever the page makes of it.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visits(browser: Browser, platform: Platform) -> Iterator[Visits]:
    """Pages of one test, closed afterwards. Whatever stood on a console fails it."""
    made = Visits(browser, platform.ready.base_url)
    yield made
    for context in made.contexts:
        context.close()
    assert made.complaints == []


@pytest.fixture
def keep_picture(tmp_path: Path) -> Callable[[Page, str], Path]:
    """Keeps a picture of the whole page, in VOUCHERLAB_SCREENSHOTS where that is set."""
    folder = Path(_PICTURES or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True, timeout=120_000)  # drawn without a graphics card, beside others
        return path

    return keep


@pytest.fixture
def keep_state(keep_picture: Callable[[Page, str], Path]) -> Callable[[Page, str], object]:
    """Keeps a picture of a state on the way, where somebody wants to look: without a graphics card each takes long."""
    return keep_picture if _PICTURES else lambda page, name: None
