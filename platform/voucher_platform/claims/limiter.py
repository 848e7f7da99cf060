"""Rate limits on attempts to claim: by person, device, address and batch, by the store's clock."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import structlog

from voucher_contract import refusals
from voucher_platform.claims.hot_line import Command, HotLine, LostReply, Unreachable, evalsha
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.claims.limit_plans import LimitPlan, layout, plan_of
from voucher_platform.claims.rules import Asked, BatchTerms
from voucher_platform.claims.scripts import GCRA
from voucher_platform.core import hot_store
from voucher_platform.core.exceeded import Exceeded
from voucher_platform.core.gathering import Gathering
from voucher_platform.core.meters import Meters
from voucher_platform.core.problems import Refused
from voucher_platform.settings import Settings

log = structlog.get_logger(__name__)
_A_CALL, _A_ROUND = 64, 256
_Verdict = Exceeded | Literal["within", "unjudged"]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """``give_up_at`` (the loop's time): if no round has taken it by then, it stays unjudged and uncharged."""

    plan: LimitPlan
    keys: list[bytes]
    give_up_at: float


class Limiter:
    """Its own connections, and its own store if ``limiter_url`` says so: it may lose everything without harm.

    Every attempt is charged, whatever becomes of the claim. Attempts that arrive while a call is in flight to their
    server go out together, those of one shard in one script or a few. An attempt waits at most half the claim's
    deadline for its round, and a round half of it for the store: connections given up whenever some attempt's time is
    up would make a slow store slower still.
    ``failed_at``: when a call last failed, on the monotonic clock; 0 for never.
    """

    def __init__(self, settings: Settings, meters: Meters, connect: hot_store.Connect) -> None:
        self._settings = settings
        self._half_seconds = settings.claim_deadline_ms / 2_000
        self._lines = HotLines(settings.limiter_url or settings.redis_url, (GCRA,), connect=connect)
        self._observe = meters.rounds("limit")
        self._rounds: dict[HotLine, Gathering[_Attempt, _Verdict]] = {}
        self._plans: dict[int, tuple[BatchTerms, LimitPlan | None]] = {}
        self.failed_at = 0.0

    @property
    def waiting(self) -> int:
        """Attempts queued for a call."""
        return sum(rounds.waiting for rounds in self._rounds.values())

    def start(self) -> None:
        """Begin to read which server holds which shard."""
        self._lines.refresh_soon()

    async def charge(self, terms: BatchTerms, asked: Asked) -> None:
        """Count one attempt. Refuses ``rate_limited`` with the wait, or ``overloaded`` when the store is away."""
        plan = self._plan(terms)
        if plan is None:
            return
        attempt = _Attempt(plan, plan.keys(asked), asyncio.get_running_loop().time() + self._half_seconds)
        verdict = await self._rounds_of(plan.shard).submit(attempt).settled()
        if isinstance(verdict, Exceeded):
            raise Refused(refusals.RATE_LIMITED, exceeded=verdict)
        if verdict == "unjudged" and self._settings.refuse_when_limiter_down:
            raise Refused(refusals.OVERLOADED, "the rate limiter is away")

    async def close(self) -> None:
        """End the connections."""
        for rounds in self._rounds.values():
            await rounds.stop()
        await self._lines.close()

    def _plan(self, terms: BatchTerms) -> LimitPlan | None:
        """The batch's plan, made anew when the catalogue has read the batch anew."""
        known, plan = self._plans.get(terms.number, (None, None))
        if known is not terms:
            plan = plan_of(terms, self._settings.identity_secret)
            self._plans[terms.number] = terms, plan
        return plan

    def _rounds_of(self, shard: int) -> Gathering[_Attempt, _Verdict]:
        """One server's attempts gather apart from another's, so that one that hangs holds up only its own."""
        line = self._lines.present.of[shard].line
        rounds = self._rounds.get(line)
        if rounds is None:
            self._forget_gone_servers()
            rounds = self._rounds[line] = Gathering(partial(self._charge, line), _A_ROUND, self._observe)
        return rounds

    def _forget_gone_servers(self) -> None:
        """A cluster's node that holds nothing any more gets no attempts; whoever still waits for it keeps its queue."""
        present = {server.line for server in self._lines.present.each}
        self._rounds = {line: rounds for line, rounds in self._rounds.items() if line in present or not rounds.idle}

    async def _charge(self, line: HotLine, attempts: list[_Attempt]) -> Sequence[_Verdict]:
        """One round: charge all whose time is not up."""
        now = asyncio.get_running_loop().time()
        shards: dict[int, list[int]] = {}
        for place, attempt in enumerate(attempts):
            if attempt.give_up_at > now:
                shards.setdefault(attempt.plan.shard, []).append(place)
        calls: list[Command] = []
        orders: list[list[int]] = []
        for places in _pieces(shards.values()):
            names, words, order = layout([(attempts[place].plan, attempts[place].keys) for place in places])
            calls.append(evalsha(GCRA, names, *words))
            orders.append([places[at] for at in order])
        verdicts: list[_Verdict] = ["unjudged"] * len(attempts)
        if not calls:
            self.failed_at = time.monotonic()
            log.warning("limiter_slow", unjudged=len(attempts))
            return verdicts
        for order, refused in zip(orders, await self._ask(line, calls), strict=True):
            _put_down(verdicts, attempts, order, refused)
        return verdicts

    async def _ask(self, line: HotLine, calls: list[Command]) -> list[Any]:
        """What each call says, an error in its place. What was sent in vain may have been charged: that is no harm."""
        try:
            async with asyncio.timeout(self._half_seconds):
                replies = await line.ask(*calls)
        except (LostReply, Unreachable, TimeoutError) as error:
            replies = [error] * len(calls)
        faults = [reply for reply in replies if isinstance(reply, Exception)]
        if faults:
            self.failed_at = time.monotonic()
            log.warning("limiter_away", error=repr(faults[0])[:200])
            self._lines.refresh_soon()  # a cluster node that no longer holds the keys says so by an error
        return replies


def _pieces(groups: Iterable[list[int]]) -> Iterator[list[int]]:
    """Each group in pieces of what one call takes: the store serves nobody else meanwhile."""
    for group in groups:
        for at in range(0, len(group), _A_CALL):
            yield group[at : at + _A_CALL]


def _put_down(verdicts: list[_Verdict], attempts: list[_Attempt], order: list[int], reply: Any) -> None:
    """The verdicts of one call, at their places; after an error they stay unjudged."""
    if isinstance(reply, Exception):
        return
    for place in order:
        verdicts[place] = "within"
    for at in range(0, len(reply), 3):
        place = order[reply[at] - 1]
        verdicts[place] = _exceeded(attempts[place].plan, reply[at + 1] - 1, reply[at + 2])


def _exceeded(plan: LimitPlan, at: int, wait_us: int) -> Exceeded:
    limit = plan.limits[at]
    return Exceeded(plan.names[at], limit.permits, limit.window_ms, -(-wait_us // 1_000))
