"""The register: looking merchants up, suspending and reinstating them, and activating their tills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, Category
from voucher_contract.models.merchants import (
    Coverage,
    CoverageCell,
    Merchant,
    MerchantPage,
    MerchantsChanged,
    MerchantSelector,
    MerchantStatus,
    TillToken,
)
from voucher_platform.core import audit_log
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.merchants.tables import MerchantRow, TillRow
from voucher_platform.settings import Settings


@dataclass(frozen=True)
class MerchantFilter:
    """Which merchants to list; ``None`` does not narrow."""

    district: str | None = None
    category: Category | None = None
    status: MerchantStatus | None = None


_STATUS_IS: dict[MerchantStatus, Any] = {
    "suspended": col(MerchantRow.suspended),
    "admitted": col(MerchantRow.admitted) & ~col(MerchantRow.suspended),
    "not_admitted": ~col(MerchantRow.admitted) & ~col(MerchantRow.suspended),
}


def _visible(principal: Principal) -> list[Any]:
    """What a role may see: staff all, a merchant itself, a consumer those where vouchers can be used."""
    if principal.role == "merchant":
        return [col(MerchantRow.id) == principal.merchant]
    return [_STATUS_IS["admitted"]] if principal.role == "consumer" else []


async def list_merchants(
    connection: AsyncConnection, *, principal: Principal, wanted: MerchantFilter, cursor: str | None, limit: int
) -> MerchantPage:
    """One page by id of the merchants that ``principal`` may see."""
    conditions = _visible(principal)
    if wanted.district is not None:
        conditions.append(col(MerchantRow.district) == wanted.district)
    if wanted.category is not None:
        conditions.append(col(MerchantRow.category) == wanted.category)
    if wanted.status is not None:
        conditions.append(_STATUS_IS[wanted.status])
    if cursor is not None:
        conditions.append(col(MerchantRow.id) > cursor)
    query = select(MerchantRow).where(*conditions).order_by(col(MerchantRow.id)).limit(limit)
    rows = (await connection.execute(query)).all()
    items = await _present(connection, rows, principal)
    return MerchantPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


async def get_merchant(connection: AsyncConnection, *, principal: Principal, merchant_id: str) -> Merchant:
    """One merchant. Refuses ``not_found``, also for one that ``principal`` may not see."""
    query = select(MerchantRow).where(col(MerchantRow.id) == merchant_id, *_visible(principal))
    rows = (await connection.execute(query)).all()
    if not rows:
        raise Refused(refusals.NOT_FOUND)
    return (await _present(connection, rows, principal))[0]


async def _present(connection: AsyncConnection, rows: Sequence[Any], principal: Principal) -> list[Merchant]:
    """Rows as the contract shows them. Till numbers are nobody's business but the staff's and the merchant's own."""
    tills: dict[str, list[str]] = {row.id: [] for row in rows}
    if principal.role != "consumer":
        query = select(TillRow).where(col(TillRow.merchant_id).in_(tills)).order_by(col(TillRow.till_number))
        for till in await connection.execute(query):
            tills[till.merchant_id].append(till.till_number)
    return [
        Merchant(
            id=row.id, uscc=row.uscc, name=row.name, district=row.district, category=row.category,
            industry_code=row.industry_code, size_class=row.size_class, address=row.address, latitude=row.latitude,
            longitude=row.longitude, till_numbers=tills[row.id], status=_status(row),
        )
        for row in rows
    ]  # fmt: skip


def _status(row: Any) -> MerchantStatus:
    if row.suspended:
        return "suspended"
    return "admitted" if row.admitted else "not_admitted"


async def get_coverage(connection: AsyncConnection) -> Coverage:
    """How many admitted merchants, suspended ones left out, each district has in each industry."""
    groups = (col(MerchantRow.district), col(MerchantRow.category))
    query = select(*groups, func.count()).where(_STATUS_IS["admitted"]).group_by(*groups)
    counted = {(district, category): n for district, category, n in await connection.execute(query)}
    cells = [
        CoverageCell(district=district, category=category, merchants=counted.get((district, category), 0))
        for district in DISTRICTS
        for category in CATEGORY_NAMES
    ]
    return Coverage(cells=cells, empty_cells=sum(cell.merchants == 0 for cell in cells))


async def set_suspended(
    connection: AsyncConnection, *, selector: MerchantSelector, suspended: bool, by: str, now: datetime
) -> MerchantsChanged:
    """Suspend or reinstate whom ``selector`` meets; redemptions see it from the commit on, for they read SQL.

    Returns the merchants whose state changed; one that was so before is met, not changed. Refuses ``invalid_request``
    when the selector names nobody, since that would mean everybody, and ``not_found`` when it meets nobody.
    """
    conditions = [
        column == value
        for column, value in (
            (col(MerchantRow.id), selector.merchant_id),
            (col(MerchantRow.district), selector.district),
            (col(MerchantRow.category), selector.category),
        )
        if value is not None
    ]
    if not conditions:
        raise Refused(refusals.INVALID_REQUEST, "name a merchant, a district or a category")
    # Locked in one order, so two overlapping selections never wait for each other in a circle.
    query = select(MerchantRow).where(*conditions).order_by(col(MerchantRow.id)).with_for_update()
    met = (await connection.execute(query)).all()
    if not met:
        raise Refused(refusals.NOT_FOUND)
    changed = [row.id for row in met if row.suspended != suspended]
    await connection.execute(update(MerchantRow).where(col(MerchantRow.id).in_(changed)).values(suspended=suspended))
    detail = {**selector.model_dump(exclude_none=True), "changed": len(changed)}
    await audit_log.append(
        connection, principal=by, action="suspend_merchants" if suspended else "reinstate_merchants",
        object_id=selector.merchant_id or "selection", detail=detail, business_at=now,
    )  # fmt: skip
    return MerchantsChanged(merchant_ids=changed)


async def issue_till_token(
    connection: AsyncConnection, *, merchant_id: str, till_number: str, settings: Settings, by: str, now: datetime
) -> TillToken:  # fmt: skip
    """A token for one till of a merchant. Refuses ``not_found`` and ``till_not_of_merchant``."""
    if (await connection.execute(select(MerchantRow.id).where(col(MerchantRow.id) == merchant_id))).first() is None:
        raise Refused(refusals.NOT_FOUND)
    owned = text("SELECT 1 FROM till WHERE till_number = :till AND merchant_id = :merchant")
    if (await connection.execute(owned, {"till": till_number, "merchant": merchant_id})).first() is None:
        raise Refused(refusals.TILL_NOT_OF_MERCHANT)
    principal = Principal("merchant", f"{merchant_id}:{till_number}", merchant=merchant_id, till=till_number)
    token, expires = seal(principal, settings.token_secret, settings.till_token_seconds)
    await audit_log.append(
        connection, principal=by, action="issue_till_token", object_id=merchant_id, detail={"till": till_number},
        business_at=now,
    )  # fmt: skip
    return TillToken(
        token=token, merchant_id=merchant_id, till_number=till_number, expires_at=datetime.fromtimestamp(expires, UTC)
    )
