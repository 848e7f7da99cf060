"""The watch of a process: what its claims and redemptions show is told to SQL once a poll, and who is frozen is known.

Nothing on a request's path waits for it. What it notes of the last poll is lost when the process is killed; what it has
told, and who is frozen, is in PostgreSQL.
"""

import asyncio
import time

import structlog

from voucher_contract.models.common import Position
from voucher_platform.core.acting import Core
from voucher_platform.core.distance import Place
from voucher_platform.core.ending import end
from voucher_platform.core.figures import RISK_ALERTS
from voucher_platform.core.ids import new_id
from voucher_platform.risk_rules.counting import Sighting
from voucher_platform.risk_rules.guard import Guard, Marks
from voucher_platform.risk_rules.raising import Report, forget_old, take_report
from voucher_platform.risk_rules.rules import Met, Subject, most_redemptions, till_fault
from voucher_platform.risk_rules.sightings import ClaimSightings

log = structlog.get_logger(__name__)
_MOST_UNTOLD, _MOST_MERCHANTS, _MOST_A_REPORT = 20_000, 2_000, 2_000
_FORGET_SECONDS = 60.0


class Watch:
    """One of a process. ``claims.saw`` and ``guard`` are what a request asks; ``start`` before the first one.

    What merchants redeemed is looked at every ``redemptions_every_s``: it takes their latest rows out of SQL.
    """

    def __init__(self, core: Core, *, redemptions_every_s: float = 1.0) -> None:
        self._core = core
        self._redemptions_every_s = redemptions_every_s
        self._rules = core.settings.risk_rules
        marks = Marks(core.settings.identity_secret)
        self.claims = ClaimSightings(self._rules, marks.of)
        self.guard = Guard(core.database, marks, self._forget)
        self._process = new_id("prc")
        self._sightings: list[Sighting] = []
        self._met: list[Met] = []
        self._merchants: set[str] = set()
        self._looks_at_merchants = most_redemptions(self._rules) > 0
        self._merchants_at = self._forget_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Know who is frozen, then begin to tell."""
        await self.guard.reload()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; tell what is left."""
        await end(self._task)
        await self._try_to_tell()

    def stops_redemption(
        self, *, merchant_id: str, till_number: str, where: Position | None, registered: Place | None
    ) -> bool:
        """Whether an order that is in order otherwise is stopped: frozen, or its till not where it must be."""
        if self.guard.stops_redemption(merchant_id, till_number):
            return True
        fault = till_fault(where, registered, self._rules)
        if fault is None:
            return False
        rule, metres = fault
        if len(self._met) < _MOST_UNTOLD:
            self._met.append(Met(rule, Subject("till", till_number), metres, 1, merchant_id=merchant_id))
        return self._rules.of(rule).action == "block"

    def redeemed(self, merchant_id: str) -> None:
        """A redemption was made."""
        if self._looks_at_merchants and len(self._merchants) < _MOST_MERCHANTS:
            self._merchants.add(merchant_id)

    async def tell(self) -> None:
        """Tell what was seen since the last time, in one transaction. What could not be told is kept."""
        await self.claims.fold(time.time())
        report = self._take()
        if report.is_empty:
            return
        try:
            async with self._core.database.transaction() as connection:
                raised = await take_report(
                    connection, report, rules=self._rules, now=self._core.clocks.now(), process=self._process
                )
        except BaseException:
            self._keep(report)
            raise
        for rule in raised:
            self._core.meters.add(RISK_ALERTS, value=rule)
            log.warning("risk_alert_raised", rule=rule)

    def _take(self) -> Report:
        sightings, met = self.claims.take()
        self._sightings += sightings
        self._met += met
        now = time.monotonic()
        merchants: tuple[str, ...] = ()
        if self._merchants and now >= self._merchants_at:
            merchants, self._merchants = tuple(self._merchants), set()
            self._merchants_at = now + self._redemptions_every_s
        stopped, self.guard.stopped = self.guard.stopped, {}
        report = Report(
            self.guard.version, self._sightings[:_MOST_A_REPORT], self._met[:_MOST_A_REPORT], stopped, merchants
        )
        self._sightings = self._sightings[_MOST_A_REPORT:][:_MOST_UNTOLD]
        self._met = self._met[_MOST_A_REPORT:][:_MOST_UNTOLD]
        return report

    def _keep(self, report: Report) -> None:
        """For the next time; unless somebody was released meanwhile, of whom nothing may be kept."""
        if report.version == self.guard.version:
            self._sightings = [*report.sightings, *self._sightings][:_MOST_UNTOLD]
            self._met = [*report.met, *self._met][:_MOST_UNTOLD]
        self._merchants.update(report.merchants)
        for subject, times in report.stopped.items():
            self.guard.stopped[subject] = self.guard.stopped.get(subject, 0) + times

    def _forget(self, rule: str, subject: Subject) -> None:
        """A person has released it: nothing seen before counts any more."""
        self.claims.forget(rule, subject)
        self._sightings = [one for one in self._sightings if (one.rule, one.subject) != (rule, subject)]
        self._met = [one for one in self._met if one.place != (rule, subject)]
        self.guard.stopped.pop(subject, None)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._core.settings.poll_ms / 1000)
            await self._try_to_tell()
            if time.monotonic() >= self._forget_at:
                await self._try_to_forget()

    async def _try_to_tell(self) -> None:
        try:
            await self.tell()
        except Exception as error:  # noqa: BLE001 - kept, and tried again at the next poll
            log.warning("risk_not_told", error=repr(error)[:300])

    async def _try_to_forget(self) -> None:
        self._forget_at = time.monotonic() + _FORGET_SECONDS
        try:
            async with self._core.database.transaction() as connection:
                await forget_old(connection)
        except Exception as error:  # noqa: BLE001 - the next minute tries again
            log.warning("risk_sightings_not_forgotten", error=repr(error)[:300])
