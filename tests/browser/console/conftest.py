"""The real console process before the real platform, and officers who sign in to it with browsers of their own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.served import served
from tests.scenario.platform import STAFF, Platform
from tests.scenario.world import World

_STARTS_WITHIN_S = 60.0
_PAGES_WITHIN_MS = 30_000


class ConsoleProcess:
    """`voucherlab console` on a port that stays the same when it is killed and started again."""

    def __init__(self, target: str, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._target = target
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "voucherlab", "console", "--target", self._target, "--port", str(self.port),
            "--bench-folder", str(self.folder / "bench"), "--ready-file", str(ready),
        ]  # fmt: skip
        with (self.folder / "console.log").open("ab") as log:
            # NiceGUI behaves otherwise where it finds pytest's variables; officers have none.
            plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
            self._popen = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=plain)
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not ready.is_file():
            assert self._popen.poll() is None, (self.folder / "console.log").read_text()
            assert time.monotonic() < deadline, "the console does not start"
            time.sleep(0.05)
        self.port = int(json.loads(ready.read_text())["base_url"].rpartition(":")[2])

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, in order or as the kernel would."""
        assert self._popen is not None
        self._popen.send_signal(number)
        self._popen.wait(30)

    def log(self) -> str:
        return (self.folder / "console.log").read_text()


@dataclass
class Officers:
    """Signs officers in, each with a browser of their own."""

    browser: Browser
    console: ConsoleProcess
    passwords: dict[str, str]
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def browse(self, *, size: tuple[int, int] = (1366, 768), **options: Any) -> Page:
        """A browser nobody has used before."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PAGES_WITHIN_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, who: str, *, lang: str = "zh", path: str = "/", **options: Any) -> Page:
        """An officer (``maker``, ``checker``, ``auditor``, ``operator``) on that page."""
        page = self.browse(**options)
        self.fill_in(page, who, lang=lang, path=path)
        return page

    def fill_in(self, page: Page, who: str, *, lang: str = "zh", path: str = "/") -> None:
        """Sign in with this browser."""
        self.open(page, path, lang=lang)
        page.get_by_label("账号" if lang == "zh" else "Login", exact=True).fill(STAFF[who])
        page.get_by_label("密码" if lang == "zh" else "Password", exact=True).fill(self.passwords[STAFF[who]])
        page.get_by_role("button", name="登录" if lang == "zh" else "Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        self.settle(page)

    def open(self, page: Page, path: str, *, lang: str = "zh") -> None:
        """Go to a page of the console, and wait until its content is there."""
        prefix = "" if lang == "zh" else "/en"
        page.goto(self.console.base_url + prefix + ("" if path == "/" and prefix else path))
        self.settle(page)

    def settle(self, page: Page) -> None:
        """Wait until nothing is loading any more."""
        page.wait_for_selector(".body > .whole, .body > .problem, .body > .state[role=alert], .sign-in")


@pytest.fixture(scope="package")
def console_platform() -> Iterator[Platform]:
    """A platform of the console's own tests."""
    with served() as running:
        yield running


@pytest.fixture(scope="package")
def console_world(console_platform: Platform) -> World:
    """A campaign and shops on it."""
    made = World(console_platform)
    with tempfile.TemporaryDirectory() as folder:
        made.open_shops(Path(folder))
    return made


@pytest.fixture(scope="module")
def console_process(console_platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleProcess]:
    """One console for the tests of a module."""
    process = ConsoleProcess(console_platform.ready.base_url, tmp_path_factory.mktemp("console"))
    process.start()
    yield process
    process.end()
    assert "Traceback" not in process.log(), process.log()


@pytest.fixture
def console_officers(
    browser: Browser, console_process: ConsoleProcess, console_platform: Platform
) -> Iterator[Officers]:
    """Officers of one test; their browsers are closed afterwards, and no script of a page may have failed."""
    staff = json.loads(console_platform.ready.staff_file.read_text(encoding="utf-8"))
    officers = Officers(browser, console_process, {one["login"]: one["password"] for one in staff})
    yield officers
    for context in officers.contexts:
        context.close()
    assert officers.complaints == []
