"""What all cases of a run share: the target, its staff, a crowd, shops, the business clock, what it says it can do."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from loadtest.evidence.exchange import Transcript
from loadtest.lab.conductor import Conductor
from loadtest.lab.given import GivenCrowd
from loadtest.lab.line import Caller, Line, Wires
from loadtest.lab.staff import (
    CannotPlay,
    Crowd,
    Login,
    Shop,
    roster_csv,
    roster_row,
    sign_in_all,
    staff_without_sign_in,
)
from voucher_contract import routes
from voucher_contract.adapters.protocol import Adapter
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS


@dataclass(frozen=True)
class Limits:
    """How hard the functional cases may press: requests in flight, seconds a request and a wait may take."""

    in_flight: int = 32
    timeout_s: float = 30.0
    longest_wait_s: float = 5.0


@dataclass
class World:
    """One run's dealings with the target. ``open_world`` makes it; ``close`` ends its connections.

    ``one_person_by``: which identifiers make two accounts one person, as the plan's terms say (S-14).
    """

    wires: Wires
    adapter: Adapter
    meta: Mapping[str, Any]
    staff: Mapping[str, Caller]
    crowd: Crowd
    conductor: Conductor
    preparation: Transcript
    shops: dict[tuple[str, str], Shop] = field(default_factory=dict)
    one_person_by: frozenset[str] = frozenset({"card", "id_number"})

    def __post_init__(self) -> None:
        self._next_shop = secrets.randbelow(9 * 10**7)
        self._registering = asyncio.Lock()
        self._alone: dict[str, asyncio.Lock] = {}

    @property
    def reopen_delay_s(self) -> float:
        """How long a change of state may take to be seen everywhere (S-26)."""
        return float(self.meta.get("reopen_delay_ms", 1000)) / 1000

    def alone(self, what: str) -> asyncio.Lock:
        """Held by a case while nothing else may touch ``what``, such as the suspension of a whole category.

        Whoever holds it must not wait for a business time: those who wait for the lock keep the clock from moving.
        """
        return self._alone.setdefault(what, asyncio.Lock())

    def line(self, transcript: Transcript) -> Line:
        """A line that writes into ``transcript``."""
        return Line(self.wires, self.adapter, transcript)

    def shop_number(self) -> int:
        """A number no other shop of this run has; credit code and tills are made from it."""
        self._next_shop += 1
        return self._next_shop

    async def register(self, line: Line, rows: Sequence[dict[str, Any]]) -> list[Shop]:
        """Import shops by CSV and open their tills. Raises CannotPlay when one does not arrive."""
        operator = self.staff["operator-1"]
        exchange = await line.persist(
            routes.IMPORT_MERCHANTS, operator, body=roster_csv(rows), media_type="text/csv", query={"dry_run": "false"}
        )
        if exchange.outcome != "ok" or not isinstance(exchange.value, dict):
            raise CannotPlay(f"merchants cannot be imported: {exchange.status} {exchange.code}")
        found = await self._found(line, {str(row["统一社会信用代码"]) for row in rows})
        if len(found) != len(rows):
            raise CannotPlay(f"{len(rows)} merchants were imported, {len(found)} of them are listed")
        return list(await asyncio.gather(*(self._with_tills(line, one) for one in found)))

    async def _found(self, line: Line, codes: set[str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
            page = await line.persist(routes.LIST_MERCHANTS, self.staff["operator-1"], query=query)
            if page.outcome != "ok" or not isinstance(page.value, dict):
                raise CannotPlay(f"merchants cannot be listed: {page.status} {page.code}")
            items += [one for one in page.value["items"] if one["uscc"] in codes]
            cursor = page.value["next_cursor"]
            if cursor is None:
                return items

    async def _with_tills(self, line: Line, merchant: dict[str, Any]) -> Shop:
        tills = []
        for number in merchant["till_numbers"]:
            exchange = await line.persist(
                routes.ISSUE_TILL_TOKEN, self.staff["operator-1"], body={"till_number": number},
                merchant_id=merchant["id"],
            )  # fmt: skip
            if exchange.outcome != "ok" or not isinstance(exchange.value, dict):
                raise CannotPlay(f"till {number} cannot be opened: {exchange.status} {exchange.code}")
            tills.append(Caller(f"merchant-{number}", exchange.value["token"], {"till": number}))
        return Shop(
            merchant["id"], merchant["uscc"], merchant["name"], merchant["category"], merchant["district"],
            tuple(merchant["till_numbers"]), tuple(tills),
        )  # fmt: skip

    async def shop(self, category: str = "catering", district: str = "510681001") -> Shop:
        """The shared shop of a category and district; no case may suspend it. Raises CannotPlay."""
        async with self._registering:
            if (category, district) not in self.shops:
                row = roster_row(self.shop_number(), category, district)
                (shop,) = await self.register(self.line(self.preparation), [row])
                self.shops[category, district] = shop
        return self.shops[category, district]

    async def shops_everywhere(self, category: str) -> dict[str, Shop]:
        """The shared shops of a category by district, one in each of the city's; imported in one file."""
        async with self._registering:
            missing = [place for place in DISTRICTS if (category, place) not in self.shops]
            rows = [roster_row(self.shop_number(), category, place) for place in missing]
            for shop in await self.register(self.line(self.preparation), rows) if rows else ():
                self.shops[category, shop.district] = shop
        return {place: self.shops[category, place] for place in DISTRICTS}

    async def open_shops(self, districts: Sequence[str] = tuple(DISTRICTS)[:2]) -> None:
        """Import one shop of every category in each of ``districts`` at once, where the target takes a roster."""
        if self.adapter.missing(routes.IMPORT_MERCHANTS.name) is not None:
            return
        rows = [roster_row(self.shop_number(), category, place) for place in districts for category in CATEGORY_NAMES]
        for shop in await self.register(self.line(self.preparation), rows):
            self.shops[shop.category, shop.district] = shop

    async def close(self) -> None:
        """Close all connections."""
        await self.wires.close()


