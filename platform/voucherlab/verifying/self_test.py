"""The kill matrix: every defect must be found by a case made for it, and nobody lawful may be accused.

A bench is worth what it finds. Each defect of the faulty vendors is tried with its own cases; one that they miss is
tried with all functional cases, to see whether another one notices. Lawful platforms (the correct vendor, the lawful
variants, the reference) play every functional case in every repetition. Steps under load take longer: the first
repetition plays many of them on each platform, each further one a single step on a single platform, in turn.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from loadtest.agreed.plan import Plan
from loadtest.cases.model import all_cases
from loadtest.faulty_vendors.catalogue import Defect, all_defects
from loadtest.verify.plans import plan_named
from voucherlab.console import say
from voucherlab.verifying.kill_matrix import Matrix, matrix_for
from voucherlab.verifying.trials import REFERENCE, Workers

_RACY_AT_MOST = 20
_WITH_EVERY_STEP = frozenset({"correct", REFERENCE})
_TELLING_STEPS = frozenset({"opening_rush", "retry_storm", "redemption_rush", "mixed_day"})


def run_self_test(*, repetitions: int, json_file: Path | None) -> int:
    """Run it; 0 when every defect was found by its own case and nobody lawful was accused, else 1.

    ``repetitions`` are of the false-alarm part; racy defects are repeated up to twenty times, the others once. An
    existing ``json_file`` is gone on with until it holds that many. Raises ConfigurationError for a file of others.
    """
    plan = plan_named("selftest")
    matrix = matrix_for(plan, json_file)
    begun_s, before_s = time.monotonic(), matrix.seconds

    def save() -> None:
        matrix.seconds = before_s + time.monotonic() - begun_s
        if json_file is not None:
            matrix.write(json_file)

    asyncio.run(_run(matrix, plan, repetitions, save))
    _tell(matrix)
    return 0 if matrix.is_clean else 1


async def _run(matrix: Matrix, plan: Plan, repetitions: int, save: Callable[[], None]) -> None:
    known = all_defects().values()
    with Workers() as workers:
        tester = _Tester(matrix, plan, workers)
        lawful = ["correct", *(one.name for one in known if one.lawful), REFERENCE]

        async def repeat_lawful(until: int) -> None:
            while matrix.repetitions < until:
                await tester.try_lawful(lawful)
                matrix.repetitions += 1
                save()

        # The last one beside the hunts, to fill each other's time; before that, hunts would only hold them all up.
        await repeat_lawful(repetitions - 1)
        await asyncio.gather(repeat_lawful(repetitions), *(
            tester.hunt(defect, save)
            for defect in known if not defect.lawful
            for _ in range(_times(defect, repetitions) - matrix.tried[defect.name])
        ))  # fmt: skip
    save()


def _times(defect: Defect, repetitions: int) -> int:
    return min(repetitions, _RACY_AT_MOST) if defect.racy else 1


class _Tester:
    """Plays what the matrix still lacks, and notes what comes of it."""

    def __init__(self, matrix: Matrix, plan: Plan, workers: Workers) -> None:
        self._matrix, self._plan, self._workers = matrix, plan, workers
        self._functional = plan.model_copy(update={"steps": ()})

    async def try_lawful(self, platforms: Sequence[str]) -> None:
        """One repetition of the false-alarm part, noted once it is whole."""
        # The reference first: it takes longest.
        trials = [self._workers.try_out(vendor, self._functional) for vendor in reversed(platforms)]
        under_load = self._under_load(platforms)
        trials += [
            self._workers.try_out(vendor, self._plan, _cases_under_load(steps), load=True)
            for vendor, steps in under_load.items()
        ]
        for trial in await asyncio.gather(*trials):
            self._matrix.note_lawful(trial)
        for vendor in platforms:
            self._matrix.lawful_trials[vendor] += 1
        for vendor, steps in under_load.items():
            for step in steps:
                self._matrix.lawful_steps[f"{vendor}/{step}"] += 1

    def _under_load(self, platforms: Sequence[str]) -> dict[str, list[str]]:
        """The steps that each platform plays in this repetition."""
        names, turn = [step.name for step in self._plan.steps], self._matrix.repetitions
        if turn > 0:
            return {platforms[turn % len(platforms)]: [names[turn % len(names)]]}
        telling = [name for name in names if name in _TELLING_STEPS]
        return {vendor: names if vendor in _WITH_EVERY_STEP else telling for vendor in platforms}

    async def hunt(self, defect: Defect, save: Callable[[], None]) -> None:
        """One repetition of one defect."""
        own = [case for case in all_cases().values() if defect.name in case.kills]
        finders = await self._accusers(defect, [case.id for case in own if case.kind == "functional"])
        finders |= await self._accusers(defect, [case.id for case in own if case.kind != "functional"], load=True)
        self._matrix.tried[defect.name] += 1
        self._matrix.finders[defect.name] |= finders
        if finders:
            self._matrix.found[defect.name] += 1
        else:
            trial = await self._workers.try_out(defect.name, self._functional)
            self._matrix.other_finders[defect.name] |= {result.case_id for result in trial.accused_by()}
        save()

    async def _accusers(self, defect: Defect, case_ids: Sequence[str], *, load: bool = False) -> set[str]:
        if not case_ids:
            return set()
        trial = await self._workers.try_out(defect.name, self._plan, case_ids, load=load)
        return {result.case_id for result in trial.accused_by()}


def _cases_under_load(steps: Sequence[str]) -> list[str]:
    return [case.id for case in all_cases().values() if case.step in steps]


def _tell(matrix: Matrix) -> None:
    result = matrix.as_json()
    say(
        f"缺陷 {len(result['defects'])}，发现 {len(result['killed'])}，漏过 {len(result['missed'])}，"
        f"误报 {len(result['false_alarms'])}，{result['seconds']:.0f} 秒"
        f" / {len(result['killed'])} of {len(result['defects'])} defects found by their own cases"
    )
    for name in result["missed"]:
        say(f"  漏过 missed: {name}（其他用例 by others: {', '.join(result['found_by_others'].get(name, [])) or '—'}）")
    for alarm in (*result["false_alarms"], *result["spoilt"]):
        say(f"  误报 false alarm: {alarm['vendor']} {alarm['case']}: {alarm['actual']}")
