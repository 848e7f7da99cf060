"""The short way to the busiest handlers: past the framework's routing and dependencies, which cost more than they do.

A request that is in order (role, key, media type, a body that fits) goes straight to the handler of its route, the
same function that FastAPI calls. Whatever is not in order goes on to FastAPI, unread or with its body given back: it
says what is wrong, so refusals of form have one place. A test holds the two ways to the same replies.
"""

import hashlib
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from voucher_contract.routes import Route
from voucher_platform.core.acting import Acting, Core, authenticate, check_key, check_media_type
from voucher_platform.core.failures import refusal_for
from voucher_platform.core.problems import Refused, problem

_LONGEST_BODY = 16 * 1024
_SEGMENT = r"([A-Za-z0-9_-]{1,40})"


@dataclass(frozen=True)
class ShortWay:
    """A POST route with a JSON body, and its handler: parameters ``act``, ``body``, ``request`` and the path's."""

    route: Route
    handler: Callable[..., Awaitable[Response]]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the route's path, a group for each of its parameters."""
        return re.compile(re.sub(r"\\\{\w+\\\}", lambda _: _SEGMENT, re.escape(self.route.path)))

    @property
    def parameters(self) -> list[str]:
        """The names in the braces of the path, in order."""
        return re.findall(r"\{(\w+)\}", self.route.path)


class Direct:
    """Stands between the frame and the app."""

    def __init__(self, app: FastAPI, ways: Sequence[ShortWay]) -> None:
        self._app = app
        self._core: Core = app.state.core
        self._ways = [
            (way.pattern, way, way.parameters, "request" in inspect.signature(way.handler).parameters) for way in ways
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        found = self._find(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        way, arguments = found
        messages = await read_body(receive, dict(scope["headers"]).get(b"content-length"))
        opened = self._open(way.route, scope, messages)
        if opened is None:
            await self._app(scope, given_back(messages, receive), send)
            return
        arguments["act"], arguments["body"] = opened
        reply = await self._handled(way, arguments, scope)
        await reply(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[ShortWay, dict[str, Any]] | None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope.get("query_string"):
            return None
        for pattern, way, names, wants_request in self._ways:
            match = pattern.fullmatch(scope["path"])
            if match:
                arguments: dict[str, Any] = dict(zip(names, match.groups(), strict=True))
                if wants_request:
                    scope["app"] = self._app
                    arguments["request"] = Request(scope)
                return way, arguments
        return None

    def _open(self, route: Route, scope: Scope, messages: list[Message]) -> tuple[Acting, Any] | None:
        """Who acts and what is asked; ``None`` if anything about the request is not in order."""
        if messages[-1]["type"] != "http.request" or messages[-1].get("more_body"):
            return None
        raw = b"".join(message.get("body", b"") for message in messages)
        headers = Headers(scope=scope)
        try:
            principal = authenticate(route, headers.get("authorization"), self._core.settings)
            key = check_key(route, headers.get("idempotency-key"))
            check_media_type(route, headers.get("content-type", ""))
            assert route.body is not None
            body = route.body.model_validate(json.loads(raw))
        except (Refused, ValidationError, ValueError, RecursionError):
            return None
        digest = hashlib.sha256(f"POST {scope['path']}\n".encode() + raw).digest()
        return Acting(self._core, route, principal, key, digest), body

    async def _handled(self, way: ShortWay, arguments: dict[str, Any], scope: Scope) -> Response:
        try:
            return await way.handler(**arguments)
        except Exception as error:  # noqa: BLE001 - the one place that knows how each is answered
            return problem(refusal_for(error, scope["path"]), scope["state"]["request_id"]).response()


async def read_body(receive: Receive, declared: bytes | None) -> list[Message]:
    """The messages of a body, up to its end or its being longer than any body of these routes.

    ``declared`` is the Content-Length, where the body ends whatever the server says: granian announces more behind
    every piece, and to hear that there is nothing costs another turn of the loop.
    """
    messages, size = [await receive()], 0
    while messages[-1].get("more_body"):
        size += len(messages[-1].get("body", b""))
        if size > _LONGEST_BODY:
            break
        if b"%d" % size == declared:
            messages[-1] = {**messages[-1], "more_body": False}
            break
        messages.append(await receive())
    return messages


def given_back(messages: list[Message], receive: Receive) -> Receive:
    """``receive`` that gives back first what was read already."""
    waiting = iter(messages)

    async def receive_again() -> Message:
        read = next(waiting, None)
        return await receive() if read is None else read

    return receive_again