async def open_world(
    *, base_url: str, adapter: Adapter, logins: Sequence[Login], limits: Limits, csv_people: Sequence[Caller] = (),
    shops: Sequence[Shop] = (),
) -> World:  # fmt: skip
    """Sign the staff in and read what the target can do. People and shops may be given by file. Raises CannotPlay."""
    wires = Wires(base_url, limits.timeout_s, asyncio.Semaphore(limits.in_flight))
    preparation = Transcript("preparation")
    line = Line(wires, adapter, preparation)
    try:
        meta = await _meta(line)
        staff = await _staff(line, logins)
        operator = staff["operator-1"]
        crowd = GivenCrowd(line, operator, csv_people) if csv_people else Crowd(line, operator)
        conductor = await _conductor(line, operator, set(meta["capabilities"]), limits)
    except BaseException:
        await wires.close()
        raise
    given = {(shop.category, shop.district): shop for shop in shops}
    return World(wires, adapter, meta, staff, crowd, conductor, preparation, given)


async def _meta(line: Line) -> Mapping[str, Any]:
    known = line.adapter.meta()
    if known is not None:
        return known.model_dump(mode="json")
    meta = await line.persist(routes.META, Caller("anyone", None))
    if meta.outcome != "ok" or not isinstance(meta.value, dict):
        raise CannotPlay(f"get_meta: {meta.status} {meta.code}")
    return meta.value


async def _staff(line: Line, logins: Sequence[Login]) -> dict[str, Caller]:
    if line.adapter.missing(routes.SIGN_IN.name) is not None:
        return staff_without_sign_in()
    return await sign_in_all(line, logins)


async def _conductor(line: Line, operator: Caller, capabilities: set[str], limits: Limits) -> Conductor:
    if "sandbox_clock" not in capabilities:
        page = await line.persist(routes.LIST_BATCHES, operator, query={"limit": "1"})
        if not isinstance(page.value, dict) or "server_time" not in page.value:
            raise CannotPlay(f"the target does not tell its time: {page.status} {page.code}")
        told = datetime.fromisoformat(page.value["server_time"])
        return Conductor(None, _within_its_second(told), limits.longest_wait_s)

    async def set_clock(instant: datetime) -> datetime:
        moved = await line.persist(routes.SET_CLOCK, operator, body={"now": instant.isoformat()})
        if not isinstance(moved.value, dict) or moved.outcome != "ok":
            raise CannotPlay(f"set_clock: {moved.status} {moved.code}")
        return datetime.fromisoformat(moved.value["now"])

    clock = await line.persist(routes.GET_CLOCK, operator)
    if not isinstance(clock.value, dict) or clock.outcome != "ok":
        raise CannotPlay(f"get_clock: {clock.status} {clock.code}")
    return Conductor(set_clock, datetime.fromisoformat(clock.value["now"]), limits.longest_wait_s)


def _within_its_second(told: datetime) -> datetime:
    """A time told in whole seconds may be anywhere in its second: our own clock, where it lies in that second."""
    if told.microsecond:
        return told
    return min(max(told, datetime.now(UTC)), told + timedelta(seconds=1))
