"""A till for tests of the two rooms behind it: it submits orders and refunds straight to the operations."""

import hashlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from tests.builders import NOON, BuiltMerchant
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.ids import new_id
from voucher_platform.redemptions import operations as redemptions
from voucher_platform.redemptions.facts import Order
from voucher_platform.redemptions.scanning import Scan
from voucher_platform.refunds import operations as refunds

_orders = itertools.count(1)
_CITY = Clocks(ZoneInfo("Asia/Shanghai"))


@asynccontextmanager
async def open_database(url: str, *, pool: int = 8) -> AsyncIterator[Database]:
    """The database as the platform opens it, in its role."""
    database = Database(make_engine(url, pool=pool))
    try:
        yield database
    finally:
        await database.close()


def an_order(merchant: BuiltMerchant, code: str, **changes: Any) -> RedemptionSpec:
    """An order of 120.00 at the merchant's till that uses a voucher."""
    values = {
        "code": code, "order_no": f"order-{next(_orders)}", "till_number": merchant.till_number,
        "order_total_fen": 12_000, **changes,
    }  # fmt: skip
    return RedemptionSpec.model_validate(values)


@dataclass(frozen=True)
class Till:
    """One merchant's till; every request is one transaction, as in the routes."""

    database: Database
    merchant: BuiltMerchant

    @cached_property
    def redeeming(self) -> redemptions.Redeeming:
        """Its own, as if each till spoke to another process."""
        return redemptions.Redeeming(self.database)

    async def redeem(
        self, spec: RedemptionSpec, *, key: str | None = None, now: datetime = NOON, scan: Scan | None = None
    ) -> redemptions.Redeemed:
        """Submit an order, under a new key unless one is given."""
        digest = hashlib.sha256(spec.model_dump_json().encode()).digest()
        scanned = scan or Scan(spec.code, None, in_time=True)
        order = Order(spec, scanned, self.merchant.id, key or new_id("key"), digest)
        return await redemptions.redeem(self.redeeming, order=order, now=now)

    async def refund(
        self, redemption_id: str, amount_fen: int, *, key: str | None = None, now: datetime = NOON
    ) -> refunds.Refunded:
        """Take ``amount_fen`` of an order back, under a new key unless one is given."""
        digest = hashlib.sha256(f"{redemption_id} {amount_fen}".encode()).digest()
        request = refunds.Request(redemption_id, amount_fen, self.merchant.id, key or new_id("key"), digest)
        next_day = _CITY.day_start(_CITY.day_of(now) + timedelta(days=1))
        async with self.database.transaction() as connection:
            return await refunds.refund(connection, request=request, now=now, next_day=next_day)


async def one(database: Database, query: str, **names: Any) -> Any:
    """The one row of ``query``."""
    async with database.reading() as connection:
        return (await connection.execute(text(query), names)).one()


async def balances(database: Database) -> dict[str, int]:
    """Fen by kind of account, those with money only, after checking the identity of the money.

    Every balance is the sum of its transfers, and all balances together are zero: nothing appears or is lost.
    """
    async with database.reading() as connection:
        rows = (await connection.execute(text(_BALANCES))).all()
    assert [row.kind for row in rows if row.balance_fen != row.moved_fen] == []
    assert sum(row.balance_fen for row in rows) == 0
    found: dict[str, int] = {}
    for row in rows:
        found[row.kind] = found.get(row.kind, 0) + int(row.balance_fen)
    return {kind: fen for kind, fen in found.items() if fen and kind != "source"}


_BALANCES = """
    SELECT kind, balance_fen,
      (SELECT coalesce(sum(amount_fen), 0) FROM ledger_transfer WHERE credit_account = a.id)
      - (SELECT coalesce(sum(amount_fen), 0) FROM ledger_transfer WHERE debit_account = a.id) AS moved_fen
    FROM ledger_account a
"""
