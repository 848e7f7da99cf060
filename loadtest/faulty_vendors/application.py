"""The ASGI application: every request takes the same way, and nothing leaves before its act is in the journal."""

import asyncio
import itertools
import logging
import random
from collections.abc import MutableMapping
from typing import Any

from loadtest.faulty_vendors.books.rows import Row
from loadtest.faulty_vendors.desks import all_desks
from loadtest.faulty_vendors.desks.claims import count_attempt
from loadtest.faulty_vendors.desks.serving import STAFF
from loadtest.faulty_vendors.desks.system import MAX_BODY_BYTES
from loadtest.faulty_vendors.judging import make_act
from loadtest.faulty_vendors.vendor import WORKERS, Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer, Refused, as_json, invalid, new_request_id, problem
from loadtest.faulty_vendors.wire.keys import Keys
from loadtest.faulty_vendors.wire.receiving import Incoming, Receive, Reception, Scope, Send, read_body
from loadtest.faulty_vendors.wire.routing import Addresses
from voucher_contract import refusals, routes

log = logging.getLogger(__name__)
_MAX_IMPORT_BYTES = 2 * MAX_BODY_BYTES
_WRITTEN_LATER_S = 2.0
_SHED_SHARE = 0.12
_SHED_PAUSE_MS = (60, 400)
_SLOW_S = (0.004, 0.06)
_FAILS_EVERY = 3


class Application:
    """One vendor over HTTP."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._desks = all_desks()
        self._addresses = Addresses()
        self._reception = Reception(WORKERS)
        self._keys = Keys(vendor)
        self._claims = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request_id = new_request_id()
        try:
            answer = await self._answer(self._reception.take(scope), receive)
        except Refused as refused:
            answer = problem(self._told(refused), request_id)
        except ConnectionResetError:
            return
        except Exception:
            log.exception("request %s", request_id)
            answer = problem(Refused(refusals.INTERNAL), request_id)
        await _send(answer, request_id, send)

    def _told(self, refused: Refused) -> Refused:
        wrong = refused.refusal is refusals.INVALID_REQUEST
        return Refused(refusals.INTERNAL) if wrong and self._vendor.has("bad-input-crashes") else refused

    async def _answer(self, incoming: Incoming, receive: Receive) -> Answer:
        vendor = self._vendor
        if "\x00" in incoming.path:
            raise invalid("path", "NUL")
        route, path = self._addresses.find(incoming.method, incoming.raw_path)
        raw = await read_body(incoming, receive, _MAX_IMPORT_BYTES if route.accepts else MAX_BODY_BYTES)
        act = make_act(vendor, route, path, incoming, raw)
        if vendor.has("lawful-slow-and-shuffled"):
            await asyncio.sleep(random.uniform(*_SLOW_S))
        if vendor.has("lawful-sheds") and route.roles and random.random() < _SHED_SHARE:
            raise Refused(refusals.OVERLOADED, retry_after_ms=random.randint(*_SHED_PAUSE_MS))
        try:
            return await self._perform(act)
        finally:
            vendor.store.seal()

    async def _perform(self, act: Act) -> Answer:
        """Nothing waits from a desk's first row to the seal, so an act is in the journal whole or not at all."""
        if act.route is routes.CLAIM:
            count_attempt(self._vendor, act)
        if not act.route.keyed:
            return await self._at_desk(act)
        answer = await self._keys.once(act, lambda: self._at_desk(act))
        if act.route is routes.CLAIM and answer.status == act.route.status:
            self._after_claim(answer)
        return answer

    async def _at_desk(self, act: Act) -> Answer:
        told = await self._desks[act.route.name](self._vendor, act)
        if self._vendor.has("lawful-slow-and-shuffled") and isinstance(told, dict):
            told = {**told, "served_by": f"node-{act.worker}"}  # S-1: a reply may hold fields nobody knows
        answer = told if isinstance(told, Answer) else Answer(act.route.status, as_json(told))
        if act.route.method == "POST" and act.principal.role in STAFF:
            self._log(act, told)
        return answer

    def _log(self, act: Act, told: Answer | MutableMapping[str, Any]) -> None:
        if act.route is routes.VOID_VOUCHER and self._vendor.has("audit-omits-voids"):
            return
        made = told.get("id", "") if isinstance(told, MutableMapping) else ""
        self._vendor.audit.append(
            principal=act.by, action=act.route.name, business_us=act.now, detail=act.asked_detail(),
            object_id=act.object_id or next(iter(act.path.values()), "") or str(made),
        )  # fmt: skip

    def _after_claim(self, answer: Answer) -> None:
        """What two defects do with a claim that is won: write it only later, or answer that it failed."""
        if self._vendor.has("lost-after-restart"):
            self._write_later(self._vendor.store.unsealed())
        if self._vendor.has("error-after-commit") and "Idempotent-Replayed" not in answer.headers:
            self._vendor.store.seal()
            if next(self._claims) % _FAILS_EVERY == 0:
                raise Refused(refusals.INTERNAL)

    def _write_later(self, rows: list[Row]) -> None:
        asyncio.get_running_loop().call_later(_WRITTEN_LATER_S, self._vendor.store.write, rows)


async def _send(answer: Answer, request_id: str, send: Send) -> None:
    headers = {"Content-Type": answer.media_type, "X-Request-Id": request_id, **answer.headers}
    lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": answer.body})
