"""Residents who tap, in a process of their own, and the curve they draw on the wall."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from datetime import datetime

from merchant_sim.actors import officers
from merchant_sim.actors.crowd import address_of
from merchant_sim.actors.given_taps import Answer, GivenTap
from merchant_sim.actors.programs import Program, start_program
from merchant_sim.people import Account, Person
from merchant_sim.story.handover import write_private
from voucherlab.guided.showing import Curve, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.wording import heading

BUCKET_MS = 200  # wide enough that a busy machine's breath between two answers is no fall to nothing
_MOST_IN_FLIGHT = 128
_LEAD_S = 1.5
Meanwhile = Callable[[Curve, float], Awaitable[None]]


def tap(
    stage: Stage, person: Person, account: Account, batch_id: str, *, at_ms: int, key: str, address: str = "",
    tries: int = 1,
) -> GivenTap:  # fmt: skip
    """A tap of somebody of the city: from the household's address, on the account's own device."""
    return GivenTap(
        at_ms, account.account, stage.story.tokens[account.account], account.device,
        address or address_of(person.household_no), batch_id, key, tries,
    )  # fmt: skip


async def play(
    stage: Stage, wall: Wall, taps: list[GivenTap], *, title: Words, opens: datetime | None = None,
    meanwhile: Meanwhile | None = None,
) -> list[Answer]:  # fmt: skip
    """Send the taps and draw their answers as they come; ``opens``: when business time reaches it, the taps start.

    ``meanwhile`` gets the curve and the Unix second of the opening, and is awaited before the answers are read.
    """
    curve = Curve(title, BUCKET_MS, {})
    wall.draw(curve)
    plan, answers = stage.folder / ".taps.json", stage.folder / ".answers.json"
    await asyncio.to_thread(write_private, plan, {
        "target": stage.ready.base_url, "taps": [asdict(one) for one in taps], "answers": str(answers),
        "most_in_flight": _MOST_IN_FLIGHT,
    })  # fmt: skip
    program = await start_program("given_taps", plan)
    beside: asyncio.Task[None] | None = None
    try:
        await program.hear()
        opens_at_s = time.time() + _LEAD_S if opens is None else await _seconds_of(stage, opens)
        await program.say(repr(opens_at_s))
        if meanwhile is not None:
            beside = asyncio.ensure_future(meanwhile(curve, opens_at_s))
        await _listen(program, wall, curve)
        if beside is not None:
            await beside
        await program.end()
        return [Answer(**one) for one in json.loads(await asyncio.to_thread(answers.read_text, encoding="utf-8"))]
    finally:
        if beside is not None:
            beside.cancel()
        program.kill()
        plan.unlink(missing_ok=True)
        answers.unlink(missing_ok=True)


async def _listen(program: Program, wall: Wall, curve: Curve) -> None:
    while True:
        heard = await program.hear()
        if "over" in heard:
            return
        for at_ms, name, count in heard["counts"]:
            curve.labels.setdefault(name, heading(name))
            curve.add(int(at_ms), {name: int(count)})
        wall.changed()


async def _seconds_of(stage: Stage, opens: datetime) -> float:
    """The Unix second at which the business clock, which runs at the pace of the real one, will show ``opens``."""
    shown, asked_s = await officers.read_clock(stage.offices), time.time()
    return asked_s + (opens - shown).total_seconds()


def by_outcome(answers: Iterable[Answer]) -> Counter[str]:
    """How many ended how."""
    return Counter(
        ("repeated" if one.replayed else "issued") if one.outcome == "ok" else one.code or "no_answer"
        for one in answers
    )  # fmt: skip


def last_voucher_ms(answers: Iterable[Answer]) -> int:
    """When the last voucher was given, from the opening: whoever taps again hears of the same voucher later."""
    return max((one.ended_ms for one in answers if one.outcome == "ok" and not one.replayed), default=0)


def acknowledged(answers: Iterable[Answer], batch_id: str | None = None) -> set[str]:
    """The vouchers that somebody was told to have."""
    return {
        one.voucher_id for one in answers if one.outcome == "ok" and one.voucher_id and batch_id in {None, one.batch_id}
    }
