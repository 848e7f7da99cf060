"""One operation of the contract as a generator: build the request, read the reply, class the outcome."""

import json
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from voucher_contract.operations.protocol import Call, Operation, Outcome, OutcomeKind, Reply, Wait
from voucher_contract.refusals import GUARDED, OVERLOADED, REBUILDING, REFUSALS
from voucher_contract.routes import Route

_NOT_EXECUTED = {OVERLOADED.code, REBUILDING.code, "rate_limited", "clock_not_taken"}
_NO_EFFECT_STATUS = {400, 401, 403, 404, 405, 413, 415, 422}


def call(
    route: Route, *, token: str | None = None, key: str | None = None, body: BaseModel | bytes | None = None,
    media_type: str = "application/json", query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None, **path_values: str,
) -> Call:  # fmt: skip
    """The request of ``route``. ``path_values`` fill the braces of its path; a missing one raises ``KeyError``."""
    path = route.path.format(**{name: quote(value, safe="") for name, value in path_values.items()})
    if query:
        path += "?" + urlencode(query)
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if key is not None:
        sent["Idempotency-Key"] = key
    raw = body.model_dump_json().encode() if isinstance(body, BaseModel) else body
    if raw is not None:
        sent["Content-Type"] = media_type
    return Call(route.method, path, sent, raw)


def classify(route: Route, reply: Reply, attempts: int = 1) -> Outcome:
    """What a reply proves. Anything that may have taken effect without proof is ``unknown``."""
    if reply.status == 0:
        return Outcome("unknown" if reply.sent else "no_effect", 0, None, None, attempts=attempts)
    replayed = reply.headers.get("idempotent-replayed") == "true"
    if reply.status == route.status:
        value = _parse(route, reply)
        return Outcome("ok", reply.status, None, value, replayed, attempts, reply.body)
    problem = _problem(reply)
    code = str(problem["code"]) if "code" in problem else None
    return Outcome(_refusal_kind(reply.status, code), reply.status, code, problem, False, attempts, reply.body)


def _parse(route: Route, reply: Reply) -> BaseModel | bytes | None:
    if route.reply is None or "json" not in reply.headers.get("content-type", ""):
        return reply.body
    try:
        return route.reply.model_validate_json(reply.body, extra="ignore")  # S-1: fields may be added at any time
    except ValidationError:
        return None  # The effect is certain, what it was is not.


def _problem(reply: Reply) -> dict[str, object]:
    try:
        parsed = json.loads(reply.body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _refusal_kind(status: int, code: str | None) -> OutcomeKind:
    if code in _NOT_EXECUTED:
        return "not_executed"
    if (code, status) == (GUARDED.code, GUARDED.status):
        return "guarded"
    if code in REFUSALS and REFUSALS[code].status == status and status == 409:
        return "refused"
    if status in _NO_EFFECT_STATUS:
        return "refused" if code in REFUSALS else "no_effect"
    return "unknown"


def perform(route: Route, request: Call, *, retries: int = 0) -> Operation:
    """Send ``request``; while it was not executed (or its end is unknown and it is keyed) wait and send it again.

    A keyed request may be repeated safely: the same key gives the same effect. At most ``retries`` repetitions.
    """
    attempt = 0
    repeatable = route.method == "GET" or "Idempotency-Key" in request.headers
    while True:
        attempt += 1
        reply = yield request
        assert reply is not None, "a driver answers every call"
        outcome = classify(route, reply, attempt)
        again = outcome.kind == "not_executed" or (outcome.kind in ("unknown", "no_effect") and reply.status == 0)
        if reply.status == 202:
            again = True
        if not again or not repeatable or attempt > retries:
            return outcome
        yield Wait(_pause(reply, attempt))


def _pause(reply: Reply, attempt: int) -> float:
    """Seconds to wait: what the platform asks, else doubling from 50 ms, never more than 5 s."""
    try:
        asked = float(reply.headers.get("retry-after", ""))
    except ValueError:
        asked = 0.05 * 2 ** min(attempt, 7)
    return min(asked, 5.0)
