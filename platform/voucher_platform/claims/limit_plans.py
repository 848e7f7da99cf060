"""What limits the attempts at one batch, made ready once: an attempt then costs little more than its keys."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from voucher_contract.models.campaigns import RateLimit
from voucher_platform.claims import keys
from voucher_platform.claims.rules import Asked, BatchTerms

LimitName = Literal["person", "device", "address", "batch"]
_NARROWEST_FIRST: tuple[LimitName, ...] = ("person", "device", "address", "batch")


@dataclass(frozen=True, slots=True, eq=False)
class LimitPlan:
    """The limits of one batch, narrowest first, as ``gcra.lua`` takes them. All lie in one shard."""

    shard: int
    names: tuple[LimitName, ...]
    limits: tuple[RateLimit, ...]
    words: tuple[int, ...]
    _makers: tuple[Callable[[Asked], bytes], ...]

    def keys(self, asked: Asked) -> list[bytes]:
        """The key of each limit for this attempt."""
        return [make(asked) for make in self._makers]


def plan_of(terms: BatchTerms, secret: str) -> LimitPlan | None:
    """The plan of a batch; ``None`` if nothing limits it. ``secret`` keeps devices and addresses out of the store."""
    found: list[tuple[LimitName, RateLimit]] = []
    for name in _NARROWEST_FIRST:
        limit: RateLimit | None = getattr(terms.rate_limits, name)
        if limit is not None:
            found.append((name, limit))
    if not found:
        return None
    shard = keys.limits_shard_of(terms.number)
    return LimitPlan(
        shard, tuple(name for name, _ in found), tuple(limit for _, limit in found),
        tuple(word for _, limit in found for word in (microseconds_each(limit), limit.permits)),
        tuple(_maker(name, keys.limit_key(shard, terms.number, name).encode(), secret) for name, _ in found),
    )  # fmt: skip


def microseconds_each(limit: RateLimit) -> int:
    """How long one permit takes to come back: rounded up, so that no more than the agreed rate ever passes."""
    return -(-limit.window_ms * 1_000 // limit.permits)


def _maker(name: LimitName, prefix: bytes, secret: str) -> Callable[[Asked], bytes]:
    if name == "person":
        return lambda asked: prefix + asked.person_id.encode()
    if name == "batch":
        return lambda _: prefix
    keyed = hashlib.blake2b(key=hashlib.sha256(f"limits:{secret}".encode()).digest(), digest_size=16)

    def hashed(text: str) -> bytes:
        one = keyed.copy()
        one.update(text.encode())
        return prefix + one.digest()

    if name == "device":
        return lambda asked: hashed(asked.own_device)
    return lambda asked: hashed(asked.address)


def layout(attempts: Sequence[tuple[LimitPlan, list[bytes]]]) -> tuple[list[bytes], list[int], list[int]]:
    """KEYS and ARGV of ``gcra.lua`` for attempts of one shard, and their places in ``attempts`` in the script's order.

    Attempts under one plan stand together, so that its numbers are said once.
    """
    runs: dict[LimitPlan, list[int]] = {}
    for at, (plan, _) in enumerate(attempts):
        runs.setdefault(plan, []).append(at)
    names: list[bytes] = []
    words: list[int] = []
    order: list[int] = []
    for plan, places in runs.items():
        words += [len(places), len(plan.names), *plan.words]
        order += places
        for at in places:
            names += attempts[at][1]
    return names, words, order
