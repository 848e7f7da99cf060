"""Twenty open consoles ask the target no more than one does."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.console.relay import Relay
from tests.scenario.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_SECONDS, _LONG_S = 6, 12


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


def _asked_within(page: Any, counter: Relay, seconds: int) -> Counter[str]:
    """What was asked from now on, by paths."""
    before = len(counter.asked)
    page.wait_for_timeout(seconds * 1_000)
    return Counter(one.partition("?")[0] for one in counter.asked[before:])


def test_twenty_overviews_ask_for_health_and_time_no_more_often_than_one(
    console_officers: Officers, console_counter: Relay
) -> None:
    first = console_officers.sign_in("maker")
    for _ in range(19):
        tab = first.context.new_page()
        console_officers.open(tab, "/")
    # Every tab is in front in headless Chromium, so all twenty look.
    asked = _asked_within(first, console_counter, _LONG_S)
    assert 0 < asked["/v1/health"] / _LONG_S <= 0.75, "one look in two seconds, whoever looks"
    # The header's business time comes with a list of batches.
    assert 0 < asked["/v1/batches"] / _LONG_S <= 0.3, "one look in five seconds, whoever looks"


def test_nobody_looking_means_nothing_asked(console_officers: Officers, console_counter: Relay) -> None:
    page = console_officers.sign_in("maker")
    page.goto("about:blank")
    page.wait_for_timeout(7_000)
    before = len(console_counter.asked)
    page.wait_for_timeout(_SECONDS * 1_000)
    assert len(console_counter.asked) == before
