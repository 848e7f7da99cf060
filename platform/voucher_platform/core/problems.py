"""Refusals on their way out: one exception, one place where it becomes an RFC 9457 reply."""

import json
import random
from typing import Any

from voucher_contract.refusals import REFUSALS, Refusal
from voucher_platform.core.exceeded import Exceeded, whole_seconds
from voucher_platform.core.raw_reply import RawHeaders, RawReply


class Refused(Exception):
    """An operation says no, with a code of the contract. Nothing it did is kept: its transaction rolls back."""

    def __init__(
        self, refusal: Refusal, detail: str | None = None, *, exceeded: Exceeded | None = None, **extra: Any
    ) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.detail = detail
        self.exceeded = exceeded
        self.extra = extra


def retry_after_ms(refused: Refused) -> int | None:
    """How long to wait: what the limit says, else for 503 half to one and a half seconds, jittered."""
    if refused.exceeded is not None:
        return refused.exceeded.spread_wait_ms()
    if refused.refusal.status == 503:
        return 500 + int(random.random() * 1_001)
    return None


def problem(refused: Refused, request_id: str) -> RawReply:
    """The reply for a refusal: ``application/problem+json``, ``Retry-After`` in seconds where retrying makes sense.

    The body is a ``ProblemDetail``, written by hand: what a refusal always says was rendered when the process began.
    """
    wait = retry_after_ms(refused)
    own_id = request_id.encode()
    body = b'%s%s, "request_id": "%s"%s}' % (
        _ALWAYS_SAID[refused.refusal.code],
        b"" if refused.detail is None else b', "detail": ' + _json(refused.detail),
        own_id,
        _said_at_the_end(refused, wait),
    )
    headers: RawHeaders = [(b"x-request-id", own_id)]
    if wait is not None:
        headers.append((b"retry-after", b"%d" % whole_seconds(wait)))
    if refused.exceeded is not None:
        headers += refused.exceeded.fields()
    if refused.refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/problem+json")]
    return RawReply(refused.refusal.status, headers, body)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _said_at_the_end(refused: Refused, wait: int | None) -> bytes:
    if not refused.extra and refused.exceeded is None:  # what a rush hears, said without further ado
        return b"" if wait is None else b', "retry_after_ms": %d' % wait
    named = {name: refused.extra.get(name) for name in _SAID_OF_SOME} | {"retry_after_ms": wait}
    if refused.exceeded is not None:
        named["violated_policies"] = [refused.exceeded.name]
    return b"".join(b', "%s": %s' % (name.encode(), _json(value)) for name, value in named.items() if value is not None)


_SAID_OF_SOME = ("errors", "voucher_ids", "threshold_fen")


def _always_said(refusal: Refusal) -> bytes:
    said = {
        "type": f"urn:voucherlab:refusal:{refusal.code}", "title": refusal.en, "title_zh": refusal.zh,
        "status": refusal.status, "code": refusal.code, "retryable": refusal.retryable,
    }  # fmt: skip
    return _json(said)[:-1]


_ALWAYS_SAID = {code: _always_said(refusal) for code, refusal in REFUSALS.items()}
