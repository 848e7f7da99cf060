"""Runs of a step made by hand: what was sent when, and how it ended."""

from dataclasses import replace

import numpy as np

from loadtest.confidence.step_run import StepRun
from loadtest.history.codes import CODE_NUMBER
from loadtest.history.columns import FOREVER
from loadtest.history.record import Outcome

MS, S = 1_000_000, 1_000_000_000


def step_run(latency_ms: float = 20.0, requests: int = 2_000, every_ms: float = 1.0) -> StepRun:
    """Arrivals at a constant rate, all granted after ``latency_ms``, the announced opening at 1 s."""
    intended = S + (np.arange(requests) * every_ms * MS).astype(np.int64)
    zeros = np.zeros(requests, np.int64)
    return StepRun(
        intended=intended, invoke=intended + MS, reply=intended + int(latency_ms * MS),
        outcome=zeros + int(Outcome.OK), code=zeros, attempt=zeros, opens_ns=S,
    )  # fmt: skip


def with_outcome(run: StepRun, rows: slice, outcome: Outcome, code: str = "") -> StepRun:
    """The run with some arrivals ended otherwise."""
    outcomes, codes, reply = run.outcome.copy(), run.code.copy(), run.reply.copy()
    outcomes[rows] = int(outcome)
    codes[rows] = CODE_NUMBER[code]
    if outcome in {Outcome.OPEN, Outcome.UNKNOWN}:
        reply[rows] = FOREVER
    return replace(run, outcome=outcomes, code=codes, reply=reply)
