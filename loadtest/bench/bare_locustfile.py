"""What the open loop is held against: users of Locust's own fast client in a plain loop, no history, no schedule.

Writes to the file BARE_FIGURES what this process sent, and the processor time it took, once all users were there.
"""

import json
import os
import time
from pathlib import Path

from locust import FastHttpUser, events, task
from locust.env import Environment

_HEADERS = {
    "Authorization": f"Bearer {'t' * 160}", "Idempotency-Key": "bare-0123456789abcdef",
    "Content-Type": "application/json",
}  # fmt: skip


class Begun:
    """The process's environment; requests, processor seconds and time when all users were there."""

    environment: Environment
    at = (0, 0.0, 0.0)


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _meet(environment: Environment, **_: object) -> None:
    Begun.environment = environment


def _now(environment: Environment) -> tuple[int, float, float]:
    return environment.stats.total.num_requests, time.process_time(), time.monotonic()


@events.spawning_complete.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _begin(**_: object) -> None:
    Begun.at = _now(Begun.environment)


@events.test_stop.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _write(environment: Environment, **_: object) -> None:
    sent, processor_s, wall_s = (after - before for after, before in zip(_now(environment), Begun.at, strict=True))
    figures = {"sent": sent, "processor_s": processor_s, "wall_s": wall_s}
    Path(os.environ["BARE_FIGURES"]).write_text(json.dumps(figures), encoding="utf-8")


class BareUser(FastHttpUser):
    """One claim after another, as fast as the replies come."""

    @task
    def claim(self) -> None:
        """The same bytes as a claim of the bench."""
        self.client.post("/v1/batches/null/claims", data="{}", headers=_HEADERS, name="claim: issued")
