"""One member of staff, signed in at a platform, doing one operation after another."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel

from voucher_contract import routes
from voucher_contract.drivers.httpx_driver import run
from voucher_contract.models.system import Session, SessionSpec
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform
from voucher_contract.routes import Route

Answer = TypeVar("Answer", bound=BaseModel)
_RETRIES = 20


class Unexpected(Exception):
    """A platform answered an officer in a way the round cannot go on from."""


@dataclass(frozen=True)
class Login:
    """One entry of a staff file."""

    login: str
    password: str
    role: str


def read_staff_file(path: Path) -> list[Login]:
    """The sign-ins of a staff file: a JSON list of {login, password, role, name}. Raises OSError or ValueError."""
    return [Login(one["login"], one["password"], one["role"]) for one in json.loads(path.read_text(encoding="utf-8"))]


@dataclass
class Desk:
    """A signed-in officer. Every write gets the next key of this desk, so that a repeat is the same act."""

    http: httpx.AsyncClient
    token: str
    role: str
    keys: str
    written: int = field(default=0)

    async def try_to(
        self, route: Route, body: BaseModel | bytes | None = None, *, media_type: str = "application/json",
        query: dict[str, str] | None = None, **path_values: str,
    ) -> Outcome:  # fmt: skip
        """Send one request, again while it was not executed; hand back how it ended, refusals included."""
        key = None
        if route.keyed:
            self.written += 1
            key = f"{self.keys}-{self.written:06d}"
        request = call(
            route, token=self.token, key=key, body=body, media_type=media_type, query=query, headers=None,
            **path_values,
        )  # fmt: skip
        return await run(perform(route, request, retries=_RETRIES), self.http)

    async def do(
        self, route: Route, answer: type[Answer], body: BaseModel | bytes | None = None, *,
        media_type: str = "application/json", query: dict[str, str] | None = None, **path_values: str,
    ) -> Answer:  # fmt: skip
        """``try_to`` that must succeed. Raises Unexpected with what came instead."""
        outcome = await self.try_to(route, body, media_type=media_type, query=query, **path_values)
        if outcome.kind == "ok" and isinstance(outcome.value, answer):
            return outcome.value
        raise Unexpected(f"{route.name}: {outcome.status} {outcome.code or outcome.kind}: {outcome.raw[:500]!r}")

    async def fetch(self, route: Route, *, query: dict[str, str] | None = None, **path_values: str) -> bytes:
        """The body of a reply as it came, for files. Raises Unexpected."""
        outcome = await self.try_to(route, None, query=query, **path_values)
        if outcome.kind != "ok":
            raise Unexpected(f"{route.name}: {outcome.status} {outcome.code or outcome.kind}: {outcome.raw[:500]!r}")
        return outcome.raw


async def sign_in(http: httpx.AsyncClient, login: Login, *, run_name: str) -> Desk:
    """Open a desk. ``run_name`` keeps the keys of two rounds at one platform apart. Raises Unexpected."""
    request = call(routes.SIGN_IN, body=SessionSpec(login=login.login, password=login.password))
    outcome = await run(perform(routes.SIGN_IN, request), http)
    if not isinstance(outcome.value, Session):
        raise Unexpected(f"{login.login} cannot sign in: {outcome.status} {outcome.code}")
    return Desk(http, outcome.value.token, outcome.value.role, f"{run_name}-{login.login}-act")
