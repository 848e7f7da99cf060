"""One key, one effect: what was answered is kept, a repetition waits for the first, only effects are remembered."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from pydantic import BaseModel

from loadtest.faulty_vendors.books.rows import EffectRow
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import JSON, PROBLEM, Answer, Refused, as_json, new_request_id, problem
from voucher_contract import refusals

_REMEMBERED_REFUSALS = frozenset({403, 409})
_REPLAYED = {"Idempotent-Replayed": "true"}


class Keys:
    """The keys of one vendor. ``under way`` are scopes whose first attempt has not been answered yet."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._under_way: dict[str, asyncio.Event] = {}

    def stored(self, act: Act) -> Answer | None:
        """The answer of an earlier attempt. Refuses ``key_reused``."""
        effect = self._vendor.store.find(EffectRow, scope_of(self._vendor, act))
        if effect is None or self._forgets(act):
            return None
        if effect.digest != digest_of(act) and not self._vendor.has("key-reused-accepted"):
            raise Refused(refusals.KEY_REUSED)
        kind = JSON if effect.status < 400 else PROBLEM
        return Answer(effect.status, effect.body.encode(), kind, _REPLAYED)

    async def once(self, act: Act, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do ``work`` unless its effect is there. The effect is put with the work's own rows, before they are sealed.

        After a first attempt that was refused the repetition is judged anew, so it tries for itself.
        """
        scope = scope_of(self._vendor, act)
        while (first := self._under_way.get(scope)) is not None:
            if self._vendor.has("repeat-under-way-conflicts"):
                raise Refused(refusals.WRONG_STATE, "this request is under way")
            await first.wait()
        stored = self.stored(act)
        if stored is not None:
            return stored
        ended = self._under_way[scope] = asyncio.Event()
        try:
            answer = await self._done(work)
            if answer.status != 202:
                remember(self._vendor, act, answer)
            return answer
        finally:
            del self._under_way[scope]
            ended.set()

    async def _done(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        if not self._vendor.has("refusal-remembered"):
            return await work()
        try:
            return await work()
        except Refused as refused:
            if refused.refusal.status not in _REMEMBERED_REFUSALS:
                raise
            return problem(refused, new_request_id())

    def _forgets(self, act: Act) -> bool:
        name = act.route.name
        if self._vendor.has("new-voucher-on-replay"):
            return name == "claim"
        return self._vendor.has("refund-replayed-twice") and name == "refund"


def scope_of(vendor: Vendor, act: Act) -> str:
    """Where a key counts: the principal and the operation."""
    scope = f"{act.principal.role}|{act.by}|{act.route.name}|{act.key}"
    return f"{scope}|{act.connection}" if vendor.has("key-ignored-across-connections") else scope


def remember(vendor: Vendor, act: Act, answer: Answer) -> None:
    """Put the effect; sealed with the rows of the same act."""
    vendor.store.put(EffectRow(scope_of(vendor, act), digest_of(act), answer.status, answer.body.decode()))


def digest_of(act: Act) -> str:
    """What makes two requests the same: address, query and body."""
    body = act.body.model_dump_json().encode() if isinstance(act.body, BaseModel) else act.raw
    told = as_json([act.route.name, act.path, act.query])
    return hashlib.blake2b(told + body, digest_size=16).hexdigest()
