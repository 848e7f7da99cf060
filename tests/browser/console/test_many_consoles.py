"""Twenty open consoles ask the target no more than one does."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.scenario.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_SECONDS = 6


class Counter:
    """A way to the platform that counts what goes through it."""

    def __init__(self, target: str) -> None:
        self.asked: list[str] = []
        counter = self

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                counter.asked.append(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                answer = httpx.request(
                    self.command, target + self.path, headers=kept, content=self.rfile.read(size), trust_env=False
                )
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", ""))
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = _pass_on  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def console_counter(console_platform: Platform) -> Iterator[Counter]:
    """Counts what a console asks of the platform."""
    counter = Counter(console_platform.ready.base_url)
    yield counter
    counter.close()


@pytest.fixture
def console_process(console_counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleProcess]:
    """A console whose way to the platform is counted."""
    process = ConsoleProcess(console_counter.url, tmp_path_factory.mktemp("counted"))
    process.start()
    yield process
    process.end()


def _asked_per_second(page: Any, counter: Counter) -> float:
    before = counter.asked.count("/v1/health")
    page.wait_for_timeout(_SECONDS * 1_000)
    return (counter.asked.count("/v1/health") - before) / _SECONDS


def test_twenty_overviews_ask_for_health_no_more_often_than_one(
    console_officers: Officers, console_counter: Counter
) -> None:
    first = console_officers.sign_in("maker")
    for _ in range(19):
        tab = first.context.new_page()
        console_officers.open(tab, "/")
    # Every tab is in front in headless Chromium, so all twenty look.
    assert _asked_per_second(first, console_counter) <= 0.75, "one look in two seconds, whoever looks"
    assert console_counter.asked.count("/v1/health") > 0


def test_nobody_looking_means_nothing_asked(console_officers: Officers, console_counter: Counter) -> None:
    page = console_officers.sign_in("maker")
    page.goto("about:blank")
    page.wait_for_timeout(7_000)
    before = len(console_counter.asked)
    page.wait_for_timeout(_SECONDS * 1_000)
    assert len(console_counter.asked) == before
