"""One trial, in a process of its own: ``python -m voucherlab.kill_trials.one --fault NAME --seed N --folder DIR``.

A platform of its own is started in the folder; a crowd claims in an open loop, asking again under its keys; the fault
is worked at a random moment; then everything is read again, judged, and written to ``result.json``.
"""

import argparse
import asyncio
import json
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from loadtest.agreed.adapter import adapter_of
from loadtest.agreed.plan import Step
from loadtest.agreed.target import Credentials, Target
from loadtest.cases.model import Case
from loadtest.evidence.exchange import Transcript
from loadtest.lab.lab import Lab
from loadtest.lab.world import Limits, World, open_world
from loadtest.scenarios.playing import play_step
from loadtest.scenarios.preparing import Prepared
from loadtest.verify.credentials import logins_of
from voucher_contract import routes
from voucherlab.kill_trials.faults import FAULTS, Fault
from voucherlab.kill_trials.judging import judge
from voucherlab.kill_trials.probing import Probes, drained, now, works_again
from voucherlab.kill_trials.scene import Scene
from voucherlab.kill_trials.staging import staged
from voucherlab.platform_process import ReadyPlatform

RESULT = "result.json"
_STRUCK_AT = (0.1, 0.7)
_PROBING_PEOPLE, _PROBES_EACH = 100, 50
_WIRE_SHARE = 0.3
_OPENS_IN_S = 1_800
# Far above what the probes ask for: only a limiter that lost its way over a clock can refuse them.
_PROBING_LIMIT = {"permits": 200, "window_ms": 1_000}


class Trial:
    """One fault, worked once on one platform."""

    def __init__(self, scene: Scene, fault: Fault, step: Step, seed: int) -> None:
        self._scene, self._fault, self._step, self._seed = scene, fault, step, seed
        self._struck_ns = 0
        self._recovery_s: float | None = None
        self._unmet: list[str] = []

    async def play(self, folder: Path) -> dict[str, Any]:
        """Play it and tell what came of it, as plain JSON."""
        world = await _world(self._scene.ready)
        try:
            probes = await _probes(world, self._scene.ready.base_url)
            await play_step(
                world, self._step, folder, target_base_url=self._scene.ready.base_url, seed=self._seed,
                restart=lambda: self._strike(probes), restart_at=self._scene.rng.uniform(*_STRUCK_AT),
            )  # fmt: skip
            await self._afterwards(world, folder, probes)
        finally:
            await world.close()
        judged = judge(folder, self._scene.ready.database_url, probed=probes.granted, struck_ns=self._struck_ns)
        if probes.too_early:
            self._unmet.append(f"{probes.too_early} claims were granted before the opening")
        told = asdict(judged)
        return {
            **told, "others": [*judged.others, *self._unmet], "recovery_seconds": self._recovery_s,
            "struck": self._fault.strike is not None,
        }  # fmt: skip

    async def _strike(self, probes: Probes) -> None:
        """Work the fault, then wait until everything works again: from then on reads are final."""
        over = asyncio.Event()
        knocking = asyncio.create_task(probes.knock(over))
        self._struck_ns, since = time.monotonic_ns(), now()
        if self._fault.strike is not None:
            await asyncio.to_thread(self._fault.strike, self._scene)
        healed_s = time.monotonic()
        granted_at, works_at = await asyncio.gather(probes.resumed(), self._works_again(since))
        over.set()
        await knocking
        if granted_at is None or works_at is None:
            self._unmet.append("claims did not go on by themselves")
            return
        if self._fault.strike is not None:
            self._recovery_s = round(max(granted_at, works_at) - healed_s, 3)

    async def _works_again(self, since: Any) -> float | None:
        if self._fault.part is None:
            return time.monotonic()
        return await works_again(self._scene, self._fault.part, since)

    async def _afterwards(self, world: World, folder: Path, probes: Probes) -> None:
        """Without hands: the journal drains, claims are granted, and the platform's own proof finds no fault."""
        if not await drained(self._scene):
            self._unmet.append("the journal does not drain")
        if await probes.resumed() is None:
            self._unmet.append("no claim is granted afterwards")
        line = world.line(Transcript("money"))
        money = await line.persist(
            routes.GET_MONEY, world.staff["auditor-1"], campaign_id=Prepared.read(folder).campaign_id
        )
        if not isinstance(money.value, dict) or not money.value["identity_ok"]:
            self._unmet.append("the money identity does not hold")


async def _world(ready: ReadyPlatform) -> World:
    target = Target(
        name="kill trial", base_url=ready.base_url, credentials=Credentials(staff_file=str(ready.staff_file))
    )
    return await open_world(
        base_url=ready.base_url, adapter=adapter_of(target), logins=logins_of(target), limits=Limits()
    )


async def _probes(world: World, base_url: str) -> Probes:
    lab = Lab(world, _CASE)
    limits = dict.fromkeys(("person", "device", "address", "batch"), _PROBING_LIMIT)
    open_spec = lab.spec(quota=_PROBING_PEOPLE * _PROBES_EACH, per_person_limit=_PROBES_EACH, rate_limits=limits)
    later = lab.now() + timedelta(seconds=_OPENS_IN_S)
    opened, unopened = await lab.batches([open_spec, lab.spec(claim_opens_at=later)])
    people = await lab.people(_PROBING_PEOPLE)
    return Probes(base_url, people, opened["id"], unopened["id"])


_CASE = Case(
    id="kill-trial", clauses=("N3.1",), basis="terms", must=False, kind="step", step="peak", title_zh="故障试验",
    title_en="Kill trial", expected_zh="已确认的领取一张不少",
)  # fmt: skip


def _step(fault: Fault, rate_per_s: float, seconds: float) -> Step:
    """More people than vouchers, and some who try twice: the batch sells out late in the peak."""
    arrivals = int(rate_per_s * seconds)
    return Step(
        name="peak", scenario="steady_peak", rate_per_s=rate_per_s, duration_s=seconds, people=int(arrivals * 0.8),
        quota=int(arrivals * 0.6), restart_during=True, faults=fault.wire, fault_share=_WIRE_SHARE,
    )  # fmt: skip


def main() -> None:
    """Play the trial that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", required=True, choices=FAULTS)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--rate", type=float, default=300.0, help="claims a second")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--folder", required=True, type=Path)
    asked = parser.parse_args()
    fault = FAULTS[asked.fault]
    begun = time.monotonic()
    with staged(fault, asked.seed, asked.folder) as scene:
        trial = Trial(scene, fault, _step(fault, asked.rate, asked.seconds), asked.seed)
        told = asyncio.run(trial.play(asked.folder / "step"))
    told["seconds"] = round(time.monotonic() - begun, 1)
    (asked.folder / RESULT).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
