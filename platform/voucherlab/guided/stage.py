"""The stage of one talk: a fresh small platform, the people who act on it, and what has happened so far."""

import asyncio
import itertools
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from merchant_sim.actors import officers
from merchant_sim.actors.desk import read_staff_file
from merchant_sim.actors.given_taps import Answer
from merchant_sim.actors.offices import Offices, open_offices
from merchant_sim.city import City, build_city
from merchant_sim.merchants import Merchant
from merchant_sim.people import Account
from merchant_sim.story.handover import Shop
from merchant_sim.story.plan import BEIJING
from voucher_contract.drivers.httpx_driver import run
from voucher_contract.models.campaigns import Batch
from voucher_contract.models.redemptions import Redemption
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform
from voucher_contract.routes import Route
from voucherlab.guided.plan import MERCHANTS, RESIDENTS
from voucherlab.guided.showing import Words
from voucherlab.platform_process import PlatformProcess, ReadyPlatform

_TIMEOUT_S = 30.0
_RETRIES = 20
_RUN_NAME = "guided"
# The simulated people have addresses of their own, and the moved clock is learnt of sooner than usual.
# Servers of its own, whatever this shell has set: a step kills one, and every talk begins empty.
_ENVIRONMENT = {
    "VOUCHERLAB_TRUST_FORWARDED_FOR": "1",
    "VOUCHERLAB_POLL_MS": "100",
    # Windows are cut by the clock: even the half of step 6's four hundred taps, on either side of a cut, is too many.
    "VOUCHERLAB_RISK_RULES": '{"claim_velocity": {"attempts": 150}}',
    "DATABASE_URL": "",
    "REDIS_URL": "",
}


@dataclass(frozen=True)
class Order:
    """An order that was sent to a till: what it was to show, and how it ended. ``due`` None: to be accepted."""

    what: Words
    batch: str
    voucher_id: str
    merchant: Merchant
    order_no: str
    total_fen: int
    due: tuple[str, ...]
    code: str | None
    redemption: Redemption | None

    @property
    def as_due(self) -> bool:
        """Whether it ended as it must."""
        return self.code in self.due if self.due else self.redemption is not None


@dataclass
class Story:
    """What the steps so far have done; each adds its own."""

    campaign_id: str = ""
    round_id: str = ""
    batches: dict[str, Batch] = field(default_factory=dict)
    in_hand: Batch | None = None
    refusals: dict[str, str | None] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    claims: list[Answer] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    bad_rows: int = 0
    bad_cells: int = 0
    not_admitted: int = 0
    confirmed_before_kill: int = 0
    epoch_before_kill: int = 0
    granted_after_kill: int = 0
    returned_by: str = ""
    report: dict[str, Any] = field(default_factory=dict)


@dataclass
class Stage:
    """One platform with its city and its officers. ``folder`` holds what the guide hands out."""

    folder: Path
    platform: PlatformProcess
    ready: ReadyPlatform
    http: httpx.AsyncClient
    offices: Offices
    city: City
    first_day: date
    story: Story = field(default_factory=Story)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def database_url(self) -> str:
        """For statements of our own; holds a password."""
        return self.ready.database_url

    @property
    def phone(self) -> Account:
        """Whose phone page stands beside the curves: nobody taps for this person but whoever holds the phone."""
        return self.city.people[-1].accounts[0]

    def key(self, what: str) -> str:
        """A fresh idempotency key or order number of this talk."""
        return f"{_RUN_NAME}-{what}-{next(self._numbers):08d}"

    def account(self, name: str) -> Account:
        """An account of the city by its name."""
        return self.city.people[self.person_no(name)].accounts[int(name.split("-")[3])]

    @staticmethod
    def person_no(name: str) -> int:
        """Whose account it is."""
        return int(name.split("-")[2])

    async def ask(
        self, route: Route, token: str, body: object = None, *, query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None, retries: int = _RETRIES, **path_values: str,
    ) -> Outcome:  # fmt: skip
        """One request of a consumer or a till, again while it was not executed."""
        key = self.key(route.name.replace("_", "-")) if route.keyed else None
        request = call(
            route, token=token, key=key, body=body, query=query, headers=headers, **path_values  # type: ignore[arg-type]
        )  # fmt: skip
        return await run(perform(route, request, retries=retries), self.http)

    async def close(self) -> None:
        """Stop the platform and remove all it left; returns when it is gone."""
        await self.http.aclose()
        await asyncio.to_thread(self.platform.stop)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)


async def open_stage(folder: Path, *, seed: int, host: str = "127.0.0.1") -> Stage:
    """Start a platform below ``folder`` and sign the officers in. Raises VoucherlabError or Unexpected."""
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
    platform = PlatformProcess(folder / "data", arguments=("--sandbox", "--host", host), environment=_ENVIRONMENT)
    try:
        ready, city = await asyncio.gather(
            asyncio.to_thread(platform.start), asyncio.to_thread(build_city, seed, RESIDENTS, MERCHANTS)
        )
        http = httpx.AsyncClient(base_url=ready.base_url, timeout=_TIMEOUT_S, trust_env=False)
        offices = await open_offices(http, read_staff_file(ready.staff_file), run_name=_RUN_NAME)
        today = (await officers.read_clock(offices)).astimezone(BEIJING).date()
        return Stage(folder, platform, ready, http, offices, city, today + timedelta(days=1))
    except BaseException:
        await asyncio.shield(asyncio.to_thread(platform.stop))
        raise
