"""Risk rules on claims, over real servers: found across processes, frozen everywhere, released from nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.claim_world import World, ask, outcome, world
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.gate import Gate
from voucher_platform.core.acting import Core
from voucher_platform.core.clocks import real_now
from voucher_platform.core.figures import PLACES, RISK_ALERTS
from voucher_platform.core.pulse import Pulse
from voucher_platform.risk_rules import operations
from voucher_platform.risk_rules.raising import lock_judging
from voucher_platform.risk_rules.watching import Watch

pytestmark = pytest.mark.asyncio
OFF = {"action": "off"}
QUIET = {
    "claim_velocity": OFF, "claim_device_fan_out": OFF, "claim_address_fan_out": OFF, "claim_natural_person": OFF,
}  # fmt: skip


@dataclass
class Process:
    """What one API process has of claims and risk rules."""

    core: Core
    watch: Watch
    gate: Gate

    async def claim(self, batch: str, person: str, **asked: Any) -> str:
        """``issued``, or the code of the refusal."""
        answer = await outcome(self.gate, ask(batch, person, **asked))
        return "issued" if isinstance(answer, ClaimResult) else answer

    async def alerts(self) -> list[Any]:
        """All of them, as people see them."""
        async with self.core.database.reading() as connection:
            page = await operations.list_alerts(
                connection, state=None, cursor=None, limit=200, zone=self.core.clocks.timezone
            )
        return page.items

    async def decide(self, alert_id: str, decision: Any) -> None:
        async with self.core.database.transaction() as connection:
            await operations.decide(
                connection, alert_id=alert_id, decision=decision, reason="核实", by="operator1", now=real_now(),
                zone=self.core.clocks.timezone,
            )  # fmt: skip


@asynccontextmanager
async def a_process(made: World) -> AsyncIterator[Process]:
    core = made.core()
    watch = Watch(core)
    gate = Gate(core, watch)
    pulse = Pulse(
        core.database, core.clocks, "api", made.settings.poll_ms, listeners=[gate.on_change],
        told=[gate.known_as_of], guards=[watch.guard.reload],
    )  # fmt: skip
    await pulse.start()
    await watch.start()
    await gate.start()
    try:
        assert await gate.opening.wait(10), "the store did not open"
        yield Process(core, watch, gate)
    finally:
        await gate.stop()
        await watch.stop()
        await pulse.stop()


@asynccontextmanager
async def processes(database_url: str, redis_url: str, count: int = 2, **rules: Any) -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:
        settings = {"poll_ms": 100, "risk_rules": {**QUIET, **rules}}
        made = await stack.enter_async_context(world(database_url, redis_url, **settings))
        yield made, *[await stack.enter_async_context(a_process(made)) for _ in range(count)]


async def until(condition: Any, *, seconds: float = 5.0) -> float:
    """How long it took."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_bots_on_one_device_are_frozen_within_a_second_in_all_processes_and_get_no_voucher_after(
    database_url: str, redis_url: str
) -> None:
    async with processes(database_url, redis_url, claim_device_fan_out={"persons": 20}) as (made, one, other):
        batch = await made.batch(quota=1_000)
        await asyncio.gather(one.gate.on_change(), other.gate.on_change())
        rushed = await asyncio.gather(*(
            process.claim(batch, f"p{number}", own_device="shared")
            for number in range(100) for process in (one, other)
        ))  # fmt: skip
        assert set(rushed) <= {"issued", "limit_reached", "guarded", "overloaded"}

        async def frozen() -> bool:
            tried = [await process.claim(batch, "late", own_device="shared") for process in (one, other)]
            return tried == ["guarded", "guarded"]

        assert await until(frozen) < 1.0
        before = await made.number("SELECT count(*) FROM voucher")
        late = await asyncio.gather(*(one.claim(batch, f"late{n}", own_device="shared") for n in range(50)))
        assert set(late) == {"guarded"}
        assert await made.number("SELECT count(*) FROM voucher") == before
        assert await other.claim(batch, "neighbour", own_device="another") == "issued"
        (alert,) = await one.alerts()
        assert (alert.rule, alert.action, alert.state, alert.subject.kind) == (
            "claim_device_fan_out", "block", "open", "device",
        )  # fmt: skip
        assert "shared" not in alert.model_dump_json()
        assert alert.evidence["seen"] > 20
        assert all("*" in example for example in alert.evidence["examples"])


async def test_persons_split_over_two_processes_are_counted_once_and_together(
    database_url: str, redis_url: str
) -> None:
    async with processes(database_url, redis_url, claim_device_fan_out={"persons": 6}) as (made, one, other):
        batch = await made.batch(quota=100)
        await asyncio.gather(one.gate.on_change(), other.gate.on_change())
        for process in (one, other):
            for number in range(6):
                await process.claim(batch, f"p{number}", own_device="family")
        await asyncio.gather(one.watch.tell(), other.watch.tell())
        assert await one.alerts() == []
        await other.claim(batch, "p6", own_device="family")
        await until(lambda: _any(one))
        (alert,) = await one.alerts()
        assert (alert.evidence["seen"], alert.count) == (7, 1)


async def _any(process: Process) -> bool:
    return bool(await process.alerts())


