"""Asking the hot store: claims of one shard that arrive while a call is in flight go out together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
import structlog
from redis.exceptions import ResponseError

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, LostReply, Unreachable
from voucher_platform.claims.hot_lines import Server
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.scripts import CLAIM
from voucher_platform.core.gathering import Gathering, Ticket
from voucher_platform.core.meters import Meters

log = structlog.get_logger(__name__)
_NotJudged = Literal["stale", "unreachable", "lost"]
Kind = Literal["won", "repeat", "limit", "sold", "missing"] | _NotJudged
_CALLS = 4  # of a round


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One claim as the script takes it."""

    batch_number: int
    person_id: str
    request_id: bytes
    limit: int
    payload: bytes


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The script's outcome; or ``stale`` / ``unreachable`` (not executed), or ``lost`` (unknown)."""

    kind: Kind
    epoch: int
    seq: int = 0
    nth: int = 0
    journal_id: bytes = b""


class Judge:
    """At most one round a shard in flight: some calls in one round trip, each of at most ``most`` claims.

    A call is short, because the store serves nobody else meanwhile; a round is long, because its trip takes as long as
    a busy event loop does.
    """

    def __init__(self, opening: Opening, most: int, meters: Meters) -> None:
        self._opening = opening
        observe = meters.rounds("judge")
        self._most = most
        self._shards: list[Gathering[Attempt, Verdict]] = [
            Gathering(self._caller(shard), most * _CALLS, observe) for shard in range(keys.SHARDS)
        ]

    @property
    def waiting(self) -> int:
        """Claims queued for a call."""
        return sum(shard.waiting for shard in self._shards)

    def submit(self, attempt: Attempt) -> Ticket[Attempt, Verdict]:
        """Queue one attempt; its ticket says whether it has gone out."""
        return self._shards[keys.shard_of(attempt.batch_number)].submit(attempt)

    async def stop(self) -> None:
        """Forget what is queued; what is in flight stays unknown."""
        for shard in self._shards:
            await shard.stop()

    def _caller(self, shard: int) -> Callable[[list[Attempt]], Awaitable[Sequence[Verdict]]]:
        async def call(attempts: list[Attempt]) -> Sequence[Verdict]:
            return await self._round(shard, attempts)

        return call

    async def _round(self, shard: int, attempts: list[Attempt]) -> list[Verdict]:
        epoch, server = self._opening.epoch, self._opening.servers.of[shard]
        calls = [attempts[at : at + self._most] for at in range(0, len(attempts), self._most)]
        replies = await _ask(shard, calls, epoch, server)
        verdicts: list[Verdict] = []
        for call, reply in zip(calls, replies, strict=True):
            if isinstance(reply, str):
                if reply != "lost":
                    self._opening.doubt(reply)
                verdicts += [Verdict(reply, epoch)] * len(call)
            else:
                verdicts += [_verdict(one, epoch) for one in reply]
        return verdicts


async def _ask(shard: int, calls: list[list[Attempt]], epoch: int, server: Server) -> list[list[Any] | _NotJudged]:
    """What the script said to each call, or why it said nothing."""
    try:
        replies = await server.ask(*[_call(shard, attempts, epoch, server) for attempts in calls])
    except Unreachable:
        return ["unreachable"] * len(calls)
    except LostReply:
        return ["lost"] * len(calls)
    return [_heard(shard, reply) for reply in replies]


def _heard(shard: int, reply: Any) -> list[Any] | _NotJudged:
    if isinstance(reply, ResponseError):
        # Refused before its first write: out of memory, scripts flushed; in a cluster MOVED, ASK, TRYAGAIN and
        # CLUSTERDOWN. Not executed; the doubt that follows reads anew who holds the shard.
        log.error("claim_script_failed", shard=shard, error=str(reply))
        return "unreachable"
    if reply[0] == b"stale":
        return "stale"
    judged: list[Any] = reply
    return judged


def _call(shard: int, attempts: list[Attempt], epoch: int, server: Server) -> Command:
    names = [keys.meta_key(shard), keys.journal_key(shard)]
    places: dict[int, int] = {}
    words: list[str | bytes | int] = []
    for attempt in attempts:
        number = attempt.batch_number
        if number not in places:
            places[number] = len(places) + 1
            names += [keys.stock_key(number, epoch), keys.persons_key(number, epoch)]
        words += [places[number], attempt.person_id, attempt.request_id, attempt.limit, attempt.payload]
    return server.call(CLAIM, names, epoch, *words)


def _verdict(reply: list[Any], epoch: int) -> Verdict:
    kind: Kind = reply[0].decode()
    if kind == "won":
        return Verdict(kind, epoch, reply[1], reply[2], reply[3])
    if kind == "repeat":
        return Verdict(kind, epoch, reply[1], reply[2])
    return Verdict(kind, epoch)
