"""The kill matrix: every defect must be found by a case made for it, and nobody lawful may be accused.

A bench is worth what it finds. Each defect of the faulty vendors is tried with its own cases; one that they miss is
tried with all functional cases, to see whether another one notices. The correct vendor and the
reference are tried with everything, the lawful variants with all functional cases and the most telling steps.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtest.agreed.plan import Plan
from loadtest.cases.model import all_cases
from loadtest.faulty_vendors.catalogue import Defect, all_defects
from loadtest.machine import stamp, versions
from loadtest.verify.plans import plan_named
from voucherlab.console import say
from voucherlab.verifying.trials import REFERENCE, Trial, try_out

_AT_ONCE = 4
_RACY_AT_MOST = 20
_WITH_EVERYTHING = frozenset({"correct", REFERENCE})
_TELLING_STEPS = frozenset({"opening_rush", "retry_storm", "redemption_rush", "mixed_day"})


@dataclass
class Matrix:
    """What the self-test found. ``found`` and ``tried`` count repetitions by defect."""

    repetitions: int
    tried: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    finders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    other_finders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    false_alarms: list[dict[str, str]] = field(default_factory=list)
    spoilt: list[dict[str, str]] = field(default_factory=list)
    clean_trials: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: names sorted; ``rates`` tells how often each defect was found by its own case."""
        defects = sorted(self.tried)
        killed = [name for name in defects if self.found[name] == self.tried[name]]
        missed = [name for name in defects if self.found[name] < self.tried[name]]
        return {
            "defects": defects, "killed": killed, "missed": missed,
            "killed_by_other_case": sorted(name for name in missed if self.other_finders[name]),
            "false_alarms": self.false_alarms, "repetitions": self.repetitions, "spoilt": self.spoilt,
            "rates": {name: {"found": self.found[name], "tried": self.tried[name]} for name in defects},
            "found_by": {name: sorted(self.finders[name]) for name in defects},
            "found_by_others": {name: sorted(who) for name, who in sorted(self.other_finders.items()) if who},
            "lawful_trials": dict(sorted(self.clean_trials.items())),
        }  # fmt: skip


def run_self_test(*, repetitions: int, json_file: Path | None) -> int:
    """Run it; 0 when every defect was found by its own case and nobody lawful was accused, else 1.

    ``repetitions`` are of the false-alarm part; racy defects are repeated up to twenty times, the others once.
    """
    started = time.monotonic()
    matrix = asyncio.run(_run(repetitions))
    result = {
        **matrix.as_json(), **stamp(), "versions": versions(),
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip
    if json_file is not None:
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _tell(result)
    return 1 if result["missed"] or result["false_alarms"] or result["spoilt"] else 0


async def _run(repetitions: int) -> Matrix:
    plan, matrix = plan_named("selftest"), Matrix(repetitions)
    known = all_defects().values()
    lawful = ["correct", *(one.name for one in known if one.lawful), REFERENCE]
    for _ in range(repetitions):
        for vendor in lawful:
            _note_lawful(matrix, await try_out(vendor, plan if vendor in _WITH_EVERYTHING else _shorter(plan)))
    at_once, alone = asyncio.Semaphore(_AT_ONCE), asyncio.Lock()
    await asyncio.gather(*(
        _hunt(matrix, plan, defect, at_once, alone)
        for defect in known if not defect.lawful for _ in range(_times(defect, repetitions))
    ))  # fmt: skip
    return matrix


def _shorter(plan: Plan) -> Plan:
    """For lawful variants: all functional cases, and the steps in which being different matters most."""
    return plan.model_copy(update={"steps": tuple(step for step in plan.steps if step.name in _TELLING_STEPS)})


def _times(defect: Defect, repetitions: int) -> int:
    return min(repetitions, _RACY_AT_MOST) if defect.racy else 1


async def _hunt(matrix: Matrix, plan: Plan, defect: Defect, at_once: asyncio.Semaphore, alone: asyncio.Lock) -> None:
    """One repetition of one defect. Functional cases of several run side by side; load runs alone on the machine."""
    own = [case for case in all_cases().values() if defect.name in case.kills]
    async with at_once:
        functional = await _accusers(defect, plan, [case.id for case in own if case.kind == "functional"])
    async with alone:
        under_load = await _accusers(defect, plan, [case.id for case in own if case.kind != "functional"])
    matrix.tried[defect.name] += 1
    finders = functional | under_load
    matrix.finders[defect.name] |= finders
    if finders:
        matrix.found[defect.name] += 1
        return
    async with alone:
        trial = await try_out(defect.name, plan.model_copy(update={"steps": ()}))
    matrix.other_finders[defect.name] |= {result.case_id for result in trial.accused_by()}


async def _accusers(defect: Defect, plan: Plan, case_ids: Sequence[str]) -> set[str]:
    if not case_ids:
        return set()
    trial = await try_out(defect.name, plan, case_ids)
    return {result.case_id for result in trial.accused_by()}


def _note_lawful(matrix: Matrix, trial: Trial) -> None:
    matrix.clean_trials[trial.vendor] += 1
    for kind, results in (("false_alarms", trial.accused_by()), ("spoilt", trial.spoilt())):
        getattr(matrix, kind).extend(
            {"vendor": trial.vendor, "case": one.case_id, "actual": one.actual_zh or one.reason_zh} for one in results
        )


def _tell(result: dict[str, Any]) -> None:
    say(
        f"缺陷 {len(result['defects'])}，发现 {len(result['killed'])}，漏过 {len(result['missed'])}，"
        f"误报 {len(result['false_alarms'])}，{result['seconds']:.0f} 秒"
        f" / {len(result['killed'])} of {len(result['defects'])} defects found by their own cases"
    )
    for name in result["missed"]:
        say(f"  漏过 missed: {name}（其他用例 by others: {', '.join(result['found_by_others'].get(name, [])) or '—'}）")
    for alarm in (*result["false_alarms"], *result["spoilt"]):
        say(f"  误报 false alarm: {alarm['vendor']} {alarm['case']}: {alarm['actual']}")
