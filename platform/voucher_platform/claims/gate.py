"""The gate: every claim of this process goes through it."""

import asyncio
import contextlib
import math
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from voucher_contract import refusals, routes
from voucher_contract.refusals import Refusal
from voucher_platform.claims import keys
from voucher_platform.claims.attempts import Attempts
from voucher_platform.claims.catalogue import Catalogue
from voucher_platform.claims.commit_pace import CommitPace
from voucher_platform.claims.committer import Committer
from voucher_platform.claims.course import ClaimResult, Course, Means, same_request
from voucher_platform.claims.crowd import Crowd
from voucher_platform.claims.hot_line import LostReply, Unreachable, checked
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.claims.judge import Judge
from voucher_platform.claims.limiter import Limiter
from voucher_platform.claims.lookups import Lookups
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.rules import Asked, BatchTerms, first_refusal
from voucher_platform.claims.safety import UnsafeSettings, unsafe_settings
from voucher_platform.claims.scripts import CLAIM_PATH
from voucher_platform.claims.sold_out import SoldOut
from voucher_platform.claims.stocking import Stocking
from voucher_platform.claims.turnstile import Turnstile
from voucher_platform.core.acting import Core, authenticate
from voucher_platform.core.database import is_outage
from voucher_platform.core.figures import CLAIM_SECONDS, CLAIMS, OTHER, REBUILD_SECONDS, SHED
from voucher_platform.core.problems import Refused
from voucher_platform.risk_rules.watching import Watch
from voucher_platform.settings import Settings

log = structlog.get_logger(__name__)
# A claim refused for these may be the repeat of one that was granted: the same key gets the same answer.
_MAY_BE_A_REPEAT = frozenset(
    one.code
    for one in (
        refusals.PAUSED, refusals.CLOSED, refusals.DEVICE_MISMATCH, refusals.NOT_ELIGIBLE, refusals.GUARDED
    )
)  # fmt: skip
_RECORD = 13
# A pulse that is late by as many reopen delays is not late, it has stopped.
_OLD_NEWS = 3
_NEWCOMERS_A_TURN = 128


def is_final(refusal: Refusal) -> bool:
    """Whether a refusal at the first look holds: no claim of the same key can have been granted."""
    return refusal.code not in _MAY_BE_A_REPEAT


def person_of(settings: Settings, authorization: str) -> str | None:
    """The person for whom a claim with this header would be; ``None`` if it would be nobody's."""
    try:
        return authenticate(routes.CLAIM, authorization, settings).person
    except Refused:
        return None


