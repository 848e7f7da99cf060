"""Cases of claim windows: half-open, on the business clock, the same on every connection.

The lab's time is never ahead of the target's: what the lab sees at or after an instant happened after it there. Before
an instant a margin is left for the time a reply takes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller, new_key
from loadtest.lab.staff import CannotPlay

_BEFORE = timedelta(seconds=2)
_MARGIN = timedelta(seconds=0.5)


def _in_time(lab: Lab, instant: datetime) -> None:
    """Raises CannotPlay when the replies came too near the instant to say on which side of it they were made."""
    if lab.now() + _MARGIN >= instant:
        raise CannotPlay("replies came too late to judge the moment before the instant")


def _all(lab: Lab, claims: Sequence[Exchange], word: str, zh: str, en: str, *, spec: str = "S-31") -> None:
    pointer = "/outcome=ok" if word == "ok" else f"/code={word}"
    lab.expect(every(claims, pointer, "count"), "eq", len(claims), zh, en, spec=spec)


async def _opening_batch(lab: Lab, **by: float) -> tuple[dict[str, Any], datetime]:
    opens = lab.ahead(**by)
    batch = await lab.batch(claim_opens_at=opens, valid_from=opens - timedelta(days=1))
    return batch, opens


@play("windows-opening")
async def opening(lab: Lab) -> None:
    """Shut two seconds before the announced time, open at it, on four groups of connections."""
    batch, opens = await _opening_batch(lab, hours=3)
    early, late = await lab.people(4), await lab.people(4)
    await lab.until(opens - _BEFORE)
    refused = await lab.rush(early, batch)
    _in_time(lab, opens)
    _all(lab, refused, "not_open", "开抢前2秒各连接均答未开始", "two seconds before, every connection says not open")
    await lab.until(opens)
    await lab.take_in()
    granted = await lab.rush(late, batch)
    _all(lab, granted, "ok", "到点后各连接均可领取", "from the announced time on every connection issues")


@play("windows-long-before-opening")
async def long_before_opening(lab: Lab) -> None:
    """A published batch is shown, with its window, and issues nothing yet."""
    opens = lab.now() + timedelta(days=30)
    batch = await lab.batch(claim_opens_at=opens, claim_closes_at=opens + timedelta(hours=1))
    _all(lab, await lab.rush(await lab.people(4), batch), "not_open", "窗口开始前不发券", "nothing before the window")


@play("windows-refusal-judged-anew")
async def refusal_judged_anew(lab: Lab) -> None:
    """The key of a refused claim is still good: only effects are remembered."""
    batch, opens = await _opening_batch(lab, hours=3)
    person, key = await lab.person(), new_key()
    early = await lab.claim(person, batch, key=key)
    _in_time(lab, opens)
    lab.expect_refused(early, "not_open", "开抢前被拒绝", "refused before the opening", spec="S-18")
    await lab.until(opens)
    await lab.take_in()
    later = await lab.claim(person, batch, key=key, connection=1)
    lab.expect_ok(later, "开抢后同一幂等键可领到", "the same key gets a voucher afterwards", spec="S-18")
    again = await lab.claim(person, batch, key=key, connection=2)
    lab.expect_same(later, again, "/id", "再次重复得到同一张券", "and that voucher again when repeated", spec="S-16")


@play("windows-closing")
async def closing(lab: Lab) -> None:
    """Open two seconds before the end, shut from the end on, on four groups of connections."""
    closes = lab.ahead(hours=3)
    batch = await lab.batch(claim_closes_at=closes)
    early, late, never = await lab.people(4), await lab.people(4), await lab.people(4)
    holder = early[0]
    await lab.until(closes - _BEFORE)
    granted = await lab.rush(early, batch)
    _in_time(lab, closes)
    _all(lab, granted, "ok", "截止前2秒仍可领取", "two seconds before the end every connection issues")
    await lab.until(closes)
    refused = await lab.rush(late, batch)
    _all(lab, refused, "closed", "截止后各连接均拒绝领取", "from the end on no connection issues", spec="S-31")
    await lab.take_in()
    _all(lab, await lab.rush(never, batch), "closed", "此后一直拒绝", "and it stays closed", spec="S-31")
    mine = await lab.claim(holder, batch)
    lab.expect_refused(mine, "closed", "截止先于限领判定", "closed is judged before the limit", spec="S-39")


@play("windows-replay-after-closing")
async def replay_after_closing(lab: Lab) -> None:
    """A claim that was won is answered under its key for ever, also when the window has closed."""
    closes = lab.ahead(hours=3)
    batch = await lab.batch(claim_closes_at=closes)
    person, key = await lab.person(), new_key()
    won = await lab.claim(person, batch, key=key)
    lab.got(won)
    _in_time(lab, closes)
    await lab.until(closes)
    await lab.take_in()
    again = await lab.claim(person, batch, key=key, connection=1)
    lab.expect_ok(again, "截止后重复原请求仍得到原结果", "the repeated claim is answered as before", spec="S-16")
    lab.expect_same(won, again, "/id", "仍是同一张券", "it is the same voucher", spec="S-16")


@play("windows-stock-after-closing")
async def stock_after_closing(lab: Lab) -> None:
    """Neither a raised quota nor a later day opens a window that has closed."""
    closes = lab.ahead(hours=3)
    batch = await lab.batch(claim_closes_at=closes, quota=1)
    lab.got(await lab.claim(await lab.person(), batch))
    await lab.until(closes)
    await lab.take_in()
    gone: Caller = await lab.person()
    refused = await lab.claim(gone, batch)
    lab.expect_refused(refused, "closed", "截止先于抢光判定", "closed is judged before sold out", spec="S-39")
