"""Cases of rate limits: permits at once, refused above, open again after the time asked for.

The windows are so long that no permit comes back while a case is played; a platform may let fewer through, never more.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller, new_key
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes

_WINDOW_MS = 3_600_000
_PERMITS = 3
_ATTEMPTS = 12


def _limit(permits: int = _PERMITS, window_ms: int = _WINDOW_MS) -> dict[str, int]:
    return {"permits": permits, "window_ms": window_ms}


async def _attempts(sent: Sequence[Awaitable[Exchange]]) -> list[Exchange]:
    """All at once. Raises CannotPlay when they took so long that a permit may have come back."""
    claims = list(await asyncio.gather(*sent))
    began, ended = min(one.t_invoke_ns for one in claims), max(one.t_reply_ns for one in claims)
    if (ended - began) / 1e6 > _WINDOW_MS / _PERMITS:
        raise CannotPlay("the attempts took so long that a permit may have come back")
    return claims


def _at_most(lab: Lab, claims: Sequence[Exchange], whose: str, en: str) -> None:
    lab.expect(every(claims, "/outcome=ok", "at_least"), "le", _PERMITS, f"{whose}一次至多放行{_PERMITS}次",
               f"at most {_PERMITS} attempts {en} pass at once", spec="S-40")  # fmt: skip
    limited = [one for one in claims if one.code == "rate_limited"]
    if not limited:
        raise CannotPlay("no attempt was refused as too frequent, none passed above the limit either")
    lab.expect(every(limited, "/headers/retry-after", "at_least"), "eq", len(limited), "限流答复均带 Retry-After",
               "every such reply says when to come again", spec="S-8")  # fmt: skip


def _once(lab: Lab, person: Caller, batch: dict[str, str], turn: int) -> Awaitable[Exchange]:
    return lab.once(routes.CLAIM, person, batch_id=batch["id"], body={}, connection=turn % 4 + 1)


@play("rate-limits-person")
async def person(lab: Lab) -> None:
    """One person with many keys."""
    batch = await lab.batch(quota=50, per_person_limit=50, rate_limits={"person": _limit()})
    one = await lab.person()
    claims = await _attempts([_once(lab, one, batch, turn) for turn in range(_ATTEMPTS)])
    _at_most(lab, claims, "同一人", "of one person")
    other = await lab.claim(await lab.person(), batch)
    lab.expect_ok(other, "他人不受影响", "others are not limited by it", spec="S-40")


@play("rate-limits-device")
async def device(lab: Lab) -> None:
    """Many people on one device."""
    batch = await lab.batch(quota=50, rate_limits={"device": _limit()})
    shared = lab.world.crowd.sandbox_person().device
    people = await lab.accounts(*({"device": shared} for _ in range(_ATTEMPTS)))
    claims = await _attempts([_once(lab, one, batch, turn) for turn, one in enumerate(people)])
    _at_most(lab, claims, "同一设备", "of one device")
    other = await lab.claim(await lab.person(), batch)
    lab.expect_ok(other, "其他设备不受影响", "other devices are not limited by it", spec="S-40")


@play("rate-limits-address")
async def address(lab: Lab) -> None:
    """Many people behind one address."""
    batch = await lab.batch(quota=50, rate_limits={"address": _limit()})
    people = await lab.people(_ATTEMPTS)
    claims = await _attempts([_once(lab, one, batch, turn) for turn, one in enumerate(people)])
    _at_most(lab, claims, "同一地址", "of one address")


@play("rate-limits-batch")
async def batch(lab: Lab) -> None:
    """Everybody together."""
    made = await lab.batch(quota=50, rate_limits={"batch": _limit()})
    people = await lab.people(_ATTEMPTS)
    claims = await _attempts([_once(lab, one, made, turn) for turn, one in enumerate(people)])
    _at_most(lab, claims, "同一券种", "at one batch")


@play("rate-limits-open-again")
async def open_again(lab: Lab) -> None:
    """A refused attempt was not executed: its key gets a voucher after the time asked for."""
    batch = await lab.batch(quota=9, per_person_limit=9, rate_limits={"person": _limit(permits=2, window_ms=1_000)})
    one = await lab.person()
    keys = [new_key() for _ in range(4)]
    first = await asyncio.gather(*(lab.once(routes.CLAIM, one, batch_id=batch["id"], body={}, key=key) for key in keys))
    later = [await lab.claim(one, batch, key=key) for key in keys]
    lab.expect(every(later, "/outcome=ok", "count"), "eq", 4, "等待后用原幂等键均可领取",
               "after waiting every key gets its voucher", spec="S-40")  # fmt: skip
    lab.expect(every(later, "/value/id", "distinct"), "eq", 4, "每个键一张券", "one voucher a key", spec="S-16")
    won = [exchange for exchange in first if exchange.outcome == "ok"]
    for exchange in won:
        again = later[first.index(exchange)]
        lab.expect_same(exchange, again, "/id", "已领到的仍是原券", "who had won keeps it", spec="S-16")


@play("rate-limits-winner-is-answered")
async def winner_is_answered(lab: Lab) -> None:
    """A claim that was won is answered with its voucher when it is repeated, at once or after the wait asked for."""
    batch = await lab.batch(quota=50, per_person_limit=50, rate_limits={"person": _limit(window_ms=2_000)})
    one, key = await lab.person(), new_key()
    won = await lab.claim(one, batch, key=key)
    lab.got(won)
    await asyncio.gather(*(_once(lab, one, batch, turn) for turn in range(_ATTEMPTS)))
    again = await lab.claim(one, batch, key=key, connection=1)
    lab.expect_ok(again, "额度用尽后已领者重复请求仍得到答复", "the winner's repetition is answered", spec="S-40")
    lab.expect_same(won, again, "/id", "得到的是原券", "with the voucher that was won", spec="S-16")


@play("rate-limits-named")
async def named(lab: Lab) -> None:
    """A refusal says which limit it comes from, what that allows, and when it has a permit again."""
    limits = {"person": _limit(), "batch": _limit(permits=1_000)}
    batch = await lab.batch(quota=50, per_person_limit=50, rate_limits=limits)
    one = await lab.person()
    claims = await _attempts([_once(lab, one, batch, turn) for turn in range(_ATTEMPTS)])
    limited = [claim for claim in claims if claim.code == "rate_limited"]
    if not limited:
        raise CannotPlay("no attempt was refused as too frequent")
    # Written as RFC 9651 has every sender write it: without a blank.
    policy = f'/headers/ratelimit-policy="person";q={_PERMITS};w={_WINDOW_MS // 1_000}'
    for pointer, zh, en in (
        (policy, "RateLimit-Policy 指明限制名称与额度", "RateLimit-Policy names the limit and what it allows"),
        ("/headers/ratelimit", "RateLimit 说明余量", "RateLimit says what remains of it"),
        ("/value/violated_policies/0", "答复正文指明是哪一项限制", "the body names it, too"),
    ):
        lab.expect(every(limited, pointer, "at_least"), "eq", len(limited), zh, en, spec="S-40")
