"""Plays functional cases side by side and judges what they noted. Playing and judging are apart: the judgement can
be made again from what was stored.
"""

import asyncio
import importlib
import json
import pkgutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from loadtest.cases import plays
from loadtest.cases.model import Case
from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation, Judged, judge
from loadtest.evidence.result import CaseResult, Witness
from loadtest.lab.conductor import CannotWait
from loadtest.lab.lab import Lab, NotApplicable
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import World
from loadtest.verdicts import Verdict

Play = Callable[[Lab], Awaitable[None]]
Ending = Literal["done", "cannot_play", "not_applicable", "our_fault"]
PLAYS: dict[str, Play] = {}


def play(case_id: str) -> Callable[[Play], Play]:
    """Registers the function that plays a case of the registry."""

    def register(function: Play) -> Play:
        if case_id in PLAYS:
            raise ValueError(f"case {case_id} has two functions")
        PLAYS[case_id] = function
        return function

    return register


def load_plays() -> dict[str, Play]:
    """Every case's function; imports the modules of ``plays``."""
    for module in pkgutil.iter_modules(plays.__path__):
        importlib.import_module(f"{plays.__name__}.{module.name}")
    return PLAYS


@dataclass(frozen=True)
class Played:
    """All that is kept of a case that was played: how it ended, its exchanges and what it expected."""

    case_id: str
    ending: Ending
    why: str
    exchanges: tuple[Exchange, ...]
    expectations: tuple[Expectation, ...]
    seconds: float

    def write(self, folder: Path) -> None:
        """Store it as ``<case>.json`` in ``folder``."""
        flat = {
            "case_id": self.case_id, "ending": self.ending, "why": self.why, "seconds": self.seconds,
            "exchanges": [one.as_json() for one in self.exchanges],
            "expectations": [one.as_json() for one in self.expectations],
        }  # fmt: skip
        text = json.dumps(flat, ensure_ascii=False, indent=1)
        (folder / f"{self.case_id}.json").write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The inverse of ``write``."""
        flat: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        exchanges = tuple(Exchange.from_json(one) for one in flat.pop("exchanges"))
        expectations = tuple(Expectation.from_json(one) for one in flat.pop("expectations"))
        return cls(**flat, exchanges=exchanges, expectations=expectations)


async def play_all(
    world: World, cases: Sequence[Case], keep: Callable[[Played], None] = lambda _: None
) -> list[Played]:  # fmt: skip
    """Play all of them at once: the line bounds what is in flight, the conductor moves the clock.

    ``keep`` gets each as it ends, so that a run which is broken off has lost none that were whole.
    """
    load_plays()
    for _ in cases:
        world.conductor.enter()
    return list(await asyncio.gather(*(_play_one(world, case, keep) for case in cases)))


async def _play_one(world: World, case: Case, keep: Callable[[Played], None]) -> Played:
    started = time.monotonic()
    lab = Lab(world, case)
    ending: Ending = "done"
    why = ""
    try:
        _refuse_if_missing(world, case)
        await PLAYS[case.id](lab)
    except NotApplicable as error:
        ending, why = "not_applicable", str(error)
    except (CannotPlay, CannotWait) as error:
        ending, why = "cannot_play", str(error)
    except Exception as error:  # noqa: BLE001 - a fault of the case is ours, and must not end the other cases
        ending, why = "our_fault", f"{type(error).__name__}: {error}"
    finally:
        world.conductor.leave()
    exchanges = tuple(sorted(lab.transcript.exchanges, key=lambda one: one.number))
    seconds = round(time.monotonic() - started, 3)
    played = Played(case.id, ending, why, exchanges, tuple(lab.expectations), seconds)
    keep(played)
    return played


def _refuse_if_missing(world: World, case: Case) -> None:
    if case.wire == "native" and world.adapter.name != "native":
        raise NotApplicable("该用例检查规范自身的报文格式，对其他接口不适用")
    capabilities = set(world.meta["capabilities"])
    for need in case.needs:
        reason = world.adapter.missing(need)
        if reason is not None:
            raise NotApplicable(reason)
        if need in _CAPABILITIES and need not in capabilities:
            raise NotApplicable(f"平台未声明能力 {need}")


_CAPABILITIES = frozenset({
    "sandbox_clock", "sandbox_people", "geofence", "dynamic_code", "callbacks", "audit_export", "risk_alerts",
    "live_figures", "round_report", "voucher_use", "round_drafts", "look_up",
})  # fmt: skip


def judge_played(case: Case, played: Played) -> CaseResult:
    """What a played case comes to. Nothing expected, or not all that was meant to be, is never a PASS."""
    judged = [judge(one, played.exchanges) for one in played.expectations]
    failed = [one for one in judged if one.holds is False]
    open_ones = [one for one in judged if one.holds is None]
    verdict, reason_zh, reason_en = _verdict(case, played, failed, open_ones)
    return CaseResult(
        case_id=case.id, verdict=verdict, reason_zh=reason_zh, reason_en=reason_en, expected_zh=case.expected_zh,
        actual_zh=_actual(failed) if failed else reason_zh,
        witnesses=tuple(_witness(one, played) for one in failed[:3]),
        expectations=len(judged), seconds=played.seconds,
    )  # fmt: skip


def _verdict(  # noqa: PLR0911 - one line a reason, in the order in which they count
    case: Case, played: Played, failed: Sequence[Judged], open_ones: Sequence[Judged]
) -> tuple[Verdict, str, str]:
    if failed:
        hard = case.must and case.basis != "good_practice"
        expectation = failed[0].expectation
        return (Verdict.FAIL if hard else Verdict.WARN), f"不符合：{expectation.zh}", f"not so: {expectation.en}"
    if played.ending == "our_fault":
        return Verdict.INVALID, f"测试程序自身出错：{played.why}", f"a fault of the bench: {played.why}"
    if played.ending == "not_applicable":
        return Verdict.NOT_APPLICABLE, played.why, played.why
    if played.ending == "cannot_play":
        return Verdict.INCONCLUSIVE, f"前置步骤未成功：{played.why}", f"a preparing step failed: {played.why}"
    if not played.expectations:
        return Verdict.INCONCLUSIVE, "没有作出任何检查", "nothing was checked"
    if open_ones:
        return Verdict.INCONCLUSIVE, f"无法判定：{open_ones[0].why}", f"undecidable: {open_ones[0].why}"
    return Verdict.PASS, "", ""


def _actual(failed: Sequence[Judged]) -> str:
    return "；".join(
        f"{one.expectation.zh}：应 {_words(one)}，实际 {one.left!r}{f'（{one.why}）' if one.why else ''}"
        for one in failed[:5]
    )


def _words(judged: Judged) -> str:
    signs = {"eq": "=", "ne": "≠", "le": "≤", "ge": "≥", "lt": "<", "gt": ">", "in": "属于", "not_in": "不属于"}
    return f"{signs[judged.expectation.relation]} {judged.right!r}"


def _witness(judged: Judged, played: Played) -> Witness:
    looked_at = set(judged.expectation.exchanges())
    earlier = {call for one in played.exchanges if one.number in looked_at for call in one.earlier_calls}
    numbers = looked_at | earlier
    return Witness(
        check="expectation", statement_zh=judged.expectation.zh, statement_en=judged.expectation.en,
        facts={"expectation": judged.expectation.as_json(), "left": judged.left, "right": judged.right},
        exchanges=[one.as_json() for one in played.exchanges if one.number in numbers],
    )  # fmt: skip
