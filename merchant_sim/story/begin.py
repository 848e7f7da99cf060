"""Before the first step: is the platform able to take part, and when would the round begin?"""

from datetime import timedelta

import httpx

from merchant_sim.actors import officers
from merchant_sim.actors.desk import Login, Unexpected
from merchant_sim.actors.offices import open_offices
from merchant_sim.story.plan import BEIJING, RoundPlan
from voucher_contract import routes
from voucher_contract.drivers.httpx_driver import run
from voucher_contract.models.campaigns import CampaignPage
from voucher_contract.models.system import Meta
from voucher_contract.operations.request import call, perform

_NEEDED = ("sandbox_clock", "sandbox_people")


async def plan_round(
    http: httpx.AsyncClient, *, seed: int, scale: float, own_addresses: bool, staff: list[Login]
) -> tuple[RoundPlan, str]:
    """The round's plan: it opens on the business day after the platform's present one.

    The run's name counts the campaigns that are there already, so a fresh platform always gets the same name, and
    two rounds at one platform never share a key. Raises Unexpected when a capability is missing.
    """
    await _refuse_unable(http)
    offices = await open_offices(http, staff, run_name=f"s{seed}-planning")
    campaigns = await offices.auditor.do(routes.LIST_CAMPAIGNS, CampaignPage, query={"limit": "200"})
    name = f"s{seed % 10**9}-{len(campaigns.items)}"
    today = (await officers.read_clock(offices)).astimezone(BEIJING).date()
    return RoundPlan(seed, scale, name, today + timedelta(days=1), own_addresses), name


async def _refuse_unable(http: httpx.AsyncClient) -> None:
    outcome = await run(perform(routes.META, call(routes.META), retries=5), http)
    meta = outcome.value
    if not isinstance(meta, Meta):
        raise Unexpected(f"no platform answers at {http.base_url}: {outcome.status} {outcome.raw[:200]!r}")
    missing = [name for name in _NEEDED if name not in meta.capabilities]
    if missing:
        raise Unexpected(f"the platform does not offer {', '.join(missing)}: a round cannot be simulated there")
