"""Twenty open consoles ask the target no more than one does."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.console.relay import Relay
from tests.scenario.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_SECONDS = 6


@pytest.fixture
def console_counter(console_platform: Platform) -> Iterator[Relay]:
    """Counts what a console asks of the platform."""
    counter = Relay(console_platform.ready.base_url)
    yield counter
    counter.close()


@pytest.fixture
def console_process(console_counter: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleProcess]:
    """A console whose way to the platform is counted."""
    process = ConsoleProcess(console_counter.url, tmp_path_factory.mktemp("counted"))
    process.start()
    yield process
    process.end()


def _asked_per_second(page: Any, counter: Relay) -> float:
    before = counter.asked.count("/v1/health")
    page.wait_for_timeout(_SECONDS * 1_000)
    return (counter.asked.count("/v1/health") - before) / _SECONDS


def test_twenty_overviews_ask_for_health_no_more_often_than_one(
    console_officers: Officers, console_counter: Relay
) -> None:
    first = console_officers.sign_in("maker")
    for _ in range(19):
        tab = first.context.new_page()
        console_officers.open(tab, "/")
    # Every tab is in front in headless Chromium, so all twenty look.
    assert _asked_per_second(first, console_counter) <= 0.75, "one look in two seconds, whoever looks"
    assert console_counter.asked.count("/v1/health") > 0


def test_nobody_looking_means_nothing_asked(console_officers: Officers, console_counter: Relay) -> None:
    page = console_officers.sign_in("maker")
    page.goto("about:blank")
    page.wait_for_timeout(7_000)
    before = len(console_counter.asked)
    page.wait_for_timeout(_SECONDS * 1_000)
    assert len(console_counter.asked) == before
