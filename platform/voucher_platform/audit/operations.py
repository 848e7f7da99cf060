"""Listing audit entries, and recomputing their chain."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract.models.system import AuditEntry, AuditPage, AuditVerification
from voucher_platform.audit.tables import AuditRow
from voucher_platform.core.audit_log import FIRST_HASH, entry_fields, entry_hash
from voucher_platform.core.paging import OLDEST, RowOrder, paged

_VERIFY_PAGE = 1_000


async def list_audit_entries(
    connection: AsyncConnection, *, cursor: int | None, limit: int, order: RowOrder = OLDEST
) -> AuditPage:
    """Up to ``limit`` entries behind number ``cursor``, in the order they were made, or back."""
    rows = await _page(connection, cursor=cursor, limit=limit + 1, order=order)
    items = [AuditEntry.model_validate(dict(row._mapping)) for row in rows[:limit]]  # noqa: SLF001 - SQLAlchemy's public name
    return AuditPage(items=items, next_cursor=str(items[-1].id) if len(rows) > limit else None)


async def verify_audit(connection: AsyncConnection) -> AuditVerification:
    """Recompute the whole chain: numbers without a gap, each entry on the hash before it.

    ``first_bad_id`` is the first number that is missing, changed or not chained. Entries cut off at the end cannot be
    seen from within: keep the last hash elsewhere. ``connection`` must read one snapshot.
    """
    previous, number, entries, first_bad = FIRST_HASH, 0, 0, None
    while rows := await _page(connection, cursor=number, limit=_VERIFY_PAGE, order=OLDEST):
        for row in rows:
            entries += 1
            expected, number = number + 1, row.id
            if first_bad is None and (row.id != expected or not _fits(row, previous)):
                first_bad = expected
            previous = row.hash
    return AuditVerification(entries=entries, intact=first_bad is None, first_bad_id=first_bad)


async def _page(connection: AsyncConnection, *, cursor: int | None, limit: int, order: RowOrder) -> Sequence[Any]:
    query = paged(select(AuditRow), col(AuditRow.id), cursor=cursor, order=order, limit=limit)
    return (await connection.execute(query)).all()


def _fits(row: Any, previous: str) -> bool:
    fields = entry_fields(
        number=row.id, at=row.at, business_at=row.business_at, principal=row.principal, action=row.action,
        object_id=row.object_id, detail=row.detail,
    )  # fmt: skip
    return bool(row.previous_hash == previous and row.hash == entry_hash(previous, fields))
