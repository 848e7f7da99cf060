"""All the emulated vendor knows, in memory: batches, coupons, orders, refunds, and the clock it reads."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from loadtest.favor_stock_vendor.settings import Settings
from loadtest.favor_stock_vendor.wire import CreateStock

BEIJING = timezone(timedelta(hours=8))
StockStatus = Literal["unactivated", "audit", "running", "paused", "stoped"]
CouponStatus = Literal["SENDED", "USED", "EXPIRED"]


def now() -> datetime:
    """The wire has one clock, the real one."""
    return datetime.now(UTC)


def said(instant: datetime) -> str:
    """RFC 3339 in Beijing time, to the millisecond."""
    return instant.astimezone(BEIJING).isoformat(timespec="milliseconds")


@dataclass
class Stock:
    """A batch. ``sent_by_day``: fen sent a Beijing day."""

    stock_id: str
    asked: CreateStock
    created_at: datetime
    running_from: datetime | None = None
    paused: bool = False
    sent: int = 0
    sent_by_day: dict[str, int] = field(default_factory=dict)

    @property
    def face(self) -> int:
        """Fen a coupon takes off."""
        return self.asked.coupon_use_rule.fixed_normal_coupon.coupon_amount

    @property
    def refund_returns_coupon(self) -> bool:
        """Whether a whole refund gives the coupon back."""
        return json.loads(self.asked.ext_info).get("refund_returns_coupon") is True

    def status(self, at: datetime) -> StockStatus:
        """The documented word; ``stoped`` is the wire's spelling."""
        if self.running_from is None:
            return "unactivated"
        if at >= self.asked.available_end_time:
            return "stoped"
        if at < self.running_from:
            return "audit"
        return "paused" if self.paused else "running"

    def sends(self, at: datetime) -> bool:
        """Whether coupons are sent at this instant."""
        return self.status(at) == "running" and at >= self.asked.available_begin_time


@dataclass
class Coupon:
    """One coupon of a user."""

    coupon_id: str
    stock: Stock
    openid: str
    sent_at: datetime
    usable_from: datetime
    usable_until: datetime
    used_by: "Order | None" = None

    def status(self, at: datetime) -> CouponStatus:
        """SENDED is what the wire calls usable or waiting."""
        if self.used_by is not None:
            return "USED"
        return "EXPIRED" if at >= self.usable_until else "SENDED"


@dataclass
class Order:
    """A payment. ``paid_at`` None: still with the payer."""

    transaction_id: str
    out_trade_no: str
    sub_mchid: str
    device_id: str
    attach: str
    openid: str
    total: int
    coupon: Coupon | None = None
    discount: int = 0
    paid_at: datetime | None = None
    refunds: "list[Refund]" = field(default_factory=list)

    @property
    def payer_total(self) -> int:
        """Fen the payer paid."""
        return self.total - self.discount


@dataclass
class Refund:
    """A refund: ``payer_part`` goes to the payer, the rest is the coupon's; ``budget_part`` goes back to its budget."""

    refund_id: str
    out_refund_no: str
    order: Order
    amount: int
    payer_part: int
    budget_part: int
    created_at: datetime
    done_at: datetime


@dataclass
class Books:
    """Everything, and the background tasks that still run."""

    settings: Settings
    stocks: dict[str, Stock] = field(default_factory=dict)
    stock_requests: dict[str, Stock] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    sends: dict[str, Coupon] = field(default_factory=dict)
    shown_codes: dict[str, tuple[str, str | None, datetime]] = field(default_factory=dict)
    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    transactions: dict[str, Order] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    notify_url: str | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.persons = {user.openid: user.person for user in self.settings.users}
        self.abnormal = {user.openid for user in self.settings.users if user.abnormal}
        self.merchants = {merchant.mchid for merchant in self.settings.merchants}
        self._numbers = itertools.count(10_000_000)

    def number(self) -> int:
        """The next number; ids of every kind are made from it."""
        return next(self._numbers)

    def has(self, defect: str) -> bool:
        """Whether it was started with this defect."""
        return defect in self.settings.defects

    def held(self, stock: Stock, openid: str) -> int:
        """Coupons of the batch that count against this user's limit."""
        by_person = stock.asked.stock_use_rule.natural_person_limit and not self.has("natural-person-by-openid")

        def counted_as(one: str) -> str:
            return self.persons.get(one, one) if by_person else one

        holders = (coupon.openid for coupon in self.coupons.values() if coupon.stock is stock)
        return sum(counted_as(holder) == counted_as(openid) for holder in holders)
