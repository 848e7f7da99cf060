"""One vendor over real HTTP; every reply is held against the contract before it is handed on."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from voucher_contract import routes
from voucher_contract.models.common import ProblemDetail
from voucher_contract.models.vouchers import ClaimPending
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import Route

_AUTOMATIC = object()
_ANYWHERE = {"no_such_route", "method_not_allowed", "internal"}
_PAUSE_S, _PATIENCE = 0.02, 200
LATER = {"overloaded", "rebuilding"}


def new_key() -> str:
    """A fresh idempotency key."""
    return secrets.token_hex(14)


class Wire:
    """Requests by route. ``seen``: the statuses each operation has answered with.

    ``undocumented``: codes that a probe expects where the contract does not know them.
    """

    def __init__(self, base_url: str, staff_file: Path) -> None:
        self.base_url = base_url
        self.undocumented: set[str] = set()
        self.seen: defaultdict[str, set[int]] = defaultdict(set)
        self.client = self.fresh_client()
        self.staff: dict[str, str] = {}
        for member in json.loads(staff_file.read_text(encoding="utf-8")):
            body = {"login": member["login"], "password": member["password"]}
            self.staff[member["login"]] = self.do(routes.SIGN_IN, None, body=body)["token"]
        self.maker, self.checker = self.staff["bureau-a"], self.staff["bureau-b"]
        self.auditor, self.operator = self.staff["auditor-a"], self.staff["operator-a"]

    def fresh_client(self) -> httpx.Client:
        """A client with connections of its own."""
        return httpx.Client(base_url=self.base_url, timeout=30, trust_env=False)

    def close(self) -> None:
        """End the usual connections."""
        self.client.close()

    def once(
        self, route: Route, token: str | None, *, key: Any = _AUTOMATIC, body: Any = None, content: bytes | None = None,
        media_type: str = "application/json", query: dict[str, str] | None = None,
        client: httpx.Client | None = None, **path: str,
    ) -> httpx.Response:  # fmt: skip
        """One request. A keyed route gets a fresh key unless ``key`` is given; ``None`` sends none."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        key = new_key() if key is _AUTOMATIC and route.keyed else key
        if isinstance(key, str):
            headers["Idempotency-Key"] = key
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = media_type
        reply = (client or self.client).request(
            route.method, route.path.format(**path), headers=headers, content=content, params=query
        )
        self.seen[route.name].add(reply.status_code)
        check_reply(route, reply, self.undocumented)
        return reply

    def send(self, route: Route, token: str | None, **asked: Any) -> httpx.Response:
        """``once``, and again under the same key while the vendor says "later"."""
        if route.keyed:
            asked.setdefault("key", new_key())
        for _ in range(_PATIENCE):
            reply = self.once(route, token, **asked)
            if reply.status_code != 202 and code_of(reply) not in LATER:
                return reply
            time.sleep(_PAUSE_S)
        raise AssertionError(f"{route.name} says later for ever")

    def do(self, route: Route, token: str | None, **asked: Any) -> Any:
        """A request that must succeed; its JSON."""
        reply = self.send(route, token, **asked)
        assert reply.status_code == route.status, f"{route.name}: {reply.status_code} {reply.text}"
        return reply.json()

    def at_once(self, senders: Sequence[Callable[[httpx.Client], httpx.Response]]) -> list[httpx.Response]:
        """All of them at the same time, each over a connection of its own."""
        clients = [self.fresh_client() for _ in senders]
        for client in clients:
            client.get("/v1/health")
        with ThreadPoolExecutor(len(senders)) as pool:
            replies = list(pool.map(lambda pair: pair[0](pair[1]), zip(senders, clients, strict=True)))
        for client in clients:
            client.close()
        return replies


def code_of(reply: httpx.Response) -> str:
    """The refusal's code; empty for anything that is none."""
    return str(reply.json()["code"]) if "problem" in reply.headers.get("content-type", "") else ""


def check_reply(route: Route, reply: httpx.Response, undocumented: set[str]) -> None:
    """A reply is a success in the route's model, a pending claim, or a documented problem; all with a request id."""
    assert reply.headers["x-request-id"]
    if reply.status_code == 202:
        ClaimPending.model_validate_json(reply.content)
    elif reply.status_code < 400:
        _check_success(route, reply)
    else:
        _check_problem(route, reply, undocumented)


def _check_success(route: Route, reply: httpx.Response) -> None:
    kind = reply.headers["content-type"].partition(";")[0]
    assert kind in route.returns
    if route.reply is not None and kind == "application/json":
        route.reply.model_validate_json(reply.content, extra="ignore")


def _check_problem(route: Route, reply: httpx.Response, undocumented: set[str]) -> None:
    assert reply.headers["content-type"] == "application/problem+json"
    problem = ProblemDetail.model_validate_json(reply.content)
    refusal = REFUSALS[problem.code]
    assert (problem.status, problem.retryable) == (refusal.status, refusal.retryable)
    assert reply.status_code == problem.status
    if reply.status_code in {429, 503}:
        assert int(reply.headers["retry-after"]) >= 1
    assert refusal in route.all_refusals or problem.code in _ANYWHERE | undocumented
