"""What is looked at before any load: is it there, does it know us, what time does it think it is, how good is the path,
does one voucher make its whole way.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from loadtest.cases.model import Case
from loadtest.lab.lab import Lab, NotApplicable
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import World
from voucher_contract import routes

_CLOCK_READINGS = 9
_PROBES = 20


@dataclass
class Preflight:
    """What was found. Times in seconds; ``clock_offset_s`` is the target's business clock less ours, ± the bound
    (None: the target does not tell its time).

    ``flow_failed`` says where the tiny flow broke off. Cases are played all the same, since they say what is wrong;
    load is not: a platform that cannot do one voucher is not asked for a thousand. ``unsafe_settings``: protections
    that the target says are switched off.
    """

    clock_offset_s: float = 0.0
    clock_bound_s: float | None = None
    path: dict[str, float] = field(default_factory=dict)
    flow: list[str] = field(default_factory=list)
    flow_failed: str = ""
    unsafe_settings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


async def look_before(world: World) -> Preflight:
    """Clock, path and a tiny flow, in this order. Raises CannotPlay when the target stops answering."""
    started = time.monotonic()
    found = Preflight(unsafe_settings=[str(one) for one in world.meta.get("unsafe_settings") or ()])
    found.clock_offset_s, found.clock_bound_s = await clock_offset(world)
    found.path = await path_probe(world)
    try:
        await tiny_flow(world, found.flow)
    except CannotPlay as error:
        found.flow_failed = str(error)
    found.seconds = round(time.monotonic() - started, 3)
    return found


async def clock_offset(world: World) -> tuple[float, float | None]:
    """The target's business clock against ours, in seconds, and the bound of the error.

    A reading taken between sending and reply lies in that interval, so each gives bounds; the narrowest intersection
    of all is kept. A target that does not tell its time gives (0, None). Raises CannotPlay.
    """
    low, high = float("-inf"), float("inf")
    for _ in range(_CLOCK_READINGS):
        sent = time.time()
        told = await _told_time(world)
        if told is None:
            return 0.0, None
        coarse = 1.0 if told.is_integer() else 0.0  # told in whole seconds: anywhere in that second
        low, high = max(low, told - time.time()), min(high, told + coarse - sent)
    middle = (low + high) / 2
    return middle, abs(high - low) / 2


async def _told_time(world: World) -> float | None:
    line, operator = world.line(world.preparation), world.staff["operator-1"]
    for route, name in ((routes.GET_CLOCK, "now"), (routes.LIST_BATCHES, "server_time")):
        if world.adapter.missing(route.name) is not None:
            continue
        got = await line.persist(route, operator)
        if isinstance(got.value, dict) and name in got.value:
            return datetime.fromisoformat(got.value[name]).timestamp()
    return None


async def path_probe(world: World) -> dict[str, float]:
    """Round trips of a cheap read, one after another, in milliseconds; how many were lost. Raises CannotPlay."""
    line = world.line(world.preparation)
    route, caller = routes.META, Caller("anyone", None)
    if world.adapter.missing(route.name) is not None:
        route, caller = routes.LIST_BATCHES, world.staff["operator-1"]
    took, lost = [], 0
    for _ in range(_PROBES):
        got = await line.send(route, caller, query={"limit": "1"} if route is routes.LIST_BATCHES else None)
        if got.status == 0:
            lost += 1
        else:
            took.append((got.t_reply_ns - got.t_invoke_ns) / 1e6)
        await asyncio.sleep(0.005)
    if not took:
        raise CannotPlay("not one of the path's probes was answered")
    took.sort()
    return {
        "requests": _PROBES, "lost": lost, "median_ms": took[len(took) // 2], "p99_ms": took[len(took) * 99 // 100],
        "greatest_ms": took[-1],
    }  # fmt: skip


async def tiny_flow(world: World, done: list[str]) -> None:
    """One voucher: claimed, redeemed, refunded; ``done`` gets a line for each. Raises CannotPlay."""
    lab = Lab(world, _FLOW)

    async def step(name: str, act: Callable[[], Awaitable[Any]]) -> Any:
        try:
            value = await act()
        except NotApplicable as error:
            done.append(f"{name}：不适用（{error}）")
            return None
        done.append(f"{name}：成功")
        return value

    batch = await step("配置并发布 configure and publish", lambda: lab.batch(quota=20))
    if batch is None:
        return
    voucher = await step("领取 claim", lambda: _claimed(lab, batch))
    if voucher is None or voucher["code"] is None:
        return
    redemption = await step("核销 redeem", lambda: _redeemed(lab, voucher["code"]))
    if redemption is not None:
        await step("退款 refund", lambda: _refunded(lab, redemption))


async def _claimed(lab: Lab, batch: dict[str, Any]) -> dict[str, Any]:
    return await lab.voucher(await lab.person(), batch)


async def _redeemed(lab: Lab, code: str) -> dict[str, Any]:
    return lab.got(await lab.redeem(await lab.shop(), code))


async def _refunded(lab: Lab, redemption: dict[str, Any]) -> dict[str, Any]:
    till = (await lab.shop()).tills[0]
    amount = {"amount_fen": redemption["payable_fen"]}
    return await lab.must(routes.REFUND, till, body=amount, redemption_id=redemption["id"])


_FLOW = Case(
    id="preflight", clauses=("N3.1",), basis="terms", must=False, kind="functional", title_zh="测试前的完整小流程",
    title_en="A tiny flow before the test", expected_zh="领取、核销、退款各一次",
)  # fmt: skip
