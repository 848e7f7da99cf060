"""One planned operation: made ready before its time, sent, recorded before its first byte leaves, repeated if asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent

from loadtest.engine.measuring import Measures
from loadtest.engine.wires import CannotConnect, Socket, Wires
from loadtest.history.classing import outcome_of
from loadtest.history.record import Kind, Outcome
from loadtest.history.writer import HistoryWriter
from loadtest.scenarios.replies import code_of, result_of
from loadtest.scenarios.requests import Requests
from loadtest.scenarios.schedule import Planned
from voucher_contract.adapters.protocol import Adapter
from voucher_contract.operations import protocol
from voucher_contract.operations.protocol import Call, Operation, Reply, Wait

MOST_ATTEMPTS = 8
_PAUSE_S = (0.05, 5.0)


@dataclass(slots=True)
class Ready:
    """An operation that waits for its time: its first request is made, down to the bytes."""

    row: Planned
    operation: Operation
    step: Call | Wait
    raw: bytes


@dataclass(slots=True, frozen=True)
class Ended:
    """How one attempt ended; times in nanoseconds, monotonic."""

    t_intended: int
    t_reply: int
    outcome: Outcome
    answer: protocol.Outcome


Report = Callable[[Planned, Ended], None]


class Player:
    """Plays the operations of one worker."""

    def __init__(
        self, *, adapter: Adapter, requests: Requests, wires: Wires, history: HistoryWriter, measures: Measures,
        report: Report, repeats: bool,
    ) -> None:  # fmt: skip
        self._adapter, self._requests, self._wires = adapter, requests, wires
        self._history, self._measures, self._report, self._repeats = history, measures, report, repeats

    def prepare(self, row: Planned) -> Ready:
        """Everything that can be done before the time is due."""
        operation = self._adapter.start(self._requests.request(row))
        step = next(operation)
        return Ready(row, operation, step, self._wires.raw(step) if isinstance(step, Call) else b"")

    def play(self, ready: Ready, t_intended: int) -> None:
        """One operation with its repetitions, all under its key; each attempt is a record of its own."""
        attempt = ready.row.attempt
        while True:
            try:
                ended = self._attempt(ready, t_intended, attempt)
            except Exception as error:  # noqa: BLE001 - an adapter's fault must end neither the worker nor the record
                self._measures.fault(error)
                return
            self._report(ready.row, ended)
            pause_s = self._pause_s(ended, ready.row, attempt)
            if pause_s is None:
                return
            t_intended, attempt = time.monotonic_ns() + int(pause_s * 1e9), attempt + 1
            ready = self.prepare(ready.row)
            gevent.sleep(pause_s)

    def not_sent(self, row: Planned, t_intended: int) -> None:
        """The generator was late: recorded as its own fault."""
        self._history.not_sent(
            Kind(row.kind), t_intended=t_intended, key=row.key, person=row.person, subject=row.subject,
            target=self._requests.target(row), amount=row.amount,
        )  # fmt: skip

    def _attempt(self, ready: Ready, t_intended: int, attempt: int) -> Ended:
        record = -1
        step, raw = ready.step, ready.raw
        answer: Reply | None = None
        last = _NOTHING
        while True:
            if isinstance(step, Wait):
                gevent.sleep(step.seconds)
                answer = None
            else:
                connection = self._connection()
                if record < 0:
                    record = self._begin(ready.row, t_intended, attempt)
                if isinstance(connection, Reply):
                    answer = connection
                else:
                    answer = self._wires.exchange(connection, raw or self._wires.raw(step), step.method)
                last, raw = answer, b""
            t_reply = time.monotonic_ns()
            try:
                step = ready.operation.send(answer)
            except StopIteration as stop:
                return self._end(record, t_intended, t_reply, stop.value, last)

    def _connection(self) -> Socket | Reply:
        """A connection, or the reply that says why there is none."""
        try:
            return self._wires.take()
        except CannotConnect as error:
            return Reply(0, {}, str(error).encode(), sent=False)

    def _begin(self, row: Planned, t_intended: int, attempt: int) -> int:
        return self._history.begin(
            Kind(row.kind), t_intended=t_intended, key=row.key, person=row.person, subject=row.subject,
            target=self._requests.target(row), amount=row.amount, attempt=attempt,
        )  # fmt: skip

    def _end(self, record: int, t_intended: int, t_reply: int, answer: protocol.Outcome, last: Reply) -> Ended:
        outcome = outcome_of(answer, sent=last.sent)
        result = result_of(answer)
        self._history.end(
            record, outcome=outcome, code=code_of(answer, last), status=answer.status, result_id=result.id,
            voucher_code=result.voucher_code, value=result.value, body=last.body,
            request_id=last.headers.get("x-request-id", ""), t_reply=t_reply,
        )  # fmt: skip
        return Ended(t_intended, t_reply, outcome, answer)

    def _pause_s(self, ended: Ended, row: Planned, attempt: int) -> float | None:
        """Seconds until the same request goes out again; None where it does not. 202 is always followed."""
        again = ended.outcome is Outcome.PENDING or (self._repeats and ended.outcome in _ASKED_AGAIN)
        if not again or attempt + 1 >= MOST_ATTEMPTS:
            return None
        shortest, longest = _PAUSE_S
        value = ended.answer.value
        asked = value.get("retry_after_ms") if isinstance(value, dict) else None
        pause_s = asked / 1000 if isinstance(asked, int | float) else shortest * 2**attempt
        # Spread by key, so that those who were shed together do not come back together.
        return min(max(pause_s, shortest), longest) * (1 + (row.key % 16) / 32)


_NOTHING = Reply(0, {}, b"", sent=False)
_ASKED_AGAIN = frozenset({Outcome.NOT_EXECUTED, Outcome.UNKNOWN})
