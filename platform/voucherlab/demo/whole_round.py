"""The round of the demo at a platform that has just been started."""

from pathlib import Path

import httpx

from merchant_sim.actors.desk import read_staff_file
from merchant_sim.actors.offices import open_offices
from merchant_sim.story.begin import plan_round
from merchant_sim.story.results import Results
from merchant_sim.story.voucher_round import VoucherRound
from merchant_sim.story.watching import Watcher
from voucherlab.platform_process import ReadyPlatform

_TIMEOUT_S = 60.0


async def play_round(ready: ReadyPlatform, out: Path, *, seed: int, scale: float, watcher: Watcher) -> Results:
    """Play it over HTTP alone. Raises Unexpected, or httpx.HTTPError when the platform is gone."""
    staff = read_staff_file(ready.staff_file)
    async with httpx.AsyncClient(base_url=ready.base_url, timeout=_TIMEOUT_S, trust_env=False) as http:
        plan, run_name = await plan_round(http, seed=seed, scale=scale, own_addresses=True, staff=staff)
        offices = await open_offices(http, staff, run_name=run_name)
        return await VoucherRound(plan, offices, ready.base_url, out, watcher).play()
