"""What goes out: an answer, or a refusal that becomes an RFC 9457 problem in one place."""

import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from voucher_contract import refusals
from voucher_contract.refusals import Refusal

JSON = "application/json"
PROBLEM = "application/problem+json"
_PAUSE_MS = (400, 1_600)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply before it is on the wire."""

    status: int
    body: bytes
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An operation says no; ``extra`` are further fields of the problem, ``headers`` of the reply."""

    def __init__(
        self, refusal: Refusal, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra


def invalid(name: str, message: str) -> Refused:
    """``invalid_request`` that names one field."""
    return Refused(refusals.INVALID_REQUEST, message, errors=[{"field": name, "message": message}])


def as_json(value: Any) -> bytes:
    """UTF-8."""
    return msgspec.json.encode(value)


def new_request_id() -> str:
    """The number both sides quote."""
    return f"r-{secrets.token_hex(10)}"


def problem(refused: Refused, request_id: str) -> Answer:
    """The refusal as the contract wants it; 429 and 503 say when to come again."""
    refusal = refused.refusal
    told: dict[str, Any] = {
        "type": f"https://errors.example/{refusal.code}", "title": refusal.en, "title_zh": refusal.zh,
        "status": refusal.status, "code": refusal.code, "retryable": refusal.retryable, "request_id": request_id,
        **refused.extra,
    }  # fmt: skip
    if refused.detail is not None:
        told["detail"] = refused.detail
    headers = refused.headers
    if refusal.status in {429, 503}:
        wait_ms = told.setdefault("retry_after_ms", random.randint(*_PAUSE_MS))
        headers["Retry-After"] = str(max(1, -(-wait_ms // 1_000)))
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(refusal.status, as_json(told), PROBLEM, headers)
