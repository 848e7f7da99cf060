"""The machines of step 6: who taps, what they were told, and what the platform has written down of it."""

import asyncio
import time
from collections import Counter

from merchant_sim.actors.given_taps import GivenTap
from voucher_contract import refusals, routes
from voucherlab.guided.crowd import by_outcome, tap
from voucherlab.guided.showing import Cell, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import number
from voucherlab.guided.wording import heading, refusal

FROZEN_BOT, CONFIRMED_BOT = "machine, frozen", "machine, confirmed"
_BOT_TAPS, _BOT_EVERY_MS = 400, 8  # more than any hand in ten seconds, and than the stage's rules allow a person
_FARM, _FARM_ADDRESS, _FARM_EVERY_MS = 80, "203.0.113.7", 15
_COUNTED_WITHIN_S, _POLL_S = 6.0, 0.2
_GUARDS = (refusals.RATE_LIMITED.code, refusals.GUARDED.code, refusals.DEVICE_MISMATCH.code)
_STOPPED = Words("外挂点击的应答：各行相加即全部", "Answers to the machines: the rows are all there were")
_STOPPED_SQL = "SELECT sum(attempts) FROM claim_attempt_count WHERE batch_id = $1 AND outcome = ANY ($2)"


def bot_taps(stage: Stage) -> list[GivenTap]:
    """One account that taps far faster than a hand can, each time under another key."""
    person = stage.city.people[0]
    batch_id = stage.story.batches["culture"].id
    return [
        tap(stage, person, person.accounts[0], batch_id, at_ms=number * _BOT_EVERY_MS, key=stage.key("bot"))
        for number in range(_BOT_TAPS)
    ]


def farm_taps(stage: Stage) -> list[GivenTap]:
    """Accounts of different people, all behind one address."""
    batch_id = stage.story.batches["culture"].id
    return [
        tap(
            stage, person, person.accounts[0], batch_id, at_ms=number * _FARM_EVERY_MS, key=stage.key("farm"),
            address=_FARM_ADDRESS,
        )
        for number, person in enumerate(stage.city.people[1 : 1 + _FARM])
    ]  # fmt: skip


def show_counts(stage: Stage, wall: Wall) -> None:
    """Answers to machines so far, by kind: each in one row, so that the rows add up to the figures above."""
    bot, story = stage.city.people[0].accounts[0].account, stage.story
    tapped = [one for one in story.claims if one.batch_id == story.batches["culture"].id]
    counts = (
        by_outcome(one for one in tapped if one.account == bot),
        by_outcome(one for one in tapped if one.account != bot),
        Counter(_later(stage)),
    )  # fmt: skip
    heads = (
        Words("应答", "Answer"), Words("一人连点", "One who taps"), Words("一址多号", "One address"),
        Words("之后单独再点", "Tapped again later"), Words("合计", "Sum"),
    )  # fmt: skip
    every = sum(counts, Counter[str]())
    lines: list[tuple[Cell, ...]] = [
        (heading(name), *(one[name] for one in counts), total) for name, total in every.most_common()
    ]
    lines.append((Words("合计", "Sum"), *(one.total() for one in counts), every.total()))
    wall.table(_STOPPED, heads, lines)
    wall.figure("外挂点击", "Machine taps", every.total())
    wall.figure("其中拦下", "Stopped", sum(every[code] for code in _GUARDS))


def _later(stage: Stage) -> list[str]:
    """Answers to the account that was frozen, which taps twice more when the crowd has gone."""
    told = stage.story.refusals
    return [told[when] or "issued" for when in (FROZEN_BOT, CONFIRMED_BOT) if when in told]


def stopped_told(stage: Stage, batch_id: str) -> int:
    """How many of the machines' taps were told that they were stopped."""
    told = [one.code for one in stage.story.claims if one.batch_id == batch_id]
    return sum(code in _GUARDS for code in (*told, *_later(stage)))


async def tap_again(stage: Stage, when: str) -> Words:
    """One tap of the account that was frozen; its answer is kept in the story under ``when``."""
    account = stage.city.people[0].accounts[0]
    body = b'{"device":"%s"}' % account.device.encode()
    batch_id, token = stage.story.batches["culture"].id, stage.story.tokens[account.account]
    code = (await stage.ask(routes.CLAIM, token, body, retries=0, batch_id=batch_id)).code
    stage.story.refusals[when] = code
    return refusal(code)


async def stopped_stored(stage: Stage, batch_id: str, seen: int) -> int:
    """What the platform has written down as stopped; it writes such counts once a second, not with each answer."""
    give_up_s = time.monotonic() + _COUNTED_WITHIN_S
    while True:
        stopped = await number(stage.database_url, _STOPPED_SQL, batch_id, list(_GUARDS))
        if stopped >= seen or time.monotonic() > give_up_s:
            return stopped
        await asyncio.sleep(_POLL_S)
