"""One committer a batch: winners that come while a transaction is under way go into the next one together."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from voucher_platform.claims import keys
from voucher_platform.claims.commit import Money, OutOfStep, Settled, StaleEpoch, commit_wins
from voucher_platform.claims.commit_pace import CommitPace
from voucher_platform.claims.giving_back import give_back
from voucher_platform.claims.hot_line import checked
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.rules import BatchTerms
from voucher_platform.claims.wins import Win
from voucher_platform.core.database import Database, is_outage
from voucher_platform.core.ending import end
from voucher_platform.core.gathering import Gathering, Ticket
from voucher_platform.core.meters import Meters

log = structlog.get_logger(__name__)
_MOST = 256
_FIRST_PAUSE_SECONDS = 0.02
_TRIES = 8


class Judged(msgspec.Struct, frozen=True):
    """A win and the epoch it was judged under."""

    win: Win
    epoch: int


class Committer:
    """Brings wins into SQL. A win that cannot be brought in time stays in the journal, for the janitor."""

    def __init__(self, *, database: Database, opening: Opening, meters: Meters, pace: CommitPace) -> None:
        self._database = database
        self._pace = pace
        self._opening = opening
        self._observe = meters.rounds("commit")
        self._batches: dict[str, Gathering[Judged, Settled]] = {}
        self._tidying: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Wins queued for a transaction."""
        return sum(batch.waiting for batch in self._batches.values())

    def submit(self, terms: BatchTerms, judged: Judged) -> Ticket[Judged, Settled]:
        """Queue one win. Its future ends with what SQL says, or with the outage that outlasted every try."""
        gathering = self._batches.get(terms.id)
        if gathering is None:
            gathering = self._batches[terms.id] = Gathering(
                self._worker(terms), self._pace.group_of(_MOST), self._observe
            )
        return gathering.submit(judged)

    async def stop(self) -> None:
        """End what is under way; a transaction cut off is rolled back, and the journal still has its wins."""
        for gathering in self._batches.values():
            await gathering.stop()
        await end(*self._tidying)

    def _worker(self, terms: BatchTerms) -> Callable[[list[Judged]], Awaitable[Sequence[Settled]]]:
        money, number = Money(terms.campaign_id, terms.id, terms.face_fen), terms.number

        async def commit(group: list[Judged]) -> Sequence[Settled]:
            await self._pace.take(len(group))
            settled = await self._commit(money, group)
            task = asyncio.create_task(self._tidy(number, list(zip(group, settled, strict=True))))
            self._tidying.add(task)
            task.add_done_callback(self._tidying.discard)
            return settled

        return commit

    async def _commit(self, money: Money, group: list[Judged]) -> list[Settled]:
        places: dict[int, list[int]] = defaultdict(list)
        for at, judged in enumerate(group):
            places[judged.epoch].append(at)
        settled = [Settled("stale")] * len(group)
        for epoch, own in places.items():
            for at, one in zip(own, await self._persist(money, [group[at].win for at in own], epoch), strict=True):
                settled[at] = one
        return settled

    async def _persist(self, money: Money, wins: list[Win], epoch: int) -> list[Settled]:
        """Commit, again after an outage: it is unknown then whether the first try committed, and both ways are safe."""
        pause = _FIRST_PAUSE_SECONDS
        for left in range(_TRIES - 1, -1, -1):
            try:
                settled = await commit_wins(self._database, money=money, wins=wins, epoch=epoch)
            except StaleEpoch:
                self._opening.doubt("commit under an old epoch")
                return [Settled("stale")] * len(wins)
            except OutOfStep as error:
                self._opening.distrust(epoch, str(error)[:200])
                return [Settled("stale")] * len(wins)
            except Exception as error:
                if not is_outage(error) or not left:
                    raise
                log.warning("commit_tried_again", error=repr(error)[:200])
                await asyncio.sleep(pause)
                pause *= 2
            else:
                if any(one.outcome == "clash" for one in settled):
                    self._opening.distrust(epoch, f"a slot of {money.batch_id} belongs to another voucher")
                return settled
        raise AssertionError("the last try returns or raises")

    async def _tidy(self, number: int, group: list[tuple[Judged, Settled]]) -> None:
        """After the commit: forget the journal entries and give back slots without a voucher. May fail: see janitor.

        Only for the present epoch: a rebuild has drained the journal of earlier ones, and after a failover the same
        journal id may name the win of somebody else.
        """
        epoch, servers, shard = self._opening.epoch, self._opening.servers, keys.shard_of(number)
        present = [(judged, one) for judged, one in group if judged.epoch == epoch]
        done = [j.win.journal_id for j, one in present if _is_done(one) and not one.slot_free and j.win.journal_id]
        try:
            if done:
                checked(await servers.of[shard].ask(["XDEL", keys.journal_key(shard), *done]))
            for judged, one in present:
                if one.slot_free:
                    await give_back(servers, number=number, win=judged.win, epoch=epoch)
        except Exception as error:  # noqa: BLE001 - the janitor does it again
            log.info("journal_not_tidied", error=repr(error)[:200])


def _is_done(settled: Settled) -> bool:
    return settled.outcome in ("held", "key_reused")