class Gate:
    """``on_change`` and ``known_as_of`` are told by the pulse; ``start`` before the first claim.

    ``watch`` is the process's, started by whoever made it; without one the gate notes what nobody looks at.
    """

    def __init__(self, core: Core, watch: Watch | None = None) -> None:
        settings, database, clocks = core.settings, core.database, core.clocks
        self._settings = settings
        self._database = database
        self._clocks = clocks
        self.lines = HotLines(settings.redis_url, CLAIM_PATH, connect=core.connect)
        self.opening = Opening(database=database, lines=self.lines, clocks=clocks, secret=settings.identity_secret)
        self.catalogue = Catalogue(database)
        self.limiter = Limiter(settings, core.meters, core.connect)
        self.lookups = Lookups(database)
        self.sold_out = SoldOut(database, self.catalogue, trusted_s=settings.reopen_delay_ms / 1000)
        self.judge = Judge(self.opening, settings.claim_batch_max, core.meters)
        self.committer = Committer(
            database=database, opening=self.opening, meters=core.meters, pace=CommitPace(settings.commit_rate_limit)
        )
        self.stocking = Stocking(database=database, opening=self.opening, catalogue=self.catalogue, clocks=clocks)
        watch = watch or Watch(core)
        self._saw, self._stops = watch.claims.saw, watch.guard.stops_claim
        self.attempts = Attempts(database, clocks, partial(person_of, settings))
        self.opening.on_rebuilt = core.meters.observer(REBUILD_SECONDS)
        self._means = Means(
            settings, clocks, self.opening, self.judge, self.committer, self.lookups, self.sold_out, self.stocking
        )
        # A commit may take half of the deadline; the other half is for what comes before it.
        self.crowd = Crowd(
            most=settings.claim_queue_limit, patience_s=settings.claim_deadline_ms / 2_000,
            rate_cap_per_s=settings.commit_rate_limit,
        )  # fmt: skip
        # A quarter of it to be let in, all of it once inside: everybody is answered within three seconds.
        self.turnstile = Turnstile(
            each_turn=_NEWCOMERS_A_TURN,
            room=Crowd(most=settings.claim_queue_limit, patience_s=settings.claim_deadline_ms / 4_000),
        )
        self._known_at = -math.inf
        self._count = core.meters.tally(CLAIMS)
        self._took = core.meters.observer(CLAIM_SECONDS)
        self._shed = partial(core.meters.add, SHED)

    @property
    def ready(self) -> bool:
        """Whether claims are judged now."""
        return self.opening.is_open

    async def start(self) -> None:
        """Check the servers' settings, read the catalogue and begin to open. Raises ``UnsafeSettings``."""
        with contextlib.suppress(Unreachable):
            await self.lines.refresh()
        found = await self.unsafe_settings()
        if found and not self._settings.allow_unsafe:
            raise UnsafeSettings(", ".join(found))
        await self.catalogue.reload()
        self.opening.on_open = self._opened
        self.limiter.start()
        self.attempts.start()
        await self.opening.start()

    async def stop(self) -> None:
        """End everything. Wins under way stay in the journal, where another process finds them."""
        await self.opening.stop()
        await self.stocking.stop()
        await self.judge.stop()
        await self.committer.stop()
        await self.sold_out.stop()
        await self.lookups.stop()
        await self.attempts.stop()
        await self.limiter.close()
        await self.lines.close()

    async def unsafe_settings(self) -> list[str]:
        """What of the servers' settings would break the promises, for ``/v1/meta``; a store away is no setting."""
        return await unsafe_settings(self._database, self.lines)

    async def on_change(self) -> None:
        """Take the catalogue anew: flags fall, new stock is brought to the store."""
        await self.catalogue.reload()
        self.sold_out.lower()
        self.stocking.refresh_soon()

    def known_as_of(self, asked_at: float) -> None:
        """The pulse has taken everything that was committed before the loop's time ``asked_at``."""
        self._known_at = asked_at
        self.sold_out.known_as_of(asked_at)

    async def claim(self, asked: Asked) -> ClaimResult:
        """Judge one claim and answer only with what is certain. Raises ``Refused`` in the contract's order."""
        terms, refusal = self.first_look(asked)
        if terms is None or (refusal is not None and is_final(refusal)):
            raise Refused(refusal or refusals.UNKNOWN_BATCH)
        return await self.judged(asked, terms, refusal)

    def first_look(self, asked: Asked) -> tuple[BatchTerms | None, Refusal | None]:
        """The batch, and the first reason to refuse that needs no question to a store; counted if it ``is_final``.

        Apart from ``judged``, because most claims of a rush come after the last voucher: neither an exception nor a
        coroutine is made for them.
        """
        began, now = perf_counter(), self._clocks.instant()
        terms = self.catalogue.get(asked.batch_id)
        refusal = first_refusal(terms, asked, now)
        if terms is not None:
            self._saw(asked)
            if refusal is None and self._stops(asked):
                refusal = refusals.GUARDED
        if refusal is None and self.sold_out.refuses(asked.batch_id, asked.person_id):
            refusal = refusals.SOLD_OUT
        if refusal is None:
            refusal = self._unfit(asyncio.get_running_loop().time())
        if refusal is not None and is_final(refusal):
            if terms is not None:
                self.attempts.count(terms.id, asked.person_id, refusal.code, now)
            self._count(refusal.code)
            self._took(perf_counter() - began)
        return terms, refusal

    def _unfit(self, at: float) -> Refusal | None:
        """Why this process judges nothing at the loop's time ``at``."""
        if at - self._known_at > _OLD_NEWS * self._settings.reopen_delay_ms / 1000:
            return refusals.OVERLOADED  # it stood still, or PostgreSQL is away: the batch may be stopped since
        if self.crowd.is_full(at):
            self._shed()
            return refusals.OVERLOADED
        return None

    async def judged(self, asked: Asked, terms: BatchTerms, doubtful: Refusal | None) -> ClaimResult:
        """What the stores say to a claim that was not refused at once. Raises ``Refused``."""
        began, outcome = perf_counter(), OTHER
        try:
            result = await self._admitted(asked, terms, doubtful)
            outcome = "pending" if result.row is None else "replayed" if result.replayed else "issued"
            self.attempts.count(terms.id, asked.person_id, outcome, self._clocks.instant())
        except Refused as refused:
            outcome = refused.refusal.code
            self.attempts.count(terms.id, asked.person_id, outcome, self._clocks.instant())
            raise
        except Exception as error:
            outcome = (refusals.OVERLOADED if is_outage(error) else refusals.INTERNAL).code
            raise
        finally:
            self._count(outcome)
            self._took(perf_counter() - began)
        return result

    async def waited_for(self) -> bool:
        """Wait at the turnstile; false at once if that is of no use, because inside it is full, too."""
        return not self.crowd.is_full(asyncio.get_running_loop().time()) and await self.turnstile.wait()

    def turn_away(self, batch_id: str, authorization: str) -> Refusal:
        """What is said to one too many, of whose request nothing is looked at now."""
        self._shed()
        self._count(refusals.OVERLOADED.code)
        if self.catalogue.get(batch_id) is not None:
            self.attempts.count_later(batch_id, authorization)
        return refusals.OVERLOADED

    async def find(self, asked: Asked) -> ClaimResult:
        """What became of an earlier claim. Refuses ``not_found`` if nothing did, or it ended refused.

        Raises TimeoutError if the stores together take longer than a claim may.
        """
        async with asyncio.timeout(self._settings.claim_deadline_ms / 1000):
            return await self._found(asked)

    async def stock_returned(self, batch_id: str) -> None:
        """After a void has committed: lower this process's flag and give the slot back. The pulse tells the others."""
        self.sold_out.lower(batch_id)
        terms = self.catalogue.get(batch_id)
        if terms is not None and self.opening.is_open:
            try:
                await self.stocking.return_voided(terms)
            except (Unreachable, LostReply) as error:
                log.warning("slot_not_given_back", batch_id=batch_id, error=repr(error))

    async def _found(self, asked: Asked) -> ClaimResult:
        terms = self.catalogue.get(asked.batch_id)
        if terms is None:
            raise Refused(refusals.NOT_FOUND)
        row = await self._earlier(asked)
        if row is None and not await self._has_slot(terms, asked):
            raise Refused(refusals.NOT_FOUND)
        # Between the two looks the slot may have become a voucher.
        row = row or await self._earlier(asked)
        if row is not None and row.batch_id != asked.batch_id:
            raise Refused(refusals.NOT_FOUND)
        return ClaimResult(terms, row, replayed=True)

    async def _opened(self) -> None:
        await self.catalogue.reload()
        self.stocking.refresh_soon()

    async def _admitted(self, asked: Asked, terms: BatchTerms, doubtful: Refusal | None) -> ClaimResult:
        if doubtful is not None:
            row = same_request(await self._earlier(asked), asked)
            if row is None:
                raise Refused(doubtful)
            return ClaimResult(terms, row, replayed=True)
        deadline = asyncio.get_running_loop().time() + self._settings.claim_deadline_ms / 1000
        committed = False
        self.crowd.enter()
        try:
            await self.limiter.charge(terms, asked)
            result = await Course(self._means, terms, asked, deadline).run()
            committed = result.row is not None and not result.replayed
            return result
        finally:
            self.crowd.leave(served=committed)

    async def _earlier(self, asked: Asked) -> Any:
        return await self.lookups.by_key(asked.account_id, asked.claim_key, self._settings.claim_deadline_ms / 1000)

    async def _has_slot(self, terms: BatchTerms, asked: Asked) -> bool:
        if not self.opening.is_open:
            raise Refused(refusals.REBUILDING)
        server = self.opening.servers.of[keys.shard_of(terms.number)]
        try:
            (records,) = checked(
                await server.ask(["HGET", keys.persons_key(terms.number, self.opening.epoch), asked.person_id])
            )
        except (Unreachable, LostReply) as error:
            raise Refused(refusals.REBUILDING) from error
        wanted = keys.request_id(asked.account_id, asked.claim_key)
        held = records or b""
        return any(held[at : at + len(wanted)] == wanted for at in range(0, len(held), _RECORD))
