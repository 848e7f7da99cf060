"""Which reply proves what: from an adapter's outcome to the outcome of a record.

Soundness starts here: whatever may have taken effect without proof is UNKNOWN, so no later check complains of it.

| observed | class |
|---|---|
| success, body read | OK |
| success, body unreadable | OK_UNREADABLE: the effect is certain, what it gave is not |
| 202 | PENDING until the same key is answered otherwise |
| 503 overloaded or rebuilding, 429 rate_limited | NOT_EXECUTED |
| guarded | GUARDED |
| 409 in_progress | UNKNOWN |
| a documented rule of the business said no | REFUSED |
| the request was wrong (400, 401, 403, 404, 422 …), or never left | NO_EFFECT |
| timeout, reset, other 5xx, an undocumented answer | UNKNOWN |
"""

from typing import assert_never

from loadtest.history.codes import IN_PROGRESS
from loadtest.history.record import Outcome
from voucher_contract.operations import protocol

# These say that the request itself was wrong. All other documented codes are rules of the business, and are checked.
ABOUT_THE_REQUEST = frozenset(
    {
        "no_such_route", "method_not_allowed", "body_too_large", "missing_token", "invalid_token", "forbidden",
        "missing_key", "invalid_key", "unsupported_media_type", "malformed_body", "invalid_request", "not_found",
        "key_reused", "bad_credentials",
    }
)  # fmt: skip


def outcome_of(answer: protocol.Outcome, *, sent: bool = True) -> Outcome:  # noqa: PLR0911 - one line a class
    """The outcome of one attempt. ``sent`` False: not one byte of it had left (refused connection, DNS, TLS).

    The adapter has judged the wire; a status is looked at only where its kind leaves several classes open.
    """
    if not sent:
        return Outcome.NO_EFFECT
    match answer.kind:
        case "ok":
            readable = answer.value is not None and not isinstance(answer.value, bytes)
            return Outcome.OK if readable else Outcome.OK_UNREADABLE
        case "refused":
            if answer.code == IN_PROGRESS:
                return Outcome.UNKNOWN
            return Outcome.NO_EFFECT if answer.code in ABOUT_THE_REQUEST else Outcome.REFUSED
        case "guarded":
            return Outcome.GUARDED
        case "not_executed":
            return Outcome.NOT_EXECUTED
        case "no_effect":
            return Outcome.NO_EFFECT
        case "unknown":
            return Outcome.PENDING if answer.status == 202 else Outcome.UNKNOWN
    assert_never(answer.kind)
