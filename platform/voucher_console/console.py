"""What all pages share: the line to the target, the shared feeds, who is signed in, where bench runs lie."""

from dataclasses import dataclass, field
from datetime import datetime

from voucher_console.bench.runs import Runs
from voucher_console.bench.selections import Selections
from voucher_console.capabilities import Target, target_of
from voucher_console.drawings import Drawings
from voucher_console.feeds import Feeds, Seen
from voucher_console.line import Line
from voucher_console.settings import ConsoleSettings
from voucher_console.sign_ins import SignIns
from voucher_console.trails import Trails
from voucher_contract import routes
from voucher_contract.models.system import Session

_META_FRESH_S = 5.0
_CLOCK_FRESH_S = 5.0


@dataclass(frozen=True)
class Console:
    """One process's parts. Nothing in it is of the business: it can be killed and started again at any moment."""

    settings: ConsoleSettings
    line: Line
    feeds: Feeds
    sign_ins: SignIns
    runs: Runs
    selections: Selections
    trails: Trails = field(default_factory=Trails)
    drawings: Drawings = field(default_factory=Drawings)

    async def target(self) -> Target:
        """What the target says of itself, a few seconds old at most. Raises Refused when it cannot be reached."""
        from_meta = await self.feeds.share(
            ("get_meta",), lambda: self.line.raw(routes.META, None), max_age_s=_META_FRESH_S
        )
        return target_of(from_meta.value or {})

    async def clock(self, session: Session) -> Seen:
        """The target's business time as it told it, a few seconds old at most: one request for all who look.

        A list of batches carries it on every target; only a sandbox has a clock of its own to ask. Raises Refused when
        the asker is signed out.
        """

        async def fetch() -> datetime:
            page = await self.line.ask(routes.LIST_BATCHES, session, query={"limit": "1"})
            told: datetime = page.server_time
            return told

        return await self.feeds.share(("business_time",), fetch, max_age_s=_CLOCK_FRESH_S)


def console_of(settings: ConsoleSettings) -> Console:
    """A console for these settings."""
    line = Line(settings.target_url, settings.request_timeout_s)
    folder = settings.bench_folder
    return Console(settings, line, Feeds(line), SignIns(), Runs(folder), Selections(folder))
