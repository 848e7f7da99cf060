"""One claim under Locust: sent through the contract's operation, reported as one Locust request."""

import secrets
import time
from dataclasses import dataclass

from geventhttpclient import HTTPClient
from locust.env import Environment

from voucher_contract import routes
from voucher_contract.drivers.gevent_driver import run
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform

_EXPECTED = frozenset({"ok", "refused", "not_executed"})


class NotInTheContract(Exception):
    """An answer that no rule of the contract explains, or none at all."""


@dataclass(frozen=True)
class Citizen:
    """Who claims: an account's token."""

    person: str
    token: str


def claim(client: HTTPClient, citizen: Citizen, batch_id: str, *, retries: int) -> Outcome:
    """Claim once under a fresh key; repeats after 503, 429 or a lost reply carry the same key."""
    key = f"load-{secrets.token_hex(12)}"
    request = call(routes.CLAIM, token=citizen.token, key=key, body=b"{}", batch_id=batch_id)
    return run(perform(routes.CLAIM, request, retries=retries), client)


def report(environment: Environment, outcome: Outcome, started_s: float) -> None:
    """Fire Locust's event. A documented refusal is a success of the platform; its code is in the name."""
    word = "issued" if outcome.kind == "ok" else outcome.code or f"status {outcome.status}"
    expected = outcome.kind in _EXPECTED
    environment.events.request.fire(  # type: ignore[no-untyped-call]  # locust does not type its events
        request_type="CLAIM",
        name=f"claim: {word}",
        response_time=(time.perf_counter() - started_s) * 1000,
        response_length=len(outcome.raw),
        exception=None if expected else NotInTheContract(f"{outcome.kind}: {outcome.raw[:200]!r}"),
        context={"code": outcome.code, "attempts": outcome.attempts},
    )
