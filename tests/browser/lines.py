"""The line between a page and its platform, as Chromium itself makes it slow or takes it away."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

SLOW_BYTES_S = 50_000 // 8
SLOW_LATENCY_MS = 400


@dataclass(frozen=True)
class Line:
    """The line of one page."""

    session: CDPSession

    def slow(self, *, latency_ms: int = SLOW_LATENCY_MS) -> None:
        """50 kbit/s, as at the edge of a crowded cell."""
        self._is(offline=False, latency_ms=latency_ms, rate=SLOW_BYTES_S)

    def gone(self) -> None:
        """Nothing comes through, and the browser knows it."""
        self._is(offline=True, latency_ms=0, rate=-1)

    def _is(self, *, offline: bool, latency_ms: int, rate: int) -> None:
        limits = {"offline": offline, "latency": latency_ms, "downloadThroughput": rate, "uploadThroughput": rate}
        self.session.send("Network.emulateNetworkConditions", limits)


def line_of(page: Page) -> Line:
    """The page's line, as it is until it is changed."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return Line(session)
