"""The outermost ASGI layer: a request id for every reply, and no body above its limit."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voucher_contract import refusals
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused, problem_response

_IMPORT_PATH = re.compile(r"^/v1/merchants/imports$")


class _TooLarge(Exception):
    """The body went over its limit while it was being read."""


class Frame:
    """Wraps the app. Sizes are bytes; imports may be larger than other bodies."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, max_import_bytes: int) -> None:
        self._app = app
        self._max_body = max_body_bytes
        self._max_import = max_import_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        limit = self._max_import if _IMPORT_PATH.match(scope["path"]) else self._max_body
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await problem_response(Refused(refusals.INVALID_REQUEST, "NUL byte"), request_id)(scope, receive, send)
            return
        try:
            _check_declared_length(scope, limit)
            await self._app(scope, _limited(receive, limit), _with_id(send, request_id))
        except _TooLarge:
            refused = Refused(refusals.BODY_TOO_LARGE, f"at most {limit} bytes")
            await problem_response(refused, request_id)(scope, receive, send)


def _check_declared_length(scope: Scope, limit: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _TooLarge


def _limited(receive: Receive, limit: int) -> Receive:
    """``receive`` that stops a body without a declared length once it grows past ``limit``."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _TooLarge
        return message

    return limited


def _with_id(send: Send, request_id: str) -> Send:
    async def identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            if b"x-request-id" not in names:
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
        await send(message)

    return identified
