"""Plays a vendor from a script: an operation's calls are kept, its replies come from the list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voucher_contract.operations.protocol import Call, Operation, Outcome, Reply, Wait

LOST = Reply(0, {}, b"", sent=True)


def answer(status: int, body: Any, **headers: str) -> Reply:
    """A whole reply with a JSON body."""
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())


@dataclass
class Script:
    """``replies`` in order; a call beyond the last one is an error of the test. Waits take no time."""

    replies: Sequence[Reply]
    calls: list[Call] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def run(self, operation: Operation) -> Outcome:
        """Drive the operation to its outcome."""
        given: Reply | None = None
        while True:
            try:
                step = operation.send(given)
            except StopIteration as stop:
                assert len(self.calls) == len(self.replies), "not every reply of the script was asked for"
                outcome: Outcome = stop.value
                return outcome
            if isinstance(step, Wait):
                self.waited.append(step.seconds)
                given = None
                continue
            self.calls.append(step)
            given = self.replies[len(self.calls) - 1]

    def paths(self) -> list[str]:
        """``METHOD path`` of each call, without queries."""
        return [f"{call.method} {call.path.partition('?')[0]}" for call in self.calls]

    def body(self, number: int) -> dict[str, Any]:
        """The JSON of a call."""
        parsed: dict[str, Any] = json.loads(self.calls[number].body or b"{}")
        return parsed
