"""The one line to the target: a request of the contract goes out, a value or a refusal in words comes back."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel

from voucher_console.words import Language
from voucher_contract.drivers.httpx_driver import run
from voucher_contract.models.system import Session
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import Route

_SIGN_IN_CODES = frozenset({"invalid_token", "missing_token"})
_MOST_PAGES = 50
_GET_RETRIES = 1


@dataclass(frozen=True)
class Problem:
    """Why something did not happen, as the platform says it. ``status`` 0: it could not be asked at all."""

    code: str
    zh: str
    en: str
    status: int
    detail: str = ""
    fields: tuple[str, ...] = ()
    request_id: str = ""

    def says(self, language: Language) -> str:
        """The platform's sentence in the reader's language."""
        return self.zh if language == "zh" else self.en


UNREACHABLE = Problem("unreachable", "无法连接目标平台", "The target platform cannot be reached", 0)


class Refused(Exception):
    """The platform said no, or could not be asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.en}")
        self.problem = problem

    @property
    def signed_out(self) -> bool:
        """Whether only signing in again helps."""
        return self.problem.code in _SIGN_IN_CODES


def new_key() -> str:
    """An idempotency key for one intended effect: the same form sent twice takes effect once."""
    return secrets.token_hex(16)


def problem_of(outcome: Outcome, route: Route) -> Problem:
    """What to tell a person about an outcome of ``route`` that is not ``ok``."""
    if outcome.status == 0:
        return _unreachable(outcome, acts=route.method != "GET")
    told: Mapping[str, Any] = outcome.value if isinstance(outcome.value, dict) else {}
    known = REFUSALS.get(outcome.code or "")
    en = str(told.get("title") or (known.en if known else "The platform gave no answer that the contract knows"))
    zh = str(told.get("title_zh") or (known.zh if known else "平台的答复不在接口规范之内"))
    errors = told.get("errors") or []
    fields = tuple(f"{one.get('field', '')}: {one.get('message', '')}" for one in errors if isinstance(one, dict))
    return Problem(
        code=outcome.code or f"http_{outcome.status}", zh=zh, en=en, status=outcome.status,
        detail=str(told.get("detail") or ""), fields=fields, request_id=str(told.get("request_id") or ""),
    )  # fmt: skip


def _unreachable(outcome: Outcome, *, acts: bool) -> Problem:
    if outcome.kind == "unknown" and not acts:
        return Problem("no_reply", "平台没有答复", "The platform does not answer", 0)
    if outcome.kind == "unknown":
        return Problem(
            "no_reply", "平台没有答复，操作可能已生效；原样再试一次不会重复执行",
            "No reply: it may have taken effect. Trying again as it stands does not do it twice", 0,
        )  # fmt: skip
    return UNREACHABLE


class Line:
    """Requests to one target over one pool of connections; ``session`` is who asks."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        self.base_url = base_url
        limits = httpx.Limits(max_connections=20)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout_s, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def outcome(
        self, route: Route, session: Session | None, *, key: str | None = None, body: BaseModel | bytes | None = None,
        query: dict[str, str] | None = None, media_type: str = "application/json", accept: str | None = None,
        **path_values: str,
    ) -> Outcome:  # fmt: skip
        """One operation to its outcome. A keyed route without a key gets a fresh one."""
        request = call(
            route, token=session.token if session else None, key=key or (new_key() if route.keyed else None),
            body=body, query=query, media_type=media_type, headers={"Accept": accept} if accept else None,
            **path_values,
        )  # fmt: skip
        return await run(perform(route, request, retries=_GET_RETRIES if route.method == "GET" else 0), self._client)

    async def ask(self, route: Route, session: Session | None, **asked: Any) -> Any:
        """The value of an operation that took effect. Raises Refused."""
        outcome = await self.outcome(route, session, **asked)
        if outcome.kind != "ok":
            raise Refused(problem_of(outcome, route))
        if outcome.value is not None:
            return outcome.value
        raise Refused(Problem(
            "unreadable", "平台的答复不符合接口规范", "The reply does not fit the contract", outcome.status
        ))  # fmt: skip

    async def content(self, route: Route, session: Session | None, **asked: Any) -> bytes:
        """The bytes of a reply as they came: a file to hand on. Raises Refused."""
        outcome = await self.outcome(route, session, **asked)
        if outcome.kind != "ok":
            raise Refused(problem_of(outcome, route))
        return outcome.raw

    async def raw(self, route: Route, session: Session | None, **asked: Any) -> dict[str, Any]:
        """The JSON of a reply as it came, for what a newer platform may have added to it. Raises Refused."""
        parsed = json.loads(await self.content(route, session, **asked))
        return parsed if isinstance(parsed, dict) else {}

    async def every(
        self, route: Route, session: Session, *, query: dict[str, str] | None = None, most: int = 2_000, **asked: Any
    ) -> list[Any]:
        """The items of all pages of a list, at most ``most``. Raises Refused."""
        items: list[Any] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asking = {**(query or {}), "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = await self.ask(route, session, query=asking, **asked)
            items += page.items
            cursor = page.next_cursor
            if cursor is None or len(items) >= most:
                break
        return items[:most]
