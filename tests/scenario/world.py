"""Builders through the contract: campaigns, published batches, shops, people, vouchers, orders."""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from merchant_sim.city import build_city
from merchant_sim.roster import COLUMNS, roster_rows, write_csv
from tests.scenario.platform import Platform, new_key
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES

HOME = "510681001"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A simulated resident, signed in."""

    account: str
    person_id: str
    token: str
    device: str


@dataclass(frozen=True)
class Shop:
    """A merchant as the platform knows it, with the token of its first till."""

    id: str
    till: str
    token: str
    category: str
    district: str


@dataclass
class World:
    """A campaign with plenty of money, shops of a simulated city, and whoever a test asks for."""

    platform: Platform
    campaign: str = ""
    shops: list[Shop] = field(default_factory=list)
    _shared: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.campaign = self.new_campaign(deposit_fen=10**11)

    def new_campaign(self, *, deposit_fen: int = 0, paying: str = "P-1", designated: str = "P-1") -> str:
        """An open campaign; its id."""
        body = {"name": "广汉2026迎春消费券", "paying_account": paying, "designated_account": designated}
        made = str(self.as_maker(routes.CREATE_CAMPAIGN, body=body)["id"])
        if deposit_fen:
            deposit = {"amount_fen": deposit_fen, "bank_reference": f"BANK-{new_key()}"}
            self.as_maker(routes.DEPOSIT, body=deposit, campaign_id=made)
        return made

    def as_maker(self, route: routes.Route, **asked: Any) -> Any:
        """What the bureau's maker does; must succeed."""
        return self.platform.do(route, self.platform.staff["maker"], **asked)

    def as_checker(self, route: routes.Route, **asked: Any) -> Any:
        """What the bureau's checker does; must succeed."""
        return self.platform.do(route, self.platform.staff["checker"], **asked)

    def as_operator(self, route: routes.Route, **asked: Any) -> Any:
        """What the platform's staff does; must succeed."""
        return self.platform.do(route, self.platform.staff["operator"], **asked)

    def batch_spec(self, **changes: Any) -> dict[str, Any]:
        """满100减30 for every category in the whole city, open since a minute ago, valid for a year.

        Times may be given as seconds from now.
        """
        now = self.platform.now()
        spec: dict[str, Any] = {
            "name": "满100减30", "face_fen": 3_000, "threshold_fen": 10_000, "quota": 1_000,
            "categories": list(CATEGORY_NAMES), "claim_opens_at": -60, "claim_closes_at": 300 * 86_400,
            "valid_from": -60, "valid_until": 365 * 86_400, "per_person_limit": 1, **changes,
        }  # fmt: skip
        for name in ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until"):
            if isinstance(spec[name], (int, float)):
                spec[name] = (now + timedelta(seconds=spec[name])).isoformat()
        return spec

    def draft(self, *specs: dict[str, Any], campaign: str | None = None) -> tuple[str, list[str]]:
        """A draft round with a batch for each of ``specs``: the round's id and theirs."""
        body = {"name": f"第{next(_numbers)}轮"}
        made = self.as_maker(routes.CREATE_ROUND, body=body, campaign_id=campaign or self.campaign)["id"]
        batches = [
            self.as_maker(routes.CREATE_BATCH, body=self.batch_spec(**spec), round_id=made)["id"] for spec in specs
        ]
        return made, batches

    def submitted(self, *specs: dict[str, Any], campaign: str | None = None) -> tuple[str, list[str]]:
        """As ``draft``, handed to the checker."""
        made, batches = self.draft(*specs, campaign=campaign)
        self.as_maker(routes.SUBMIT_ROUND, round_id=made)
        return made, batches

    def published(self, *specs: dict[str, Any], campaign: str | None = None) -> list[str]:
        """Live batches that every process knows."""
        made, batches = self.submitted(*specs, campaign=campaign)
        self.as_checker(routes.APPROVE_ROUND, round_id=made)
        self.as_maker(routes.PUBLISH_ROUND, round_id=made)
        self.platform.wait_taken()
        return batches

    def one_batch(self, **changes: Any) -> str:
        """One live batch."""
        return self.published(changes)[0]

    def shared(self, name: str, make: Callable[[], str]) -> str:
        """What ``make`` made when ``name`` was first asked for."""
        if name not in self._shared:
            self._shared[name] = make()
        return self._shared[name]

    def people(self, count: int, *, home: str = HOME, device: str = "") -> list[Person]:
        """New residents, each a person of its own; on a device of their own unless one is given."""
        specs = [_a_person(next(_numbers), home) for _ in range(count)]
        specs = [{**spec, "device": device or spec["device"]} for spec in specs]
        made = self.as_operator(routes.CREATE_PEOPLE, body={"people": specs})["people"]
        return [
            Person(one["account"], one["person_id"], one["token"], spec["device"])
            for one, spec in zip(made, specs, strict=True)
        ]

    def person(self, **changes: Any) -> Person:
        """One new resident."""
        return self.people(1, **changes)[0]

    def claim(self, batch: str, person: Person, **asked: Any) -> httpx.Response:
        """One claim, whatever comes of it."""
        asked.setdefault("body", {})
        return self.platform.send(routes.CLAIM, person.token, batch_id=batch, **asked)

    def voucher(self, batch: str, person: Person | None = None) -> dict[str, Any]:
        """A voucher of the batch, claimed by a new person unless one is given."""
        reply = self.claim(batch, person or self.person())
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def open_shops(self, folder: Path) -> None:
        """Import the roster of a small city and activate a till of eight of its shops, every industry among them."""
        path = folder / "roster.csv"
        city = build_city(seed=7, residents=0, merchants=40)
        write_csv(path, roster_rows(city))
        self.as_operator(
            routes.IMPORT_MERCHANTS, content=path.read_bytes(), media_type=routes.CSV, query={"dry_run": "false"}
        )
        page = self.as_operator(routes.LIST_MERCHANTS, query={"limit": 200})["items"]
        admitted = sorted((one for one in page if one["status"] == "admitted"), key=lambda one: str(one["name"]))
        of_each = list({one["category"]: one for one in admitted}.values())
        others = [one for one in admitted if one not in of_each]
        self.shops = [self.open_shop(one) for one in [*of_each, *others][:8]]

    def open_shop(self, merchant: dict[str, Any]) -> Shop:
        """A shop with the token of its first till."""
        till = merchant["till_numbers"][0]
        token = self.as_operator(routes.ISSUE_TILL_TOKEN, body={"till_number": till}, merchant_id=merchant["id"])
        return Shop(merchant["id"], till, token["token"], merchant["category"], merchant["district"])

    def order(self, shop: Shop, code: str, **changes: Any) -> dict[str, Any]:
        """An order of 120.00 at the shop's till that uses a voucher."""
        return {
            "code": code, "order_no": f"ORDER-{next(_numbers)}", "till_number": shop.till,
            "order_total_fen": 12_000, **changes,
        }  # fmt: skip

    def redeem(self, shop: Shop, code: str, *, key: str | None = None, **changes: Any) -> httpx.Response:
        """One redemption, whatever comes of it."""
        return self.platform.send(
            routes.REDEEM, shop.token, body=self.order(shop, code, **changes), key=key or new_key()
        )

    def redemption(self, batch: str, shop: Shop | None = None) -> dict[str, Any]:
        """A voucher of the batch claimed and redeemed; the redemption."""
        reply = self.redeem(shop or self.shops[0], self.voucher(batch)["code"])
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made


def roster_csv(rows: list[dict[str, Any]], *, columns: tuple[str, ...] = COLUMNS, encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file's bytes."""
    lines = [",".join(columns), *(",".join(str(row[name]) for name in columns) for row in rows)]
    out = io.BytesIO()
    out.write("\r\n".join(lines).encode(encoding))
    return out.getvalue()


def some_rows(count: int, *, seed: int = 99) -> list[dict[str, Any]]:
    """Good rows of another city's roster."""
    return [dict(row) for row in roster_rows(build_city(seed=seed, residents=0, merchants=count))]


def _a_person(number: int, home: str) -> dict[str, Any]:
    return {
        "account": f"acc-{number:08d}", "phone": f"199{number:08d}", "card": f"6299{number:012d}",
        "id_number": f"999999{number:011d}X", "device": f"device-{number}", "home_district": home,
    }  # fmt: skip
