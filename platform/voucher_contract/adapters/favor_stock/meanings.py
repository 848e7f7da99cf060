"""The wire's answers in the contract's words."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from voucher_contract.adapters.favor_stock.wire import Answer
from voucher_contract.operations.protocol import Outcome, OutcomeKind
from voucher_contract.refusals import GUARDED, OVERLOADED, RATE_LIMITED

# (code, part of the text) → the contract's refusal. The text decides only where one code has several meanings.
SHARED: dict[tuple[str, str], str] = {
    ("PARAM_ERROR", ""): "invalid_request",
    ("INVALID_REQUEST", "openid与appid不匹配"): "invalid_token",
    ("RESOURCE_ALREADY_EXISTS", ""): "key_reused",
    ("USER_ACCOUNT_ABNORMAL", ""): GUARDED.code,
    ("FREQUENCY_LIMITED", ""): RATE_LIMITED.code,
    ("FREQUENCY_LIMIT_EXCEED", ""): RATE_LIMITED.code,
}
_SHED = {RATE_LIMITED.code, OVERLOADED.code}


def done(answer: Answer, value: BaseModel | bytes | None, *, replayed: bool = False) -> Outcome:
    """It took effect. ``value`` None: that it did is certain, what it was is not."""
    return Outcome("ok", answer.reply.status, None, value, replayed, raw=answer.reply.body)


def said_no(answer: Answer, own: Mapping[tuple[str, str], str]) -> Outcome:
    """Anything but a success: a refusal where the tables know it, else what a reply of this status proves."""
    reply = answer.reply
    if reply.status == 0:
        return Outcome("unknown" if reply.sent else "no_effect", 0, None, None)
    code = next((meaning for key, meaning in {**own, **SHARED}.items() if _fits(key, answer)), None)
    if code is not None:
        return refused(answer, code)
    if reply.status < 500 and answer.code:
        return Outcome("no_effect", reply.status, answer.code, _shown(answer, answer.code), raw=reply.body)
    return Outcome("unknown", reply.status, answer.code or None, None, raw=reply.body)


def refused(answer: Answer, code: str, **more: Any) -> Outcome:
    """A refusal of the contract."""
    kind: OutcomeKind = "guarded" if code == GUARDED.code else "not_executed" if code in _SHED else "refused"
    return Outcome(kind, answer.reply.status, code, {**_shown(answer, code), **more}, raw=answer.reply.body)


def _fits(key: tuple[str, str], answer: Answer) -> bool:
    return key[0] == answer.code and key[1] in answer.message


def _shown(answer: Answer, code: str) -> dict[str, Any]:
    return {"code": code, "vendor_code": answer.code, "vendor_message": answer.message}
