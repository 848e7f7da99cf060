"""What a probe needs: campaigns, batches, people, shops, orders; valid by default, one builder a noun."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from merchant_sim.check_digits import id_number_check_character, uscc_check_character
from tests.vendor_probes.wire import Wire
from voucher_contract import routes

COLUMNS = "统一社会信用代码,商户名称,区域代码,区域名称,行业业态,行业代码,规模类型,地址,纬度,经度,终端号"
REASON = {"reason": "检验"}
_INDUSTRIES = {"catering": ("餐饮及食品", "6210"), "lodging": ("住宿", "6110"), "fuel": ("成品油", "5265")}
_DISTRICTS = {"510681001": "雒城街道", "510681101": "三水镇"}


@dataclass(frozen=True)
class Person:
    """One account."""

    account: str
    person: str
    token: str
    device: str
    id_number: str
    phone: str


@dataclass(frozen=True)
class Shop:
    """One merchant, its first till and that till's token."""

    id: str
    till: str
    token: str


class World(Wire):
    """Everybody and everything at one vendor."""

    restart: Callable[[], object]
    """SIGKILL and start again; whoever makes the world says how."""

    _numbers = itertools.count(secrets.randbelow(10**6) * 10)

    # --- time and money -------------------------------------------------------------------------------------------
    def now(self) -> datetime:
        """Business time."""
        return datetime.fromisoformat(self.do(routes.GET_CLOCK, self.operator)["now"])

    def advance(self, **by: float) -> datetime:
        """Move the business clock on."""
        body = {"now": (self.now() + timedelta(**by)).isoformat()}
        return datetime.fromisoformat(self.do(routes.SET_CLOCK, self.operator, body=body)["now"])

    def campaign(self, deposit_fen: int = 1_000_000, designated: str = "ACC-1") -> str:
        """An open campaign with that much money."""
        body = {"name": "检验活动", "paying_account": "ACC-1", "designated_account": designated}
        campaign = str(self.do(routes.CREATE_CAMPAIGN, self.maker, body=body)["id"])
        if deposit_fen:
            self.deposit(campaign, deposit_fen)
        return campaign

    def deposit(self, campaign: str, amount_fen: int, reference: str | None = None) -> httpx.Response:
        """Money in."""
        body = {"amount_fen": amount_fen, "bank_reference": reference or secrets.token_hex(10)}
        return self.send(routes.DEPOSIT, self.maker, body=body, campaign_id=campaign)

    def money(self, campaign: str) -> dict[str, int]:
        """The buckets."""
        buckets: dict[str, int] = self.do(routes.GET_MONEY, self.auditor, campaign_id=campaign)["buckets"]
        return buckets

    # --- planning -------------------------------------------------------------------------------------------------
    def spec(self, **changes: Any) -> dict[str, Any]:
        """满100减30 for catering, ten of them, one a person; times may be datetimes."""
        now = self.now()
        values: dict[str, Any] = {
            "name": "满100减30", "face_fen": 3_000, "threshold_fen": 10_000, "quota": 10, "categories": ["catering"],
            "claim_opens_at": now - timedelta(hours=1), "claim_closes_at": now + timedelta(days=5),
            "valid_from": now - timedelta(hours=1), "valid_until": now + timedelta(days=10), "per_person_limit": 1,
            **changes,
        }  # fmt: skip
        return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in values.items()}

    def draft(self, campaign: str, **changes: Any) -> tuple[str, dict[str, Any]]:
        """A draft round with one batch: both."""
        made = str(self.do(routes.CREATE_ROUND, self.maker, body={"name": "第一轮"}, campaign_id=campaign)["id"])
        return made, self.do(routes.CREATE_BATCH, self.maker, body=self.spec(**changes), round_id=made)

    def batch(self, campaign: str | None = None, **changes: Any) -> dict[str, Any]:
        """A published batch."""
        made, batch = self.draft(campaign or self.campaign(), **changes)
        self.do(routes.SUBMIT_ROUND, self.maker, round_id=made)
        self.do(routes.APPROVE_ROUND, self.checker, round_id=made)
        self.do(routes.PUBLISH_ROUND, self.maker, round_id=made)
        return batch

    def shown(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch as it is now."""
        shown: dict[str, Any] = self.do(routes.GET_BATCH, self.auditor, batch_id=batch["id"])
        return shown

    # --- people and shops -----------------------------------------------------------------------------------------
    def people(self, count: int, **changes: str) -> list[Person]:
        """New accounts; ``changes`` are shared by all of them."""
        specs = [self._sandbox_person() | changes for _ in range(count)]
        made = self.do(routes.CREATE_PEOPLE, self.operator, body={"people": specs})["people"]
        return [
            Person(one["account"], got["person_id"], got["token"], one["device"], one["id_number"], one["phone"])
            for one, got in zip(specs, made, strict=True)
        ]

    def person(self, **changes: str) -> Person:
        """Somebody new."""
        return self.people(1, **changes)[0]

    def _sandbox_person(self) -> dict[str, str]:
        number = next(self._numbers)
        body = f"999999{19_200_101 + number % 28:08d}{number // 28 % 1000:03d}"
        return {
            "account": f"acc-{number}", "phone": f"1002{number % 10**7:07d}", "card": f"{number:016d}",
            "id_number": body + id_number_check_character(body), "device": f"dev-{number}",
            "home_district": "510681001",
        }  # fmt: skip

    def roster(
        self, *, category: str = "catering", district: str = "510681001", size: str = "限上商贸", good_code: bool = True
    ) -> tuple[str, str, bytes]:
        """One row as CSV: the credit code, the till, the file."""
        number = next(self._numbers)
        body = f"92999999{number % 10**9:09d}"
        check = uscc_check_character(body)
        code = body + (check if good_code else {"0": "1"}.get(check, "0"))
        industry, class_code = _INDUSTRIES[category]
        till = f"TILL-{number}"
        place = f"{district},{_DISTRICTS[district]}"
        row = f"{code},模拟店{number},{place},{industry},{class_code},{size},模拟路1号,30.98,104.28,{till}"
        return code, till, f"{COLUMNS}\r\n{row}\r\n".encode("utf-8-sig")

    def take_roster(self, content: bytes, *, dry_run: bool = False) -> dict[str, Any]:
        """Import a file."""
        report: dict[str, Any] = self.do(
            routes.IMPORT_MERCHANTS, self.operator, content=content, media_type="text/csv",
            query={"dry_run": "true" if dry_run else "false"},
        )  # fmt: skip
        return report

    def shop(self, **changes: Any) -> Shop:
        """A new shop with an open till."""
        code, till, content = self.roster(**changes)
        self.take_roster(content)
        merchant = next(one for one in self.walk(routes.LIST_MERCHANTS, self.operator) if one["uscc"] == code)["id"]
        made = self.do(routes.ISSUE_TILL_TOKEN, self.operator, body={"till_number": till}, merchant_id=merchant)
        return Shop(merchant, till, made["token"])

    # --- acting ---------------------------------------------------------------------------------------------------
    def claim(self, person: Person, batch: dict[str, Any], **asked: Any) -> httpx.Response:
        """One claim."""
        asked.setdefault("body", {})
        return self.send(routes.CLAIM, person.token, batch_id=batch["id"], **asked)

    def voucher(self, batch: dict[str, Any], person: Person | None = None) -> dict[str, Any]:
        """A claim that must be won."""
        reply = self.claim(person or self.person(), batch)
        if reply.status_code == 500:  # a vendor that fails after the fact has it all the same
            return self.voucher(batch)
        assert reply.status_code == 201, reply.text
        voucher: dict[str, Any] = reply.json()
        return voucher

    def redeem(self, shop: Shop, code: str, total_fen: int = 10_000, **changes: Any) -> httpx.Response:
        """One order at the shop's till; ``key`` and ``client`` are the request's, other names the order's."""
        asked = {name: changes.pop(name) for name in ("key", "client") if name in changes}
        body = {
            "code": code, "order_no": f"o-{next(self._numbers)}", "till_number": shop.till,
            "order_total_fen": total_fen, **changes,
        }  # fmt: skip
        return self.send(routes.REDEEM, shop.token, body=body, **asked)

    def redemption(self, shop: Shop, batch: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A voucher claimed and redeemed."""
        reply = self.redeem(shop, self.voucher(batch)["code"], **changes)
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def refund(self, shop: Shop, redemption: dict[str, Any], amount_fen: int, **asked: Any) -> httpx.Response:
        """Take part of an order back."""
        return self.send(
            routes.REFUND, shop.token, body={"amount_fen": amount_fen}, redemption_id=redemption["id"], **asked
        )

    # --- reading --------------------------------------------------------------------------------------------------
    def walk(self, route: Any, token: str, *, limit: int = 200, **path: str) -> list[dict[str, Any]]:
        """All rows of a list."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
            page = self.do(route, token, query=query, **path)
            rows += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return rows

    def figures(self, campaign: str, day: str, period: str = "day") -> dict[tuple[str, str], dict[str, Any]]:
        """The T+1 report's values by (dimension, key)."""
        report = self.do(routes.GET_T1_REPORT, self.auditor, query={"day": day}, campaign_id=campaign)
        return {(row["dimension"], row["key"]): row["values"] for row in report["rows"] if row["period"] == period}
