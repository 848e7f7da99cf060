"""Everything a redemption is judged by, read in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from voucher_contract.models.common import Position
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_platform.core.database import Database
from voucher_platform.core.gathering import Gathering
from voucher_platform.redemptions.rules import Facts
from voucher_platform.redemptions.scanning import Scan

_MOST = 64


@dataclass(frozen=True)
class Order:
    """One request of a till: the order, what was scanned, whose till it is, and the key it was sent under."""

    spec: RedemptionSpec
    scan: Scan
    merchant_id: str
    key: str
    digest: bytes

    @property
    def payable_fen(self) -> int:
        """What is left of the order after the merchant's own promotion."""
        return self.spec.order_total_fen - self.spec.merchant_discount_fen


class FactsReader:
    """Reads for all orders that wait at once: the look-ups of one cost as much as a statement around them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: Gathering[Order, Any] = Gathering(self._read, _MOST)

    async def read(self, order: Order) -> Any:
        """Always one row: its ``earlier_*`` columns are the redemption made under the same key, the rest may be null.

        What it tells was so after this call began.
        """
        return await self._gathering.submit(order).settled()

    async def stop(self) -> None:
        """End what is under way."""
        await self._gathering.stop()

    async def _read(self, orders: list[Order]) -> Sequence[Any]:
        columns = {
            "codes": [order.scan.code for order in orders], "vouchers": [order.scan.voucher_id for order in orders],
            "merchants": [order.merchant_id for order in orders],
            "tills": [order.spec.till_number for order in orders],
            "order_nos": [order.spec.order_no for order in orders], "keys": [order.key for order in orders],
            "payers": [order.spec.payer_account for order in orders], "steps": [order.scan.step for order in orders],
        }  # fmt: skip
        async with self._database.glancing() as connection:
            return (await connection.execute(_FACTS, columns)).all()


def place_of(row: Any) -> Position | None:
    """Where the order's merchant is registered; ``None`` for one that is gone."""
    return None if row.latitude is None else Position(latitude=row.latitude, longitude=row.longitude)


def facts_of(row: Any, order: Order, now: datetime) -> Facts:
    """The row and the request as the rules want them. A merchant that is gone counts as not admitted."""
    spec = order.spec
    return Facts(
        state=row.state, payer_is_holder=spec.payer_account is None or bool(row.payer_is_holder),
        valid_from=row.valid_from or now, valid_until=row.valid_until or now, now=now,
        categories=tuple(row.categories or ()), districts=tuple(row.districts or ()),
        threshold_fen=row.threshold_fen or 0,
        code_is_fresh=order.scan.in_time
        and not row.code_used
        and (order.scan.is_dynamic or row.code_mode != "dynamic"),
        merchant_id=order.merchant_id, suspended=bool(row.suspended), admitted=bool(row.admitted),
        category=row.category or "", district=row.district or "", till_owner=row.till_owner,
        in_store=spec.channel == "in_store", payable_fen=order.payable_fen,
        excluded_goods_fen=spec.excluded_goods_fen, order_used=row.order_used,
    )  # fmt: skip


_FACTS = text(
    """
    SELECT v.id AS voucher_id, v.state, v.valid_from, v.valid_until,
      b.id AS batch_id, b.campaign_id, b.face_fen, b.threshold_fen, b.categories, b.districts, b.code_mode,
      m.suspended, m.admitted, m.category, m.district, m.latitude, m.longitude,
      (SELECT merchant_id FROM till WHERE till_number = asked.till) AS till_owner,
      -- Through the holder's account, not the voucher's person: two persons found to be one are merged there.
      v.account_id = asked.payer OR EXISTS (
        SELECT FROM account payer JOIN account holder ON holder.person_id = payer.person_id
        WHERE payer.id = asked.payer AND holder.id = v.account_id
      ) AS payer_is_holder,
      EXISTS (
        SELECT FROM redemption
        WHERE merchant_id = asked.merchant AND order_no = asked.order_no AND NOT reversed AND key <> asked.key
      ) AS order_used,
      -- A code serves once, also when a refund gave the voucher back within its step; so does an older one.
      asked.step IS NOT NULL AND EXISTS (
        SELECT FROM redemption WHERE voucher_id = v.id AND code_step >= asked.step AND key <> asked.key
      ) AS code_used,
      earlier.id AS earlier_id, earlier.digest AS earlier_digest
    FROM unnest(
      CAST(:codes AS text[]), CAST(:vouchers AS text[]), CAST(:merchants AS text[]), CAST(:tills AS text[]),
      CAST(:order_nos AS text[]), CAST(:keys AS text[]), CAST(:payers AS text[]), CAST(:steps AS bigint[])
    ) WITH ORDINALITY AS asked (code, voucher, merchant, till, order_no, key, payer, step, position)
    LEFT JOIN voucher v ON v.id = coalesce(asked.voucher, (SELECT id FROM voucher WHERE code = asked.code))
    LEFT JOIN batch b ON b.id = v.batch_id
    LEFT JOIN merchant m ON m.id = asked.merchant
    LEFT JOIN redemption earlier ON earlier.merchant_id = asked.merchant AND earlier.key = asked.key
    ORDER BY asked.position
    """
)
