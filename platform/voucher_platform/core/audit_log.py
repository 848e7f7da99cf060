"""The audit log: one hash chain over every act of staff, appended in the act's own transaction."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.clocks import real_now

_ONE_CHAIN = 0x61756469
FIRST_HASH = "0" * 64


def entry_hash(previous: str, fields: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON; anyone can recompute the chain."""
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def entry_fields(
    *, number: int, at: datetime, business_at: datetime, principal: str, action: str, object_id: str, detail: Any
) -> dict[str, Any]:
    """What of an entry is hashed. Times are UTC in whole microseconds since 1970, so no rendering can differ."""
    return {
        "id": number, "at_us": _us(at), "business_at_us": _us(business_at), "principal": principal,
        "action": action, "object_id": object_id, "detail": detail,
    }  # fmt: skip


def _us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


async def append(
    connection: AsyncConnection, *, principal: str, action: str, object_id: str, detail: dict[str, Any],
    business_at: datetime,
) -> None:  # fmt: skip
    """Add one entry. The lock makes the chain one line; it is held until the act commits, so keep acts short."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_CHAIN})
    last = (await connection.execute(text("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1"))).first()
    number, previous = (last.id + 1, last.hash) if last else (1, FIRST_HASH)
    at = real_now()
    fields = entry_fields(
        number=number, at=at, business_at=business_at, principal=principal, action=action, object_id=object_id,
        detail=detail,
    )  # fmt: skip
    await connection.execute(
        text(
            "INSERT INTO audit_entry (id, at, business_at, principal, action, object_id, detail, previous_hash, hash)"
            " VALUES (:id, :at, :business_at, :principal, :action, :object_id, CAST(:detail AS jsonb),"
            " :previous, :hash)"
        ),
        {
            "id": number, "at": at, "business_at": business_at, "principal": principal, "action": action,
            "object_id": object_id, "detail": json.dumps(detail, ensure_ascii=False), "previous": previous,
            "hash": entry_hash(previous, fields),
        },
    )  # fmt: skip
