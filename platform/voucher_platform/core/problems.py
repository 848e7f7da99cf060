"""Refusals on their way out: one exception, one place where it becomes an RFC 9457 reply."""

import json
import random
from typing import Any

from fastapi import Response

from voucher_contract.models.common import ProblemDetail
from voucher_contract.refusals import Refusal


class Refused(Exception):
    """An operation says no, with a code of the contract. Nothing it did is kept: its transaction rolls back."""

    def __init__(self, refusal: Refusal, detail: str | None = None, **extra: Any) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.detail = detail
        self.extra = extra


def retry_after_ms(refused: Refused) -> int | None:
    """How long to wait: what the refusal says, else for 503 half to one and a half seconds, jittered."""
    if "retry_after_ms" in refused.extra:
        return int(refused.extra["retry_after_ms"])
    if refused.refusal.status == 503:
        return random.randint(500, 1500)
    return None


def problem_response(refused: Refused, request_id: str) -> Response:
    """The reply for a refusal: ``application/problem+json``, ``Retry-After`` in seconds where retrying makes sense."""
    refusal = refused.refusal
    wait = retry_after_ms(refused)
    problem = ProblemDetail(
        type=f"urn:voucherlab:refusal:{refusal.code}", title=refusal.en, title_zh=refusal.zh, status=refusal.status,
        code=refusal.code, retryable=refusal.retryable, detail=refused.detail, request_id=request_id,
        errors=refused.extra.get("errors"), voucher_ids=refused.extra.get("voucher_ids"), retry_after_ms=wait,
    )  # fmt: skip
    headers = {"X-Request-Id": request_id}
    if wait is not None:
        headers["Retry-After"] = f"{max(1, round(wait / 1000))}"
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False).encode()
    return Response(body, refusal.status, headers, "application/problem+json")
