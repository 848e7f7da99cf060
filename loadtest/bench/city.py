"""The people and batches of a benchmark, made through the contract before anything is measured."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from loadtest.bench.generators.request_file import Seat
from loadtest.cases.model import Case
from loadtest.lab.lab import Lab
from loadtest.lab.staff import CannotPlay, Login, id_number
from loadtest.lab.world import Limits, World, open_world
from voucher_contract import routes
from voucher_contract.adapters.native import NativeAdapter
from voucher_contract.models.system import SandboxPeople

_PEOPLE_A_CALL = 10_000
_CALL_S = 120.0
_BATCHES_A_ROUND = 50
_FACE_FEN = 3_000
_CASE = Case(
    id="bench", clauses=("N3.1",), basis="terms", must=False, kind="functional", title_zh="性能测量",
    title_en="A benchmark", expected_zh="准备",
)  # fmt: skip
# Every limit is on and charged at each attempt; none is reached, since each person, device and address asks seldom.
LIMITS: dict[str, Any] = {
    "person": {"permits": 1_000, "window_ms": 60_000},
    "device": {"permits": 1_000, "window_ms": 60_000},
    "address": {"permits": 10_000, "window_ms": 60_000},
    "batch": {"permits": 10_000_000, "window_ms": 10_000},
}


@dataclass(frozen=True)
class City:
    """A running sandbox as its officers see it."""

    base_url: str
    staff_file: Path

    def people(self, count: int) -> list[Seat]:
        """So many strangers with their tokens, each with a device and an address of their own."""
        return asyncio.run(self._people(count))

    def batches(self, quotas: Sequence[int]) -> list[str]:
        """The ids of published, open batches with those quotas, all limits on, one voucher a person."""
        return asyncio.run(self._batches(quotas))

    def stop(self, batch_ids: Sequence[str]) -> None:
        """End claiming of these batches for good: the hot store need not hold them after a restart."""
        asyncio.run(self._stop(batch_ids))

    async def _people(self, count: int) -> list[Seat]:
        world = await self._world()
        try:
            token = world.staff["operator-1"].token or ""
        finally:
            await world.close()
        run = secrets.randbelow(20_000_000)
        seats: list[Seat] = []
        async with httpx.AsyncClient(base_url=self.base_url, timeout=_CALL_S, trust_env=False) as client:
            for start in range(run, run + count, _PEOPLE_A_CALL):
                numbers = range(start, min(start + _PEOPLE_A_CALL, run + count))
                seats += await _create(client, token, [_account(number) for number in numbers])
        return seats

    async def _batches(self, quotas: Sequence[int]) -> list[str]:
        world = await self._world()
        try:
            lab = Lab(world, _CASE)
            campaign = await lab.campaign(_FACE_FEN * sum(quotas))
            ids: list[str] = []
            for start in range(0, len(quotas), _BATCHES_A_ROUND):
                specs = [
                    lab.spec(quota=quota, face_fen=_FACE_FEN, rate_limits=LIMITS)
                    for quota in quotas[start : start + _BATCHES_A_ROUND]
                ]
                ids += [str(made["id"]) for made in await lab.batches(specs, campaign)]
        finally:
            await world.close()
        return ids

    async def _stop(self, batch_ids: Sequence[str]) -> None:
        world = await self._world()
        try:
            lab = Lab(world, _CASE)
            for batch_id in batch_ids:
                lab.got(await lab.act(routes.STOP_BATCH, batch_id=batch_id))
        finally:
            await world.close()

    async def _world(self) -> World:
        logins = [Login(one["role"], one["login"], one["password"]) for one in json.loads(self.staff_file.read_text())]
        return await open_world(base_url=self.base_url, adapter=NativeAdapter(), logins=logins, limits=Limits())


def _account(number: int) -> dict[str, str]:
    return {
        "account": f"bench-{number}", "phone": f"1003{number % 10**7:07d}", "card": f"000001{number:013d}",
        "id_number": id_number(number), "device": f"bench-{number}", "home_district": "510681001",
    }  # fmt: skip


async def _create(client: httpx.AsyncClient, token: str, accounts: list[dict[str, str]]) -> list[Seat]:
    route = routes.CREATE_PEOPLE
    reply = await client.request(
        route.method, route.path, json={"people": accounts}, headers={"Authorization": f"Bearer {token}"}
    )
    if reply.status_code != route.status:
        raise CannotPlay(f"people cannot be created: {reply.status_code} {reply.text[:300]}")
    made = {one.account: one.token for one in SandboxPeople.model_validate_json(reply.content).people}
    return [Seat(made[one["account"]], one["device"], _address(one["device"])) for one in accounts]


def _address(device: str) -> str:
    number = int(device.rpartition("-")[2])
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
