"""All eight steps without a person, for whoever wants the verdict: continuous integration, a rehearsal."""

import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voucherlab.guided.program import the_steps
from voucherlab.guided.showing import Check, Wall, Words
from voucherlab.guided.stage import Stage, open_stage
from voucherlab.guided.step import Step

STAGES = "guided"


async def play_step(step: Step, stage: Stage, wall: Wall) -> list[Check]:
    """Act, then check. What goes wrong becomes a check that does not hold, so a step always has a verdict."""
    try:
        await step.act(stage, wall)
        wall.say("核对数据库", "Looking into the database")
        checks = await step.check(stage)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the talk says what, and goes on with a reset
        traceback.print_exc()
        return [
            Check(
                Words("步骤未能完成", "The step could not be finished"),
                ok=False,
                detail=f"{error}"[:600] or repr(error),
            )
        ]
    wall.say("完成", "Done")
    return checks


def passed(checks: list[Check]) -> bool:
    """Whether a step with these checks passed: all hold, and there is at least one."""
    return bool(checks) and all(check.ok for check in checks)


async def walk(folder: Path, *, seed: int, begin: Callable[[Step], None] = lambda _step: None) -> list[dict[str, Any]]:
    """Play every step on a fresh platform below ``folder``; the first that fails is the last.

    Returns one entry a step for summary.json: id, clause, verdict (NOT_RUN after a failure) and the checks.
    """
    shutil.rmtree(folder / STAGES, ignore_errors=True)
    stage = await open_stage(folder / STAGES / "walk", seed=seed)
    told: list[dict[str, Any]] = []
    try:
        for step in the_steps():
            if told and told[-1]["verdict"] != "PASS":
                told.append(_entry(step, "NOT_RUN", []))
                continue
            begin(step)
            checks = await play_step(step, stage, Wall())
            told.append(_entry(step, "PASS" if passed(checks) else "FAIL", checks))
    finally:
        await stage.close()
    return told


def _entry(step: Step, verdict: str, checks: list[Check]) -> dict[str, Any]:
    return {
        "id": step.id, "clause": ", ".join(step.clauses), "title_zh": step.title.zh, "verdict": verdict,
        "checks": [{"zh": one.name.zh, "name": one.name.en, "ok": one.ok, "detail": _plain(one)} for one in checks],
    }  # fmt: skip


def _plain(check: Check) -> str:
    return check.detail.zh if isinstance(check.detail, Words) else str(check.detail)
