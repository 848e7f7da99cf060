"""The outermost ASGI layer: a request id for every reply, and no body above its limit."""

import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voucher_contract import refusals
from voucher_platform.core.ids import new_request_id
from voucher_platform.core.logs import REQUEST_ID
from voucher_platform.core.problems import Refused, problem

_IMPORT_PATH = re.compile(r"^/v1/merchants/imports$")


class _TooLarge(Refused):
    """The body went over its limit while it was being read: a refusal, so that nothing logs it as a fault of ours."""

    def __init__(self) -> None:
        super().__init__(refusals.BODY_TOO_LARGE)


class Frame:
    """Wraps the app. Sizes are bytes; imports may be larger than other bodies. ``count`` is told of every status."""

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, max_import_bytes: int, count: Callable[[str], None]
    ) -> None:
        self._app = app
        self._count = count
        self._max_body = max_body_bytes
        self._max_import = max_import_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)
        send = self._told(send, request_id)
        limit = self._max_import if _IMPORT_PATH.match(scope["path"]) else self._max_body
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await problem(Refused(refusals.INVALID_REQUEST, "NUL byte"), request_id).send(send)
            return
        body = _Body(receive, limit, _declared_length(scope))
        if not body.too_large:
            await self._answer(scope, body, send)
        if body.too_large and not body.answered:
            refused = Refused(refusals.BODY_TOO_LARGE, f"at most {limit} bytes")
            await problem(refused, request_id).send(send)

    async def _answer(self, scope: Scope, body: "_Body", send: Send) -> None:
        """The app's own answer, unless it was cut off for the size of the body: then the frame answers."""
        try:
            await self._app(scope, body.receive, body.guarding(send))
        except Exception:
            if not body.too_large:
                raise

    def _told(self, send: Send, request_id: str) -> Send:
        """``send`` that counts the reply's status and gives it the request's id."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(str(message["status"]))
                if not any(name == b"x-request-id" for name, _ in message["headers"]):
                    message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        return told


def _declared_length(scope: Scope) -> int:
    lengths = [int(value) for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(lengths, default=0)


class _Body:
    """A body that stops once it is past ``limit`` bytes, declared or not.

    What the app would answer to a body cut off is held back: it cannot know why its reading failed.
    """

    def __init__(self, receive: Receive, limit: int, declared: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self.too_large = declared > limit
        self.answered = False

    async def receive(self) -> Message:
        """The next message of the server."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            self.too_large = True
            raise _TooLarge
        return message

    def guarding(self, send: Send) -> Send:
        """``send`` for as long as the body is within its limit, or the app has begun to answer before."""

        async def guarded(message: Message) -> None:
            if self.answered or not self.too_large:
                self.answered = True
                await send(message)

        return guarded
