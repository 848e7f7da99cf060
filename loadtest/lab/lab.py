"""The desk of one case: it acts through its line, and notes what it expects, as data."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from loadtest.cases.model import Case
from loadtest.evidence.exchange import Exchange, Transcript
from loadtest.evidence.expectation import Expectation, Fold, Look, Of, Relation, Term
from loadtest.lab.line import Body, Caller, Line, NotApplicable
from loadtest.lab.staff import CannotPlay, Shop, roster_row
from loadtest.lab.world import World
from voucher_contract import routes
from voucher_contract.routes import ROUTES, Route

__all__ = ["Lab", "NotApplicable", "every", "folded", "look"]


class Lab:
    """What a case's function is given. Acts: ``do`` (whatever comes), ``must`` (preparation). Notes: ``expect…``."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.transcript = Transcript(case.id)
        self.line: Line = world.line(self.transcript)
        self.expectations: list[Expectation] = []
        self.maker, self.checker = world.staff["bureau-1"], world.staff["bureau-2"]
        self.operator, self.auditor = world.staff["operator-1"], world.staff["auditor-1"]

    # --- acting ---------------------------------------------------------------------------------------------------
    async def do(self, route: Route, caller: Caller, *, body: Body = None, **asked: Any) -> Exchange:
        """One operation, again under the same key while the platform says "later". What came, whatever it is."""
        return await self.line.persist(route, caller, body=body, **asked)

    async def once(self, route: Route, caller: Caller, *, body: Body = None, **asked: Any) -> Exchange:
        """One operation, sent once: for rate limits, lost replies and wrong requests."""
        return await self.line.send(route, caller, body=body, **asked)

    async def must(self, route: Route, caller: Caller, *, body: Body = None, **asked: Any) -> dict[str, Any]:
        """Preparation: the value of an operation that has to succeed. Raises CannotPlay."""
        return self.got(await self.do(route, caller, body=body, **asked))

    def got(self, exchange: Exchange) -> dict[str, Any]:
        """The value of a success. Raises CannotPlay for anything else."""
        if exchange.outcome != "ok" or not isinstance(exchange.value, dict):
            what = f"{exchange.status} {exchange.code or exchange.outcome}"
            raise CannotPlay(f"{exchange.operation} (exchange {exchange.number}): {what}")
        return exchange.value

    # --- expecting ------------------------------------------------------------------------------------------------
    def expect(self, left: Term, relation: Relation, right: Term, zh: str, en: str, *, spec: str = "") -> None:
        """Note a comparison; see ``expectation``."""
        self.expectations.append(Expectation(left, relation, right, zh, en, spec))

    def expect_ok(self, exchange: Exchange, zh: str, en: str, *, spec: str = "") -> None:
        """The operation took effect."""
        self.expect(look(exchange, "/outcome"), "eq", "ok", zh, en, spec=spec)

    def expect_refused(
        self, exchange: Exchange, codes: str | Sequence[str], zh: str, en: str, *, spec: str = ""
    ) -> None:
        """The operation was refused with one of ``codes``."""
        allowed = [codes] if isinstance(codes, str) else list(codes)
        self.expect(look(exchange, "/code"), "in", allowed, zh, en, spec=spec)

    def expect_value(self, exchange: Exchange, field: str, value: Any, zh: str, en: str, *, spec: str = "") -> None:
        """A field of the reply (JSON pointer below the value, such as ``/paid_fen``) has this value."""
        self.expect(look(exchange, f"/value{field}"), "eq", value, zh, en, spec=spec)

    def expect_same(self, first: Exchange, second: Exchange, field: str, zh: str, en: str, *, spec: str = "") -> None:
        """The same field of two replies agrees."""
        self.expect(look(first, f"/value{field}"), "eq", look(second, f"/value{field}"), zh, en, spec=spec)

    # --- time -----------------------------------------------------------------------------------------------------
    def now(self) -> datetime:
        """The business time."""
        return self.world.conductor.now()

    async def until(self, instant: datetime) -> None:
        """Wait for a business time; other cases go on meanwhile, and may not see the clock jump."""
        await self.world.conductor.until(instant)

    def ahead(self, **by: float) -> datetime:
        """A business time to wait for: ``by`` ahead with a sandbox clock, else as far as a real wait may reach.

        With a sandbox clock it is a full minute, up to one later than asked: so cases wait for the same instants, and
        the clock moves seldom.
        """
        conductor = self.world.conductor
        if conductor.set_clock is None:
            return self.now() + min(timedelta(seconds=conductor.longest_wait_s), timedelta(**by))
        minute = self.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        return minute + timedelta(**by)

    def offered(self) -> list[Route]:
        """Every operation but those of a capability that the platform does not declare."""
        declared = self.world.meta["capabilities"]
        return [route for route in ROUTES.values() if route.capability is None or route.capability in declared]

    async def take_in(self) -> None:
        """Let a change of state become visible on every worker (S-26)."""
        await asyncio.sleep(self.world.reopen_delay_s)

    # --- building -------------------------------------------------------------------------------------------------
    async def campaign(self, deposit_fen: int = 10_000_000, *, paying: str = "VL-1", designated: str = "VL-1") -> str:
        """A new campaign with that deposit; its id."""
        body = {"name": f"检验 {self.case.id}", "paying_account": paying, "designated_account": designated}
        made = await self.must(routes.CREATE_CAMPAIGN, self.maker, body=body)
        campaign_id = str(made["id"])
        if deposit_fen:
            deposit = {"amount_fen": deposit_fen, "bank_reference": f"vl-{campaign_id}"}
            await self.must(routes.DEPOSIT, self.maker, body=deposit, campaign_id=campaign_id)
        return campaign_id

    def spec(self, **changes: Any) -> dict[str, Any]:
        """满100减30 for catering, ten of them, one a person, claimable for thirty days. Times may be datetimes."""
        now = self.now()
        values = {
            "name": f"检验券 {self.case.id}"[:60], "face_fen": 3_000, "threshold_fen": 10_000, "quota": 10,
            "categories": ["catering"], "claim_opens_at": now - timedelta(hours=1),
            "claim_closes_at": now + timedelta(days=30), "valid_from": now - timedelta(hours=1),
            "valid_until": now + timedelta(days=40), "per_person_limit": 1, **changes,
        }  # fmt: skip
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}

    async def batch(self, campaign_id: str | None = None, **changes: Any) -> dict[str, Any]:
        """A published batch, visible everywhere by the time this returns. Raises CannotPlay."""
        (batch,) = await self.batches([self.spec(**changes)], campaign_id)
        return batch

    async def batches(self, specs: Sequence[dict[str, Any]], campaign_id: str | None = None) -> list[dict[str, Any]]:
        """Published batches of one round, or each by itself on a wire without rounds. Raises CannotPlay."""
        if campaign_id is None and (alone := await self._published_alone(specs)):
            return alone
        budget = sum(spec["face_fen"] * spec["quota"] for spec in specs)
        round_id, made = await self.draft(campaign_id or await self.campaign(budget), *specs)
        await self.publish(round_id)
        return made

    async def draft(self, campaign_id: str, *specs: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """A round with its batches, not submitted: its id and theirs. Raises CannotPlay."""
        made = await self.must(routes.CREATE_ROUND, self.maker, body={"name": "检验轮"}, campaign_id=campaign_id)
        batches = [await self.must(routes.CREATE_BATCH, self.maker, body=spec, round_id=made["id"]) for spec in specs]
        return str(made["id"]), batches

    async def publish(self, round_id: str) -> None:
        """A draft's way until it is visible everywhere. Raises CannotPlay."""
        await self.must(routes.SUBMIT_ROUND, self.maker, round_id=round_id)
        await self.must(routes.APPROVE_ROUND, self.checker, round_id=round_id)
        await self.must(routes.PUBLISH_ROUND, self.maker, round_id=round_id)
        await self.take_in()

    async def act(self, route: Route, caller: Caller | None = None, **asked: Any) -> Exchange:
        """An officer's act that wants a reason: pause, resume, stop, freeze, release, void. The maker's, if none."""
        return await self.do(route, caller or self.maker, body={"reason": "检验"}, **asked)

    async def _published_alone(self, specs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for spec in specs:
            exchange = await self.line.publish_batch(self.maker, spec)
            if exchange is None:
                return []
            made.append(self.got(exchange))
        await self.take_in()
        return made

    async def person(self) -> Caller:
        """Somebody new."""
        return await self.world.crowd.take()

    async def people(self, count: int) -> list[Caller]:
        """Several new people, made in one call."""
        return await self.world.crowd.take_many(count)

    async def accounts(self, *changes: dict[str, Any]) -> list[Caller]:
        """New accounts, one for each of ``changes``: fields of ``SandboxPerson`` that differ from a stranger's."""
        crowd = self.world.crowd
        return await crowd.create([crowd.sandbox_person(**one) for one in changes])

    async def same_person(self, count: int = 2) -> list[Caller]:
        """So many accounts of one natural person: by one id number, or as the vendor's file of people says."""
        return await self.world.crowd.take_accounts(count)

    async def shop(self, category: str = "catering", district: str = "510681001") -> Shop:
        """A shop many cases share: never suspend it."""
        return await self.world.shop(category, district)

    async def own_shop(self, category: str = "catering", district: str = "510681001", **changes: Any) -> Shop:
        """A shop of this case alone; ``changes`` by Chinese heading of the roster."""
        row = roster_row(self.world.shop_number(), category, district, **changes)
        (shop,) = await self.world.register(self.line, [row])
        return shop

    async def claim(self, person: Caller, batch: dict[str, Any], **asked: Any) -> Exchange:
        """One claim; repeated under its key while the platform says "later"."""
        asked.setdefault("body", {})
        return await self.do(routes.CLAIM, person, batch_id=batch["id"], **asked)

    async def rush(self, people: Sequence[Caller], batch: dict[str, Any], **asked: Any) -> list[Exchange]:
        """Each of them claims at once, over four groups of connections; what became of each, in their order."""
        claims = (self.claim(one, batch, connection=turn % 4 + 1, **asked) for turn, one in enumerate(people))
        return list(await asyncio.gather(*claims))

    async def voucher(self, person: Caller, batch: dict[str, Any]) -> dict[str, Any]:
        """Preparation: a voucher. Raises CannotPlay."""
        return self.got(await self.claim(person, batch))

    async def redeem(
        self, shop: Shop, code: str, *, order_total_fen: int = 10_000, till: int = 0, **changes: Any
    ) -> Exchange:
        """One order at a till with a voucher's code; ``changes`` are other fields of ``RedemptionSpec``."""
        asked = {name: changes.pop(name) for name in ("key", "connection") if name in changes}
        body = {
            "code": code, "order_no": f"vl-{secrets.token_hex(8)}",
            "till_number": shop.till_numbers[till], "order_total_fen": order_total_fen, **changes,
        }  # fmt: skip
        return await self.do(routes.REDEEM, shop.tills[till], body=body, **asked)


def look(exchange: Exchange, pointer: str) -> Look:
    """The one value at ``pointer`` in an exchange."""
    return Look((exchange.number,), pointer)


def every(exchanges: Sequence[Exchange], pointer: str, of: Of = "set") -> Look:
    """The values at ``pointer`` in several exchanges: their ``sum``, ``count``, ``set``, how many are ``distinct``."""
    return Look(tuple(one.number for one in exchanges), pointer, of)


def folded(exchanges: Sequence[Exchange], fold: str, **given: Any) -> Fold:
    """What a function of ``folds`` makes of the exchanges."""
    return Fold(tuple(one.number for one in exchanges), fold, given)
