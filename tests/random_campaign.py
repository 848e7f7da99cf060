"""A campaign of random rows, crowded around the ends of days: plain dictionaries, and the same rows in SQL."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES

CITY = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 2, 9)
DAYS = 5
Row = dict[str, Any]


@dataclass
class RandomCampaign:
    """Rows by table. ``campaign_id`` is the one to report on; rows of another one are among them."""

    random: random.Random
    campaign_id: str
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._number = count(1)
        self._known: dict[str, dict[str, Row]] = {}
        for other in (self.campaign_id, self.campaign_id + "-other"):
            self._add("campaign", id=other, name=f"=活动{other}", paying_account="P", designated_account="P",
                      state="open", created_by="maker", created_at=midnight(-9))  # fmt: skip
        self._fill_merchants()
        for campaign in self.rows("campaign"):
            self._fill_batches(campaign["id"])
        for batch in [b for b in self.rows("batch") if b["state"] == "live"]:
            self._fill_claims(batch)
        for voucher in self.rows("voucher"):
            self._fill_redemptions(voucher)

    def rows(self, table: str) -> list[Row]:
        """The rows of one table so far."""
        return self.tables.get(table, [])

    def of(self, table: str, row_id: str) -> Row:
        """The row of ``table`` with this id."""
        rows = self.rows(table)
        known = self._known.setdefault(table, {})
        for row in rows[len(known) :]:
            known[row["id"]] = row
        return known[row_id]

    async def insert(self, connection: AsyncConnection) -> None:
        """Put every row into SQL. Accounts of the ledger first: transfers name them."""
        for table in ("campaign", "round", "batch", "ledger_account", "ledger_transfer", "merchant", "voucher",
                      "redemption", "refund", "claim_seeker", "claim_attempt_count"):  # fmt: skip
            rows = self.rows(table)
            if rows:
                slots = ", ".join("CAST(:rate_limits AS jsonb)" if n == "rate_limits" else f":{n}" for n in rows[0])
                await connection.execute(text(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({slots})"), rows)

    def _add(self, table: str, **row: Any) -> Row:
        self.tables.setdefault(table, []).append(row)
        return row

    def _id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._number):05d}"

    def moment(self) -> datetime:
        """A time within the days, one in three exactly at or one microsecond before a midnight."""
        at = midnight(self.random.randrange(DAYS)) + timedelta(seconds=self.random.randrange(86_400))
        if self.random.random() < 1 / 3:
            edge = midnight(self.random.randrange(1, DAYS))
            at = edge - timedelta(microseconds=self.random.choice((0, 1)))
        return at

    def _fill_merchants(self) -> None:
        for _ in range(self.random.randrange(1, 14)):
            number = next(self._number)
            self._add(
                "merchant", id=f"mer-{number}", uscc=f"USCC{number}", name=f"店{number}",
                district=self.random.choice(list(DISTRICTS)), category=self.random.choice(list(CATEGORY_NAMES)),
                industry_code="6210", size_class=self.random.choice(list(SIZE_CLASS_NAMES)), address="广汉",
                latitude=30.9, longitude=104.2, admitted=self.random.random() < 0.8,
                suspended=self.random.random() < 0.3,
            )  # fmt: skip

    def _fill_batches(self, campaign: str) -> None:
        self._add("ledger_account", id=f"free:{campaign}", campaign_id=campaign, batch_id=None, kind="free")
        for state in ("published", "published", "approved"):
            published = state == "published"
            a_round = self._add(
                "round", id=self._id("rnd"), campaign_id=campaign, name=f"第{next(self._number)}轮", state=state,
                submitted_by="maker", approved_by="checker", published_at=self.moment() if published else None,
            )  # fmt: skip
            if published and self.random.random() < 0.7:
                a_round["published_at"] = midnight(0)
            for _ in range(self.random.randrange(1, 3)):
                self._add_batch(a_round)

    def _add_batch(self, a_round: Row) -> None:
        categories = self.random.sample(list(CATEGORY_NAMES), self.random.randrange(1, 4))
        face, campaign = self.random.choice((2_000, 3_000, 10_000)), a_round["campaign_id"]
        live = a_round["state"] == "published"
        batch = self._add(
            "batch", id=self._id("bat"), round_id=a_round["id"], campaign_id=campaign, name="满减",
            state="live" if live else "draft", face_fen=face, threshold_fen=face * 3, categories=categories,
            districts=[], resident_districts=[], claim_opens_at=midnight(0), claim_closes_at=midnight(DAYS),
            valid_from=midnight(0), valid_until=midnight(DAYS), valid_days=None, per_person_limit=5,
            rate_limits="{}", refund_regime="B", refund_days=90, code_mode="static",
        )  # fmt: skip
        for kind in ("reserved", "held"):
            self._add(
                "ledger_account", id=f"{kind}:{batch['id']}", campaign_id=campaign, batch_id=batch["id"], kind=kind
            )
        if live:
            self._reserve(batch, a_round["published_at"])
            self._reserve(batch, max(a_round["published_at"], self.moment()))
            self._transfer(batch, f"held:{batch['id']}", f"reserved:{batch['id']}", 1, self.moment())

    def _reserve(self, batch: Row, at: datetime) -> None:
        self._transfer(
            batch, f"free:{batch['campaign_id']}", f"reserved:{batch['id']}", self.random.randrange(1, 50), at
        )

    def _transfer(self, batch: Row, debit: str, credit: str, vouchers: int, at: datetime) -> None:
        self._add(
            "ledger_transfer", campaign_id=batch["campaign_id"], debit_account=debit, credit_account=credit,
            amount_fen=vouchers * batch["face_fen"], count=vouchers, kind="any", reference=batch["id"], business_at=at,
        )  # fmt: skip

    def _fill_claims(self, batch: Row) -> None:
        opened = self.of("round", batch["round_id"])["published_at"]
        people = [f"per-{number}" for number in range(6)]
        for nth in range(self.random.randrange(25)):
            claimed = max(opened, self.moment())
            state = self.random.choice(("issued", "issued", "frozen", "expired", "void", "redeemed", "used_up"))
            self._add(
                "voucher", id=self._id("vch"), batch_id=batch["id"], person_id=self.random.choice(people),
                account_id=self._id("acc"), seq=nth + 1, nth=nth + 1, claim_key=self._id("key"), claim_digest=b"",
                code=self._id("code"), state=state, claimed_at=claimed, valid_from=claimed,
                valid_until=max(claimed, self.moment()),
            )  # fmt: skip
        opened_on = opened.astimezone(CITY).date()
        days = [opened_on + timedelta(days=n) for n in range(DAYS) if opened_on + timedelta(days=n) <= day_number(DAYS)]
        for day in days:
            for person in self.random.sample([*people, "per-never"], self.random.randrange(5)):
                self._add("claim_seeker", batch_id=batch["id"], day=day, person_id=person)
            for outcome in self.random.sample(["ok", "sold_out", "limit_reached"], self.random.randrange(3)):
                attempts = self.random.randrange(1, 99)
                self._add("claim_attempt_count", batch_id=batch["id"], day=day, outcome=outcome, attempts=attempts)

    def _fill_redemptions(self, voucher: Row) -> None:
        """Some vouchers once, some again after a whole refund, as regime A allows."""
        for _ in range(2 if voucher["state"] in ("redeemed", "used_up") else 0):
            whole = self._add_redemption(voucher)
            if not whole:
                return

    def _add_redemption(self, voucher: Row) -> bool:
        batch = self.of("batch", voucher["batch_id"])
        merchant = self.random.choice(self.rows("merchant"))
        payable = batch["threshold_fen"] + self.random.randrange(5_000)
        promotion, matching = self.random.choice((0, 500, 999)), self.random.choice((0, 300))
        redemption = self._add(
            "redemption", id=self._id("red"), voucher_id=voucher["id"], batch_id=batch["id"],
            campaign_id=batch["campaign_id"], merchant_id=merchant["id"], till_number="T", order_no=self._id("ord"),
            key=self._id("key"), digest=b"", order_total_fen=payable + promotion, merchant_discount_fen=promotion,
            platform_discount_fen=matching, payable_fen=payable, voucher_fen=batch["face_fen"],
            paid_fen=payable - batch["face_fen"] - matching, redeemed_at=max(voucher["claimed_at"], self.moment()),
            reversed=False,
        )  # fmt: skip
        redemption["reversed"] = self._add_refunds(redemption)
        return bool(redemption["reversed"])

    def _add_refunds(self, redemption: Row) -> bool:
        left, at = redemption["payable_fen"], redemption["redeemed_at"]
        for number in range(1, self.random.choice((1, 1, 2, 4))):
            amount = left if self.random.random() < 0.5 else self.random.randrange(1, left)
            user = self.random.randrange(amount + 1)
            voucher = self.random.randrange(min(amount - user, redemption["voucher_fen"]) + 1)
            at = max(at, self.moment())
            self._add(
                "refund", id=self._id("ref"), redemption_id=redemption["id"], merchant_id=redemption["merchant_id"],
                number=number, key=self._id("key"), digest=b"", amount_fen=amount, user_fen=user, voucher_fen=voucher,
                platform_fen=amount - user - voucher, fund_fen=self.random.randrange(voucher + 1),
                voucher_returned=self.random.random() < 0.5, refunded_at=at,
            )  # fmt: skip
            left -= amount
            if not left:
                return True
        return False


def day_number(number: int) -> date:
    """The day ``number`` days after the first."""
    return FIRST_DAY + timedelta(days=number)


def midnight(number: int) -> datetime:
    """When day ``number`` begins in the city."""
    return datetime.combine(day_number(number), datetime.min.time(), tzinfo=CITY)


def random_campaign(seed: int) -> RandomCampaign:
    """The same rows for the same seed."""
    return RandomCampaign(random.Random(seed), f"cmp-{seed}")