async def test_a_release_frees_the_device_everywhere_and_old_counts_do_not_freeze_it_again(
    database_url: str, redis_url: str
) -> None:
    async with processes(database_url, redis_url, claim_device_fan_out={"persons": 5}) as (made, one, other):
        batch = await made.batch(quota=1_000)
        await asyncio.gather(one.gate.on_change(), other.gate.on_change())
        for number in range(8):
            await (one if number % 2 else other).claim(batch, f"p{number}", own_device="d")

        async def all_say(*codes: str) -> bool:
            # One and the same person, so that asking again costs the device nothing.
            return {await each.claim(batch, "asking", own_device="d") for each in (one, other)} <= set(codes)

        await until(lambda: all_say("guarded"))
        (alert,) = await one.alerts()
        await one.decide(alert.id, "released")
        await until(lambda: all_say("issued", "limit_reached"), seconds=1.0)
        for number in range(4):
            assert await other.claim(batch, f"fresh{number}", own_device="d") == "issued"
        await asyncio.gather(one.watch.tell(), other.watch.tell())
        await asyncio.sleep(0.4)
        assert [each.state for each in await one.alerts()] == ["released"]
        for number in range(4, 9):
            await other.claim(batch, f"fresh{number}", own_device="d")
        await until(lambda: all_say("guarded"))
        assert [each.state for each in await one.alerts()] == ["released", "open"]


async def test_one_person_who_tries_too_often_is_frozen_and_a_confirmed_alert_keeps_it_so(
    database_url: str, redis_url: str
) -> None:
    rule = {"attempts": 50, "window_seconds": 3_600}
    async with processes(database_url, redis_url, 1, claim_velocity=rule) as (made, one):
        batch = await made.batch(quota=100)
        await one.gate.on_change()
        for _ in range(50):
            await one.claim(batch, "bot")
        await one.watch.tell()
        assert await one.alerts() == []
        await one.claim(batch, "bot")
        await until(lambda: _any(one))
        await until(lambda: _guarded(one, batch, "bot"))
        (alert,) = await one.alerts()
        await one.decide(alert.id, "confirmed")
        await one.watch.guard.reload()
        assert await one.claim(batch, "bot") == "guarded"
        assert await one.claim(batch, "somebody else") == "issued"

        async def grown() -> bool:
            return bool((await one.alerts())[0].count > alert.count)

        await until(grown)
        (after,) = await one.alerts()
        assert (after.id, after.state, after.decided_by) == (alert.id, "confirmed", "operator1")
        assert after.last_seen_at > alert.last_seen_at
        assert one.core.meters.cells[PLACES[RISK_ALERTS.name, "claim_velocity"]] == 1


async def _guarded(process: Process, batch: str, person: str) -> bool:
    return await process.claim(batch, person) == "guarded"


async def test_a_frozen_person_still_gets_the_voucher_it_won_under_its_key(database_url: str, redis_url: str) -> None:
    rule = {"attempts": 20, "window_seconds": 3_600}
    async with processes(database_url, redis_url, 1, claim_velocity=rule) as (made, one):
        batch = await made.batch(quota=100, limit=5)
        await one.gate.on_change()
        won = await outcome(one.gate, ask(batch, "p", "the-key-it-was-won-under"))
        assert isinstance(won, ClaimResult)
        for _ in range(25):
            await one.claim(batch, "p")
        await until(lambda: _guarded(one, batch, "p"))
        again = await outcome(one.gate, ask(batch, "p", "the-key-it-was-won-under"))
        assert isinstance(again, ClaimResult)
        assert (again.row.id, again.replayed) == (won.row.id, True)


async def test_an_alert_that_only_flags_stops_nobody_and_grows(database_url: str, redis_url: str) -> None:
    async with processes(database_url, redis_url, 1, claim_natural_person={"accounts": 2}) as (made, one):
        batch = await made.batch(quota=100, limit=50)
        await one.gate.on_change()
        for number in range(5):
            assert await one.claim(batch, "p", account_id=f"account-number-{number}") == "issued"
        await until(lambda: _any(one))
        await one.claim(batch, "p", account_id="account-number-6")

        async def grown() -> bool:
            return bool((await one.alerts())[0].evidence["seen"] == 6)

        await until(grown)
        (alert,) = await one.alerts()
        assert (alert.action, alert.subject.kind, alert.subject.id) == ("flag", "person", "p")
        assert alert.evidence["examples"][0] == "acc*********er-0"


async def test_a_report_that_has_to_wait_holds_up_no_claim_and_loses_nothing(database_url: str, redis_url: str) -> None:
    rule = {"persons": 3}
    async with processes(database_url, redis_url, 1, claim_device_fan_out=rule) as (made, one):
        batch = await made.batch(quota=100)
        await one.gate.on_change()
        async with made.database.transaction() as connection:
            await lock_judging(connection)  # a judge that does not come to an end
            for number in range(6):
                assert await one.claim(batch, f"p{number}", own_device="d") == "issued"
            await asyncio.sleep(0.3)
            assert await one.alerts() == []
        await until(lambda: _any(one))

        async def whole() -> bool:
            return bool((await one.alerts())[0].evidence["seen"] == 6)

        await until(whole)  # the report that waited may have been of the first five
        (alert,) = await one.alerts()
        assert alert.evidence["seen"] == 6
