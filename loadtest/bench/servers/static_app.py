"""The ceiling: what the server alone can do with a claim's bytes. Reads the body, gives a constant reply."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_VOUCHER = {
    "id": "vou_0123456789abcdefghijkl", "batch_id": "bat_0123456789abcdefghijkl", "state": "issued", "face_fen": 3_000,
    "threshold_fen": 10_000, "code": "0123456789ABCDEF", "nth": 1, "claimed_at": "2026-01-01T00:00:00.000000+08:00",
    "valid_from": "2026-01-01T00:00:00.000000+08:00", "valid_until": "2027-01-01T00:00:00.000000+08:00",
}  # fmt: skip
_BODY = json.dumps(_VOUCHER, separators=(",", ":")).encode()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]
_CREATED: Message = {"type": "http.response.start", "status": 201, "headers": _HEADERS}
_OK: Message = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
_VOUCHER_SENT: Message = {"type": "http.response.body", "body": _BODY}


async def _static(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(_CREATED if scope["method"] == "POST" else _OK)
    await send(_VOUCHER_SENT)


def create_app() -> Any:
    """The application for the platform's own API process."""
    return _static
