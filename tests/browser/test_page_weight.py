"""What a page costs on a slow line, measured over the wire."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.scenario.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MOST_BYTES = 50 * 1024
A_ROUND, A_BATCH = 10, 1024
"""Batches of a round as cities have them, and the bytes one may take in a list. Tests before this one left more."""


class Wire:
    """Counts what comes over the wire, by address."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, float] = {}
        self._names: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._named)
        session.on("Network.loadingFinished", self._ended)

    def _named(self, event: dict[str, Any]) -> None:
        self._names[event["requestId"]] = event["request"]["url"].partition("?")[0].partition("#")[0]

    def _ended(self, event: dict[str, Any]) -> None:
        name = self._names.get(event["requestId"], "?")
        self.bytes[name] = self.bytes.get(name, 0) + event["encodedDataLength"]

    def of(self, part: str) -> float:
        """Bytes of addresses that hold ``part``."""
        return sum(size for name, size in self.bytes.items() if part in name)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["phone", "till"])
def test_a_first_visit_is_below_fifty_kilobytes_and_a_second_fetches_no_file(
    visits: Visits, world: World, kind: str, lang: str
) -> None:
    world.shared("batch of the weight", world.one_batch)
    token = world.person().token if kind == "phone" else world.shops[0].token
    page = visits.open(kind, None, lang=lang)
    page.goto("about:blank")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    wire = Wire(page)
    address = f"{visits.base_url}/pages/{kind}?lang={lang}#token={token}"
    ready = page.locator(".batch button, #code").first
    page.goto(address)
    expect(ready).to_be_visible()
    page.wait_for_timeout(500)
    files = wire.of("/pages/static/")
    assert files > 5_000, "the files were measured"
    whole = sum(wire.bytes.values())
    if kind == "phone":  # a till asks for one batch, to hear what time it is
        lists, shown = wire.of("/v1/batches"), max(1, page.locator(".batch").count())
        assert lists / shown <= A_BATCH
        whole += A_ROUND * A_BATCH - lists
    assert whole <= MOST_BYTES, wire.bytes

    wire.bytes.clear()
    page.goto("about:blank")
    page.goto(address)
    expect(ready).to_be_visible()
    page.wait_for_timeout(500)
    assert wire.of("/pages/static/") == 0, "every file came from the browser's own store"
