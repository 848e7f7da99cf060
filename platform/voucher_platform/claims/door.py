"""The door for claims: a bare ASGI handler in front of the framework, which costs more than all that a claim does.

A claim in order (token, key, media type, a small body that fits) goes straight to the gate. Whatever is not in order
goes on inwards, unread or with its body given back: what is wrong with a request is said in one place. A test holds
both ways to the same replies, byte for byte.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from voucher_contract import refusals, routes
from voucher_contract.models.common import Position
from voucher_contract.refusals import Refusal
from voucher_platform.claims.gate import Gate, is_final
from voucher_platform.claims.replies import claim_reply
from voucher_platform.claims.rules import Asked, BatchTerms
from voucher_platform.core.acting import Core, authenticate, check_key, check_media_type
from voucher_platform.core.auth import Principal
from voucher_platform.core.direct import given_back, read_body
from voucher_platform.core.failures import refusal_for
from voucher_platform.core.figures import REPLIES
from voucher_platform.core.ids import new_request_id
from voucher_platform.core.logs import REQUEST_ID
from voucher_platform.core.problems import Refused, problem
from voucher_platform.core.raw_reply import RawReply

_PATH = re.compile(r"/v1/batches/([A-Za-z0-9_-]{1,40})/claims")
_ROUTE = routes.CLAIM


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """A ``ClaimSpec``, decoded without pydantic. It may take less than that, for the rest goes on inwards: never more.

    The pattern ends in \\Z, because Python's $ lets a line break pass.
    """

    device: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")] | None = None
    position: _Place | None = None


_READ = msgspec.json.Decoder(_Said)
_NOTHING_SAID = _Said()


class ClaimDoor:
    """Stands before ``inner``, the frame and all that is in it."""

    def __init__(self, inner: ASGIApp, core: Core, gate: Gate) -> None:
        self._inner = inner
        self._core = core
        self._gate = gate
        self._count = core.meters.tally(REPLIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if found is None:
            await self._inner(scope, receive, send)
        elif self._gate.turnstile.enter() or await self._gate.waited_for():
            await self._let_in(found[1], scope, receive, send)
        else:
            await self._answer(self._turned_away(scope, found[1]), send)

    async def _let_in(self, batch_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        opened = None if scope["query_string"] else self._open(scope)
        if opened is None:
            await self._inner(scope, receive, send)
            return
        headers, who, key = opened
        messages = await read_body(receive, headers.get(b"content-length"))
        raw = messages[0].get("body", b"") if len(messages) == 1 else b"".join(m.get("body", b"") for m in messages)
        said = _said(raw) if messages[-1]["type"] == "http.request" and not messages[-1].get("more_body") else None
        if said is None:
            await self._inner(scope, given_back(messages, receive), send)
            return
        asked = Asked(
            batch_id=batch_id, account_id=who.name, person_id=who.person, home=who.home, own_device=who.device,
            device=said.device, address=self._address(scope, headers), claim_key=key,
            digest=hashlib.sha256(f"POST {scope['path']}\n".encode() + raw).digest(),
            position=None if said.position is None else _position(said.position),
        )  # fmt: skip
        terms, refusal = self._gate.first_look(asked)
        if terms is None or (refusal is not None and is_final(refusal)):
            reply = problem(Refused(refusal or refusals.UNKNOWN_BATCH), new_request_id())
        else:
            reply = await self._judged(asked, terms, refusal, scope["path"])
        await self._answer(reply, send)

    async def _answer(self, reply: RawReply, send: Send) -> None:
        self._count(str(reply.status))
        await reply.send(send)

    def _open(self, scope: Scope) -> tuple[Mapping[bytes, bytes], Principal, str] | None:
        """Who asks under which key; ``None`` if anything about it is not in order."""
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            return None  # said twice: whoever reads it inwards decides which one counts
        try:
            principal = authenticate(_ROUTE, _text(headers, b"authorization"), self._core.settings)
            key = check_key(_ROUTE, _text(headers, b"idempotency-key"))
            check_media_type(_ROUTE, _text(headers, b"content-type") or "")
        except Refused:
            return None
        return headers, principal, key

    def _turned_away(self, scope: Scope, batch_id: str) -> RawReply:
        said = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        refusal = self._gate.turn_away(batch_id, said.decode("latin-1"))
        return problem(Refused(refusal), new_request_id())

    async def _judged(self, asked: Asked, terms: BatchTerms, doubtful: Refusal | None, path: str) -> RawReply:
        request_id = new_request_id()
        REQUEST_ID.set(request_id)
        try:
            result = await self._gate.judged(asked, terms, doubtful)
            reply = claim_reply(result, asked, self._core.clocks.timezone, created=True)
        except Exception as error:  # noqa: BLE001 - the one place that knows how each is answered
            return problem(refusal_for(error, path), request_id)
        reply.headers.append((b"x-request-id", request_id.encode()))
        return reply

    def _address(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        forwarded = _text(headers, b"x-forwarded-for") if self._core.settings.trust_forwarded_for else None
        return address_of(scope, forwarded)


def address_of(scope: Scope, forwarded: str | None) -> str:
    """Who sits at the other end; behind a trusted proxy, whom the last hop saw."""
    if forwarded:
        return forwarded.rpartition(",")[2].strip()
    client = scope.get("client")
    return client[0] if client else ""


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _position(place: _Place) -> Position:
    return Position(latitude=place.latitude, longitude=place.longitude)


def _said(raw: bytes) -> _Said | None:
    if raw == b"{}":
        return _NOTHING_SAID
    try:
        return _READ.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
