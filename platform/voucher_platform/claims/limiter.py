"""Rate limits on attempts to claim: by person, device, address and batch, by the store's clock."""

import time
from collections.abc import Sequence

import structlog
from redis.exceptions import ResponseError

from voucher_contract import refusals
from voucher_contract.models.campaigns import RateLimit
from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, LostReply, Unreachable, evalsha
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.claims.rules import Asked, BatchTerms
from voucher_platform.claims.scripts import GCRA
from voucher_platform.core.auth import keyed_hash
from voucher_platform.core.gathering import Gathering
from voucher_platform.core.meters import Meters
from voucher_platform.core.problems import Refused
from voucher_platform.settings import Settings

log = structlog.get_logger(__name__)
_MOST = 64


class Limiter:
    """Its own connection, and its own store if ``limiter_url`` says so: it may lose everything without harm.

    Every limit of an attempt is judged and charged, also when another refuses it, and whatever the claim's outcome.
    Attempts that arrive while a call is in flight go out together. ``failed_at``: when a call last failed, on the
    monotonic clock; 0 for never.
    """

    def __init__(self, settings: Settings, meters: Meters) -> None:
        self._settings = settings
        self.failed_at = 0.0
        self._lines = HotLines(settings.limiter_url or settings.redis_url, (GCRA,))
        self._gathering: Gathering[list[tuple[int, Command]], int] = Gathering(
            self._charge, _MOST, meters.rounds("limit")
        )

    @property
    def waiting(self) -> int:
        """Attempts queued for a call."""
        return self._gathering.waiting

    async def charge(self, terms: BatchTerms, asked: Asked) -> None:
        """Count one attempt. Refuses ``rate_limited`` with the wait, or ``overloaded`` when the store is away."""
        commands = [
            self._command(terms, kind, who, limit)
            for kind, who, limit in (
                ("person", asked.person_id, terms.rate_limits.person),
                ("device", asked.own_device, terms.rate_limits.device),
                ("address", asked.address, terms.rate_limits.address),
                ("batch", "", terms.rate_limits.batch),
            )
            if limit is not None
        ]
        if not commands:
            return
        ticket = self._gathering.submit(commands)
        if not await ticket.within(self._settings.claim_deadline_ms / 1000):
            ticket.call_off()
            self._away("the limiter is slow")
            return
        try:
            wait_us = ticket.future.result()
        except (LostReply, Unreachable, ResponseError) as error:
            self._away(repr(error))
            return
        if wait_us > 0:
            raise Refused(refusals.RATE_LIMITED, retry_after_ms=-(-wait_us // 1000))

    async def close(self) -> None:
        """End the connection."""
        await self._gathering.stop()
        await self._lines.close()

    def _away(self, reason: str) -> None:
        self.failed_at = time.monotonic()
        log.warning("limiter_away", reason=reason)
        if self._settings.refuse_when_limiter_down:
            raise Refused(refusals.OVERLOADED, "the rate limiter is away")

    def _command(self, terms: BatchTerms, kind: str, who: str, limit: RateLimit) -> tuple[int, Command]:
        # A keyed hash: addresses and devices stay out of the store.
        name = keyed_hash(self._settings.identity_secret, kind, who).hex()
        each_us = max(1, limit.window_ms * 1000 // limit.permits)
        shard = (terms.number + int(name[:2], 16)) % keys.SHARDS
        return shard, evalsha(GCRA, [keys.limit_key(shard, terms.number, kind, name)], each_us, limit.permits)

    async def _charge(self, attempts: list[list[tuple[int, Command]]]) -> Sequence[int]:
        asks = [one for attempt in attempts for one in attempt]
        try:
            replies = iter(await self._lines.present.ask_each(asks))
        except (LostReply, Unreachable):
            self._lines.refresh_soon()
            raise
        waits = []
        for attempt in attempts:
            own = [next(replies) for _ in attempt]
            faults = [reply for reply in own if isinstance(reply, ResponseError)]
            if faults:
                self._lines.refresh_soon()  # a cluster node that no longer holds the key says so by an error
                raise faults[0]
            waits.append(max(int(reply) for reply in own))
        return waits
