"""The officers' console as a process before a platform, and officers who sign in to it with a real browser."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, sync_playwright

from loadtest.bench.servers.processes import Server
from loadtest.bench.viewers import Looked
from loadtest.engine.children import ChildFailed, end, environment, start, tail

_READY_S, _OPEN_S = 60.0, 120.0
_SIGN_IN_MS = 60_000


@contextmanager
def console(target: str, folder: Path) -> Iterator[Server]:
    """`voucherlab console` before ``target`` until leaving. Raises ChildFailed."""
    ready, log = folder / "console.json", folder / "console.log"
    words = ["voucherlab", "console", "--target", target, "--port", "0", "--bench-folder", str(folder / "console")]
    process = start([*words, "--ready-file", str(ready)], log)
    try:
        end_s = time.monotonic() + _READY_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end_s:
                raise ChildFailed(f"the console did not start: {tail(log)}")
            time.sleep(0.05)
        url = json.loads(ready.read_text(encoding="utf-8"))["base_url"]
        yield Server("console", url, {"console": process.pid}, ["voucherlab console"])
    finally:
        end(process)


def cookies(url: str, staff_file: Path, officers: int) -> list[str]:
    """So many officers have signed in, each with a browser of their own, the logins in turns; their cookies."""
    staff = [one for one in json.loads(staff_file.read_text(encoding="utf-8")) if one["role"] != "merchant"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        found = [_sign_in(browser, url, staff[number % len(staff)]) for number in range(officers)]
        browser.close()
    return found


def _sign_in(browser: Browser, url: str, login: dict[str, str]) -> str:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(_SIGN_IN_MS)
    page.goto(f"{url}/en/sign-in")
    page.get_by_label("Login", exact=True).fill(login["login"])
    page.get_by_label("Password", exact=True).fill(login["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda now: "sign-in" not in now)
    kept = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    context.close()
    return kept


class Looking:
    """Pages held open from ``with`` to its end; then ``updates`` says how many each page had."""

    def __init__(self, pages: Sequence[Looked]) -> None:
        self.updates: list[int] = []
        self._pages = pages

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loadtest.bench.viewers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment(),
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([vars(page) for page in self._pages]) + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "open\n":
            self._process.kill()
            raise ChildFailed("a page of the console could not be opened")
        return self

    def __exit__(self, *_: object) -> None:
        said, _nothing = self._process.communicate(timeout=_OPEN_S)
        self.updates = json.loads(said)
