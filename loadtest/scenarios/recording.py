"""Operations before and after the load, recorded into the same history as the load itself."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence

from loadtest.history.classing import outcome_of
from loadtest.history.record import FIRST_OWN_WORKER, Kind, Outcome
from loadtest.history.writer import HistoryWriter
from loadtest.lab.world import World
from loadtest.scenarios.replies import code_of, result_of
from loadtest.scenarios.requests import Requests
from loadtest.scenarios.schedule import Planned
from voucher_contract.operations import protocol
from voucher_contract.operations.protocol import Reply, Wait

PREPARING, RESOLVING = FIRST_OWN_WORKER + 1, FIRST_OWN_WORKER + 2
_AT_ONCE = 32
_MOST_ATTEMPTS = 30
_PAUSE_S = (0.05, 2.0)
_AGAIN = frozenset({Outcome.NOT_EXECUTED, Outcome.UNKNOWN, Outcome.PENDING})


class Recorder:
    """Sends over the world's clients, past any fault proxy; each attempt is in ``history`` before it leaves."""

    def __init__(self, world: World, history: HistoryWriter, requests: Requests) -> None:
        self._world, self._history, self._requests = world, history, requests
        self._numbers = itertools.count(1)

    def key(self) -> int:
        """A fresh key of this worker."""
        return self._history.worker << 40 | next(self._numbers)

    def with_requests(self, requests: Requests) -> "Recorder":
        """The same history and keys for a cast that has grown."""
        other = Recorder(self._world, self._history, requests)
        other._numbers = self._numbers
        return other

    async def all(self, rows: Iterable[Planned]) -> list[protocol.Outcome]:
        """Every row until it is decided, some at once; the answers in the order of the rows."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(row: Planned) -> protocol.Outcome:
            async with gate:
                return await self.until_decided(row)

        return list(await asyncio.gather(*(one(row) for row in rows)))

    async def until_decided(self, row: Planned) -> protocol.Outcome:
        """The same request under its key until the platform says yes or no; at most thirty times."""
        attempt = 0
        while True:
            outcome, answer = await self.once(row._replace(attempt=row.attempt + attempt))
            attempt += 1
            if outcome not in _AGAIN or attempt == _MOST_ATTEMPTS:
                return answer
            await asyncio.sleep(_pause(answer, attempt))

    async def once(self, row: Planned) -> tuple[Outcome, protocol.Outcome]:
        """One attempt."""
        operation = self._world.adapter.start(self._requests.request(row))
        step = next(operation)
        slot = self._begin(row)
        last = Reply(0, {}, b"", sent=False)
        while True:
            answer: Reply | None = None
            if isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
            else:
                answer = last = await self._world.wires.group(0).exchange(step)
            try:
                step = operation.send(answer)
            except StopIteration as stop:
                return self._end(slot, stop.value, last), stop.value

    def _begin(self, row: Planned) -> int:
        return self._history.begin(
            Kind(row.kind), t_intended=row.t, key=row.key, person=row.person, subject=row.subject,
            target=self._requests.target(row), amount=row.amount, attempt=row.attempt,
        )  # fmt: skip

    def _end(self, slot: int, answer: protocol.Outcome, last: Reply) -> Outcome:
        outcome = outcome_of(answer, sent=last.sent)
        result = result_of(answer)
        self._history.end(
            slot, outcome=outcome, code=code_of(answer, last), status=answer.status, result_id=result.id,
            voucher_code=result.voucher_code, value=result.value, body=last.body,
            request_id=last.headers.get("x-request-id", ""),
        )  # fmt: skip
        return outcome


def _pause(answer: protocol.Outcome, attempt: int) -> float:
    shortest, longest = _PAUSE_S
    asked = answer.value.get("retry_after_ms") if isinstance(answer.value, dict) else None
    pause_s = asked / 1000 if isinstance(asked, int | float) else shortest * 2 ** min(attempt, 6)
    return min(max(pause_s, shortest), longest)


def in_vain(answers: Sequence[protocol.Outcome]) -> list[protocol.Outcome]:
    """Those that gave nothing."""
    return [one for one in answers if one.kind != "ok" or one.value is None]
