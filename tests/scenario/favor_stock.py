"""An emulated favor-stock vendor and its tester, over real HTTP."""

import asyncio
import os
import time
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from loadtest.agreed.adapter import adapter_of, text_of
from loadtest.agreed.reading import read_agreed
from loadtest.agreed.target import Target
from loadtest.cases.model import Case, all_cases
from loadtest.cases.playing import judge_played, load_plays, play_all
from loadtest.evidence.result import CaseResult
from loadtest.favor_stock_vendor.process import SIGNING_KEY_ENV, ReadyVendor
from loadtest.lab.given import people_of, shops_of
from loadtest.lab.line import new_key
from loadtest.lab.staff import Login
from loadtest.lab.world import Limits, open_world
from voucher_contract import routes
from voucher_contract.adapters.favor_stock.adapter import FavorStockAdapter
from voucher_contract.adapters.favor_stock.wire import Answer, Asking, Wire
from voucher_contract.adapters.native import NativeAdapter
from voucher_contract.adapters.protocol import Adapter, Request
from voucher_contract.operations.protocol import Call, Outcome, Reply, Wait
from voucher_contract.routes import Route

_USUAL = Limits()


def target_of(ready: ReadyVendor) -> Target:
    """Its target file, with the tester's key in the environment."""
    os.environ[SIGNING_KEY_ENV] = ready.private_key_pem
    return read_agreed(ready.target_file, Target)


def functional(ids: Sequence[str] = ()) -> list[Case]:
    """All functional cases that have a function, or those named."""
    plays = load_plays()
    return [case for case in all_cases().values() if case.id in plays and (not ids or case.id in ids)]


def verdicts_on_emulated(ready: ReadyVendor, cases: Sequence[Case], limits: Limits = _USUAL) -> dict[str, CaseResult]:
    """The cases played through the adapter."""
    people = people_of(text_of("people_csv", str(ready.people_csv)))
    shops = shops_of(text_of("shops_csv", str(ready.shops_csv)))
    adapter = adapter_of(target_of(ready))
    played = _played(cases, base_url=ready.base_url, adapter=adapter, limits=limits, csv_people=people, shops=shops)
    return asyncio.run(played)


def verdicts_on_native(base_url: str, logins: Sequence[Login], cases: Sequence[Case]) -> dict[str, CaseResult]:
    """The cases played on a platform that speaks the contract."""
    return asyncio.run(_played(cases, base_url=base_url, adapter=NativeAdapter(), limits=_USUAL, logins=logins))


async def _played(
    cases: Sequence[Case],
    *,
    base_url: str,
    adapter: Adapter,
    limits: Limits,
    logins: Sequence[Login] = (),
    **given: Any,
) -> dict[str, CaseResult]:
    world = await open_world(base_url=base_url, adapter=adapter, logins=logins, limits=limits, **given)
    try:
        played = await play_all(world, cases)
    finally:
        await world.close()
    by_id = {case.id: case for case in cases}
    return {one.case_id: judge_played(by_id[one.case_id], one) for one in played}


class Tester:
    """Somebody with the tester's key: raw signed requests, and operations of the contract."""

    __test__ = False  # no class of tests, whatever its name begins with

    def __init__(self, ready: ReadyVendor) -> None:
        adapter = adapter_of(target_of(ready))
        assert isinstance(adapter, FavorStockAdapter)
        self.ready, self.adapter = ready, adapter
        self.client = httpx.Client(base_url=ready.base_url, trust_env=False, timeout=10)
        self.users = iter([user.openid for user in ready.settings.users])
        self.shop = next(iter(self.wire.account.shops.values()))

    @property
    def wire(self) -> Wire:
        """The adapter's signed line."""
        return self.adapter._wire

    def drive(self, operation: Generator[Call | Wait, Reply | None, Any]) -> Any:
        """Run an operation, or one request of the wire."""
        given: Reply | None = None
        while True:
            try:
                step = operation.send(given)
            except StopIteration as stop:
                return stop.value
            if isinstance(step, Wait):
                time.sleep(step.seconds)
                given = None
                continue
            got = self.client.request(step.method, step.path, headers=step.headers, content=step.body)
            given = Reply(got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.content)

    def ask(self, asking: Asking[Answer]) -> Answer:
        """One request of the wire."""
        answer: Answer = self.drive(asking)
        return answer

    def do(
        self, route: Route, who: str, token: str | None, body: Mapping[str, Any] | None = None, **path: str
    ) -> Outcome:
        """One operation of the contract under a fresh key."""
        raw = None if body is None else httpx.Request("POST", "/", json=dict(body)).content
        key = new_key() if route.keyed else None
        outcome: Outcome = self.drive(self.adapter.start(Request(route, who, token, key, raw, path_values=path)))
        return outcome

    def batch(self, **changes: Any) -> str:
        """A running batch 满100减30 for the first shop's industry and district; its number."""
        now = datetime.now(UTC)
        spec = {
            "name": "检验券", "face_fen": 3_000, "threshold_fen": 10_000, "quota": 10,
            "categories": [self.shop.category], "districts": [self.shop.district], "claim_opens_at": now.isoformat(),
            "claim_closes_at": (now + timedelta(days=10)).isoformat(), "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(days=20)).isoformat(), "per_person_limit": 5, **changes,
        }  # fmt: skip
        raw = httpx.Request("POST", "/", json=spec).content
        operation = self.adapter.publish_batch(Request(routes.CREATE_BATCH, "bureau-1", None, new_key(), raw))
        outcome: Outcome = self.drive(operation)
        assert outcome.kind == "ok", outcome
        return str(outcome.value.id)

    def voucher(self, openid: str, batch_id: str) -> Any:
        """A voucher of that user."""
        outcome = self.do(routes.CLAIM, "person-1", openid, {}, batch_id=batch_id)
        assert outcome.kind == "ok", outcome
        return outcome.value

    def redeem(self, code: str, total: int = 10_000) -> Outcome:
        """An order of that many fen at the first shop."""
        till = min(self.shop.tills)
        body = {"code": code, "order_no": new_key(), "till_number": till, "order_total_fen": total}
        return self.do(routes.REDEEM, f"merchant-{till}", self.shop.mchid, body)

    def refund(self, redemption_id: str, amount: int) -> Outcome:
        """A refund at the first shop."""
        return self.do(
            routes.REFUND, "merchant-1", self.shop.mchid, {"amount_fen": amount}, redemption_id=redemption_id
        )
