"""The frame around every handler: who acts, may they, with which key; and each keyed effect at most once."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.models.common import KEY_PATTERN
from voucher_contract.routes import Route
from voucher_platform.core import hot_store
from voucher_platform.core.auth import Principal, unseal
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.meters import Meters
from voucher_platform.core.problems import Refused
from voucher_platform.settings import Settings

_KEY = re.compile(KEY_PATTERN)
NOBODY = Principal("consumer", "nobody")


@dataclass(frozen=True)
class Core:
    """What every room may use; ``app.state.core``."""

    settings: Settings
    database: Database
    clocks: Clocks
    meters: Meters = field(default_factory=Meters)
    connect: hot_store.Connect = hot_store.connect

    @classmethod
    def build(cls, settings: Settings) -> Self:
        """The core of one process; nothing is connected yet."""
        database = Database(make_engine(settings.database_url, pool=settings.database_pool))
        meters = Meters(settings.process, settings.meters_folder)
        return cls(settings, database, Clocks(ZoneInfo(settings.city_timezone)), meters)


@dataclass(frozen=True)
class Acting:
    """One request: the principal, the idempotency key and the digest of what was asked."""

    core: Core
    route: Route
    principal: Principal
    key: str
    digest: bytes

    async def once(self, work: Callable[[AsyncConnection], Awaitable[BaseModel]]) -> Response:
        """Run ``work`` in one transaction and store its effect under the key; a repeat gets the stored reply.

        The key's row is inserted first: a repeat that runs at the same time waits there for the first to commit. A
        refusal rolls the row back with everything else, so only effects are stored.
        """
        async with self.core.database.transaction() as connection:
            if await self._first(connection):
                body = (await work(connection)).model_dump_json().encode()
                await connection.execute(_STORE, {**self._names(), "body": body})
                return Response(body, self.route.status, media_type="application/json")
            stored = (await connection.execute(_STORED, self._names())).one()
        if bytes(stored.digest) != self.digest:
            raise Refused(refusals.KEY_REUSED)
        return Response(
            bytes(stored.body), stored.status, {"Idempotent-Replayed": "true"}, media_type="application/json"
        )

    async def _first(self, connection: AsyncConnection) -> bool:
        row = {**self._names(), "digest": self.digest, "status": self.route.status, "body": b""}
        return (await connection.execute(_CLAIM_KEY, row)).rowcount == 1

    def _names(self) -> dict[str, str]:
        return {"principal": self.principal.name, "operation": self.route.name, "key": self.key}


_CLAIM_KEY = text(
    "INSERT INTO stored_effect (principal, operation, key, digest, status, body)"
    " VALUES (:principal, :operation, :key, :digest, :status, :body) ON CONFLICT DO NOTHING"
)
_STORE = text(
    "UPDATE stored_effect SET body = :body WHERE principal = :principal AND operation = :operation AND key = :key"
)
_STORED = text(
    "SELECT digest, status, body FROM stored_effect"
    " WHERE principal = :principal AND operation = :operation AND key = :key"
)


def authenticate(route: Route, authorization: str | None, settings: Settings) -> Principal:
    """Whom the ``Authorization`` header names, if that role may use ``route``. Refuses otherwise."""
    if not route.roles:
        return NOBODY
    if authorization is None:
        raise Refused(refusals.MISSING_TOKEN)
    scheme, _, token = authorization.partition(" ")
    principal = unseal(token, settings.token_secret) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Refused(refusals.INVALID_TOKEN)
    if principal.role not in route.roles:
        raise Refused(refusals.FORBIDDEN)
    return principal


def check_key(route: Route, key: str | None) -> str:
    """The idempotency key of a keyed route. Refuses a missing or malformed one."""
    if not route.keyed:
        return ""
    if key is None:
        raise Refused(refusals.MISSING_KEY)
    if not _KEY.fullmatch(key):
        raise Refused(refusals.INVALID_KEY)
    return key


def check_media_type(route: Route, content_type: str) -> None:
    """Refuse a body of a media type the route does not take."""
    expected = route.accepts or (("application/json",) if route.body else ())
    if expected and content_type.partition(";")[0].strip().lower() not in expected:
        raise Refused(refusals.UNSUPPORTED_MEDIA_TYPE, f"send one of {', '.join(expected)}")


def act_on(route: Route) -> Callable[[Request], Awaitable[None]]:
    """What opens every request on ``route`` (``core.endpoints``); handlers then take ``act: Act``."""

    async def open_request(request: Request) -> None:
        core: Core = request.app.state.core
        principal = authenticate(route, request.headers.get("authorization"), core.settings)
        key = check_key(route, request.headers.get("idempotency-key"))
        check_media_type(route, request.headers.get("content-type", ""))
        body = await request.body() if route.keyed else b""
        # The query is part of what was asked: an import with the dry run switched off is another request.
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked = hashlib.sha256(f"{request.method} {target}\n".encode() + body).digest()
        request.state.acting = Acting(core, route, principal, key, asked)

    return open_request


async def _acting(request: Request) -> Acting:
    # A dependency that is not async costs every request a trip through the thread pool.
    acting: Acting = request.state.acting
    return acting


Act = Annotated[Acting, Depends(_acting)]
