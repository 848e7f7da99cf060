"""The bench beside the talk. It works in the console's folder: officers find its runs and its sheet there again."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from voucher_console.bench.runs import CannotRun, Run, Runs
from voucherlab.errors import VoucherlabError
from voucherlab.guided.stage import Stage

_POLL_S = 0.1
_LONGEST_S = 180.0


def bench_folder(stage: Stage) -> Path:
    """Where the console of this stage keeps runs, comparisons and sheets."""
    return stage.folder / "bench"


async def run_bench(stage: Stage, runs: Runs, *, name: str, vendor: str, only: Sequence[str]) -> Run:
    """A run as the console would start it, to its end; given up with the step. Raises VoucherlabError or CannotRun."""
    by = await asyncio.to_thread(_officer, stage)
    run = await asyncio.to_thread(runs.start, name=name, target=vendor, plan="quick", only=only, by=by)
    try:
        async with asyncio.timeout(_LONGEST_S):
            while run.running:
                await asyncio.sleep(_POLL_S)
                run = await asyncio.to_thread(runs.one, name)
    except TimeoutError:
        raise VoucherlabError(f"{name} took longer than {_LONGEST_S:.0f} s:\n{run.output()}") from None
    finally:
        if run.running:
            await asyncio.shield(asyncio.to_thread(_give_up, runs, name, by))
    return run


def _officer(stage: Stage) -> str:
    """Only the bureau starts runs, so one of its officers has started this one."""
    staff = json.loads(stage.ready.staff_file.read_text(encoding="utf-8"))
    return str(next(one["name"] for one in staff if one["role"] == "bureau"))


def _give_up(runs: Runs, name: str, by: str) -> None:
    try:
        runs.abort(name, by=by)
    except CannotRun:
        return  # it has ended meanwhile
