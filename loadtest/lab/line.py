"""The line to the target: every operation goes through the adapter, and every exchange is kept."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from pydantic import BaseModel

from loadtest.evidence.exchange import SECRET_HEADERS, Exchange, Transcript
from loadtest.lab.connections import Connections
from voucher_contract import routes
from voucher_contract.adapters.protocol import Adapter, NotOnThisWire, Request
from voucher_contract.operations.protocol import Call, Operation, Outcome, Reply, Wait
from voucher_contract.routes import Route

_AUTOMATIC = "automatic"
_PATIENCE = 40
_LOST_PATIENCE = 3
_PAUSE_S = (0.05, 2.0)
_MOST_CONNECTIONS, _MOST_OF_A_GROUP = 16, 8
Body = BaseModel | Mapping[str, Any] | bytes | None


class NotApplicable(Exception):
    """The target cannot be asked this; the text (Chinese) says which capability is missing."""


@dataclass(frozen=True)
class Caller:
    """Who calls: ``who`` is shown in transcripts (``bureau-1``), the token never is. ``facts``: account, person …"""

    who: str
    token: str | None
    facts: Mapping[str, str] = field(default_factory=dict)


def new_key() -> str:
    """A fresh idempotency key."""
    return f"vl-{secrets.token_hex(14)}"


@dataclass
class Wires:
    """The connections of a run. Group 0 is the usual one; another number has connections of its own."""

    base_url: str
    timeout_s: float
    in_flight: asyncio.Semaphore
    groups: dict[int, Connections] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._trusted = httpx.create_ssl_context(trust_env=False)  # read once: it takes fifty milliseconds

    def group(self, number: int) -> Connections:
        """The connections of that number, made when first asked for."""
        if number not in self.groups:
            self.groups[number] = Connections(
                self.base_url, timeout_s=self.timeout_s, trusted=self._trusted,
                most=_MOST_OF_A_GROUP if number else _MOST_CONNECTIONS,
            )  # fmt: skip
        return self.groups[number]

    async def close(self) -> None:
        """Close all connections."""
        for group in self.groups.values():
            await group.close()


@dataclass
class Line:
    """One case's line: sends, and writes down what went over the wire in ``transcript``."""

    wires: Wires
    adapter: Adapter
    transcript: Transcript

    async def send(
        self, route: Route, caller: Caller, *, key: str | None = _AUTOMATIC, body: Body = None,
        media_type: str = "application/json", query: Mapping[str, str] | None = None, connection: int = 0,
        **path_values: str,
    ) -> Exchange:  # fmt: skip
        """One operation, once. A keyed route gets a fresh key unless one is given; ``None`` sends none.

        Raises NotApplicable when the target's wire has no such operation, or cannot carry this request.
        """
        self._refuse_if_missing(route)
        if key == _AUTOMATIC:
            key = new_key() if route.keyed else None
        raw = json.dumps(body, ensure_ascii=False).encode() if isinstance(body, Mapping) else body
        request = Request(route, caller.who, caller.token, key, raw, media_type, dict(query or {}), path_values)
        try:
            operation = self.adapter.start(request)
        except NotOnThisWire as error:
            raise NotApplicable(str(error)) from error
        return await self._play(request, operation, connection)

    async def publish_batch(self, caller: Caller, spec: Mapping[str, Any]) -> Exchange | None:
        """A published batch where the wire makes one in one go; None where rounds have to be walked."""
        raw = json.dumps(spec, ensure_ascii=False).encode()
        request = Request(routes.CREATE_BATCH, caller.who, caller.token, new_key(), raw)
        operation = self.adapter.publish_batch(request)
        return None if operation is None else await self._play(request, operation, 0)

    def _refuse_if_missing(self, route: Route) -> None:
        reason = self.adapter.missing(route.name)
        if reason is not None:
            raise NotApplicable(reason)

    async def persist(self, route: Route, caller: Caller, *, key: str | None = _AUTOMATIC, **asked: Any) -> Exchange:
        """``send`` again under the same key while the platform says "later" (429, 503, 202); at most forty times.

        What may safely be repeated is sent again also when its reply was lost, at most three times.
        """
        if key == _AUTOMATIC:
            key = new_key() if route.keyed else None
        repeatable = route.method == "GET" or key is not None
        exchange = await self.send(route, caller, key=key, **asked)
        lost = 0
        for _ in range(_PATIENCE):
            later = exchange.outcome == "not_executed" or exchange.status == 202
            lost += (unheard := not later and repeatable and _unheard(exchange))
            if not later and (not unheard or lost > _LOST_PATIENCE):
                break
            await asyncio.sleep(_asked_pause(exchange))
            exchange = await self.send(route, caller, key=key, **asked)
        return exchange

    async def _play(self, request: Request, operation: Operation, connection: int) -> Exchange:
        answer: Reply | None = None
        calls: list[Exchange] = []
        async with self.wires.in_flight:
            while True:
                try:
                    step = operation.send(answer)
                except StopIteration as stop:
                    return self._classed(calls, stop.value)
                except NotOnThisWire as error:
                    raise NotApplicable(str(error)) from error
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    answer = None
                    continue
                exchange, answer = await self._call(request, step, connection)
                calls.append(exchange)

    def _classed(self, calls: Sequence[Exchange], outcome: Outcome) -> Exchange:
        """The last call stands for the operation, which began with the first call and ended with its own reply."""
        last, value = calls[-1], outcome.value
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json")
        elif isinstance(value, bytes):
            value = {"bytes": len(value)}
        done = replace(
            last, outcome=outcome.kind, code=outcome.code, value=value, replayed=outcome.replayed,
            t_invoke_ns=calls[0].t_invoke_ns, earlier_calls=tuple(one.number for one in calls[:-1]),
        )  # fmt: skip
        self.transcript.exchanges[self.transcript.exchanges.index(last)] = done
        return done

    async def _call(self, request: Request, step: Call, connection: int) -> tuple[Exchange, Reply]:
        number = self.transcript.number()
        started = time.monotonic_ns()
        reply = await self.wires.group(connection).exchange(step)
        exchange = Exchange(
            number=number, operation=request.route.name, who=request.who, method=step.method, path=step.path,
            request_headers={k: v for k, v in step.headers.items() if k.lower() not in SECRET_HEADERS},
            request_body=step.body or b"", t_invoke_ns=started, t_reply_ns=time.monotonic_ns(), status=reply.status,
            reply_headers={k: v for k, v in reply.headers.items() if k not in SECRET_HEADERS}, reply_body=reply.body,
            sent=reply.sent, outcome="unknown", code=None,
        )  # fmt: skip
        self.transcript.exchanges.append(exchange)
        return exchange, reply


def _unheard(exchange: Exchange) -> bool:
    """No reply of the platform's own: lost on the way, or a gateway's. A 500 is an answer, and a wrong one."""
    return exchange.status == 0 or (exchange.outcome == "unknown" and exchange.status != 500)


def _asked_pause(exchange: Exchange) -> float:
    shortest, longest = _PAUSE_S
    finer = exchange.value.get("retry_after_ms") if isinstance(exchange.value, dict) else None
    try:
        asked = finer / 1000 if isinstance(finer, int | float) else float(exchange.reply_headers["retry-after"])
    except (KeyError, ValueError):
        asked = shortest
    return min(max(asked, shortest), longest)
