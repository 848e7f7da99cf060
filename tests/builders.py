"""One builder a noun, valid by default, straight into SQL: for tests that begin in the middle of the story."""

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.ids import new_id, random_code
from voucher_platform.ledger.operations import Movement, move, open_batch_accounts, open_campaign_accounts
from voucher_platform.ledger.rules import AccountKind, account_id

NOON = datetime(2026, 2, 10, 4, tzinfo=UTC)
"""Noon of a day in the city, the business time at which built things are valid."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class BuiltBatch:
    """A live batch of a published round, its money reserved."""

    id: str
    campaign_id: str
    face_fen: int


@dataclass(frozen=True)
class BuiltVoucher:
    """An issued voucher, its face held."""

    id: str
    code: str
    account_id: str
    person_id: str


@dataclass(frozen=True)
class BuiltMerchant:
    """An admitted shop and its till."""

    id: str
    till_number: str


async def a_campaign(connection: AsyncConnection, *, received_fen: int = 10_000_000) -> str:
    """An open campaign with its deposit; its id."""
    campaign = new_id("cmp")
    values = {
        "id": campaign, "name": "广汉2026迎春消费券", "paying_account": "P-1", "designated_account": "P-1",
        "state": "open", "created_by": "maker", "created_at": NOON - timedelta(days=30),
    }  # fmt: skip
    await _insert(connection, "campaign", values)
    await open_campaign_accounts(connection, campaign_id=campaign)
    deposit = {
        "id": new_id("dep"), "campaign_id": campaign, "amount_fen": received_fen, "bank_reference": new_id("bank"),
        "booked_at": NOON - timedelta(days=29),
    }  # fmt: skip
    await _insert(connection, "deposit", deposit)
    await _move(connection, campaign, ("source", campaign), ("free", campaign), received_fen)
    return campaign


async def a_batch(
    connection: AsyncConnection, *, campaign_id: str | None = None, quota: int = 100, **changes: Any
) -> BuiltBatch:
    """满100减30 for catering in the whole city, regime B, valid for a month around ``NOON``."""
    campaign = campaign_id or await a_campaign(connection)
    batch, round_id = new_id("bat"), new_id("rnd")
    tranche = {
        "id": round_id, "campaign_id": campaign, "name": "第一轮", "state": "published", "submitted_by": "maker",
        "approved_by": "checker", "published_at": NOON - timedelta(days=20),
    }  # fmt: skip
    await _insert(connection, "round", tranche)
    values: dict[str, Any] = {
        "name": "餐饮满100减30", "state": "live", "face_fen": 3_000, "threshold_fen": 10_000,
        "categories": ["catering"], "districts": [], "resident_districts": [],
        "claim_opens_at": NOON - timedelta(days=10), "claim_closes_at": NOON + timedelta(days=10),
        "valid_from": NOON - timedelta(days=10),
        "valid_until": NOON + timedelta(days=20), "valid_days": None, "per_person_limit": 1,
        "rate_limits": json.dumps({}), "refund_regime": "B", "refund_days": 90, "code_mode": "static", **changes,
    }  # fmt: skip
    await _insert(connection, "batch", {"id": batch, "round_id": round_id, "campaign_id": campaign, **values})
    await _insert(connection, "batch_stock", {"batch_id": batch, "quota": quota, "epoch": 1})
    await open_batch_accounts(connection, campaign_id=campaign, batch_id=batch)
    face = int(values["face_fen"])
    await _move(connection, campaign, ("free", campaign), ("reserved", batch), face * quota)
    return BuiltBatch(batch, campaign, face)


async def a_voucher(connection: AsyncConnection, batch: BuiltBatch, **changes: Any) -> BuiltVoucher:
    """One issued voucher of ``batch``, valid at ``NOON``, its holder a person with one account."""
    return (await some_vouchers(connection, batch, 1, **changes))[0]


async def some_vouchers(
    connection: AsyncConnection, batch: BuiltBatch, count: int, **changes: Any
) -> list[BuiltVoucher]:
    """``count`` issued vouchers of ``batch``, each of another person."""
    people = [(new_id("acc"), new_id("per")) for _ in range(count)]
    vouchers = [BuiltVoucher(new_id("vch"), random_code(), account, person) for account, person in people]
    await _insert(connection, "person", *({"id": person} for _, person in people))
    await _insert(connection, "account", *(_account(account, person) for account, person in people))
    await _insert(connection, "voucher", *({**_voucher(each, batch), **changes} for each in vouchers))
    await connection.execute(
        text("UPDATE batch_stock SET issued = issued + :n WHERE batch_id = :id"), {"n": count, "id": batch.id}
    )
    amount = batch.face_fen * count
    await _move(connection, batch.campaign_id, ("reserved", batch.id), ("held", batch.id), amount, count=count)
    return vouchers


def _voucher(built: BuiltVoucher, batch: BuiltBatch) -> dict[str, Any]:
    return {
        "id": built.id, "batch_id": batch.id, "person_id": built.person_id, "account_id": built.account_id,
        "code": built.code, "seq": next(_numbers), "nth": 1, "claim_key": new_id("key"), "claim_digest": b"digest",
        "state": "issued", "claimed_at": NOON - timedelta(days=5), "valid_from": NOON - timedelta(days=5),
        "valid_until": NOON + timedelta(days=20),
    }  # fmt: skip


def _account(account_id: str, person_id: str) -> dict[str, Any]:
    return {
        "id": account_id, "person_id": person_id, "device_hash": b"device", "home_district": "510681001",
        "masked_phone": "138****1234", "created_at": NOON - timedelta(days=30),
    }  # fmt: skip


async def an_account(connection: AsyncConnection, *, person_id: str | None = None) -> tuple[str, str]:
    """An account and its person, a new one unless given."""
    person, account = person_id or new_id("per"), new_id("acc")
    if person_id is None:
        await _insert(connection, "person", {"id": person})
    await _insert(connection, "account", _account(account, person))
    return account, person


async def a_merchant(connection: AsyncConnection, **changes: Any) -> BuiltMerchant:
    """An admitted restaurant in 雒城街道 with one till."""
    number = next(_numbers)
    built = BuiltMerchant(new_id("mer"), f"T-{number:08d}")
    values: dict[str, Any] = {
        "uscc": f"TEST{number:014d}", "name": f"饭店{number}", "district": "510681001", "category": "catering",
        "industry_code": "6210", "size_class": "above_quota", "address": "广汉市", "latitude": 30.97,
        "longitude": 104.28, "admitted": True, "suspended": False, **changes,
    }  # fmt: skip
    await _insert(connection, "merchant", {"id": built.id, **values})
    await _insert(connection, "till", {"till_number": built.till_number, "merchant_id": built.id})
    return built


async def _insert(connection: AsyncConnection, table: str, *rows: dict[str, Any]) -> None:
    slots = ", ".join(f"CAST(:{name} AS jsonb)" if name == "rate_limits" else f":{name}" for name in rows[0])
    await connection.execute(text(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({slots})"), list(rows))


async def _move(
    connection: AsyncConnection, campaign_id: str, debit: tuple[AccountKind, str], credit: tuple[AccountKind, str],
    amount_fen: int, *, count: int = 1,
) -> None:  # fmt: skip
    await move(
        connection,
        Movement(campaign_id, account_id(*debit), account_id(*credit), amount_fen, "built", "built", NOON, count=count),
    )
