"""The lawful variant that answers 202 first: some claims are decided a moment later, as S-34 allows."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from loadtest.faulty_vendors.books.waiting import Place
from loadtest.faulty_vendors.desks.serving import Told
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer, Refused, as_json
from loadtest.faulty_vendors.wire.keys import remember

_EVERY = 3
_DELAY_S = (0.05, 0.25)
_ASK_AGAIN_MS = 100


def waits(vendor: Vendor, act: Act) -> bool:
    """Whether this claim is answered 202: one in three, and a repetition of one that is still open."""
    if not vendor.has("lawful-pending"):
        return False
    return _place(act, act.key) in vendor.waiting.tasks or next(vendor.waiting.count) % _EVERY == 0


def postpone(vendor: Vendor, act: Act, grant: Callable[[Vendor, Act], Awaitable[Told]]) -> Answer:
    """202 with the address to ask; the claim is decided soon."""
    place = _place(act, act.key)
    if place not in vendor.waiting.tasks:
        vendor.waiting.refused.pop(place, None)
        vendor.waiting.tasks[place] = asyncio.create_task(_decide(vendor, act, place, grant))
    return _still_open(act, act.key)


async def _decide(vendor: Vendor, act: Act, place: Place, grant: Callable[[Vendor, Act], Awaitable[Told]]) -> None:
    await asyncio.sleep(random.uniform(*_DELAY_S))
    try:
        body = as_json(await grant(vendor, act))
        remember(vendor, act, Answer(act.route.status, body))
    except Refused as refused:
        vendor.waiting.refused[place] = refused
    finally:
        vendor.store.seal()
        del vendor.waiting.tasks[place]


def ended_refused(vendor: Vendor, act: Act) -> Answer | None:
    """For who asks by key: 202 while it is open, the refusal it ended with, or None where there is a voucher."""
    if not vendor.has("lawful-pending"):
        return None
    place = _place(act, act.path["claim_key"])
    if place in vendor.waiting.tasks:
        return _still_open(act, act.path["claim_key"])
    if place in vendor.waiting.refused:
        raise vendor.waiting.refused[place]
    return None


def _place(act: Act, key: str) -> Place:
    return act.by, act.path["batch_id"], key


def _still_open(act: Act, key: str) -> Answer:
    told = {"status_url": f"/v1/batches/{act.path['batch_id']}/claims/{key}", "retry_after_ms": _ASK_AGAIN_MS}
    return Answer(202, as_json(told), headers={"Retry-After": "1"})
