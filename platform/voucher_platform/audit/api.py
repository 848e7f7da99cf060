"""The audit log over HTTP: read only."""

from fastapi import APIRouter

from voucher_contract import routes
from voucher_contract.models.system import AuditPage, AuditVerification
from voucher_platform.audit import operations
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, OLDEST, Limit, NumberCursor, RowOrder

router = APIRouter()


@endpoint(router, routes.LIST_AUDIT)
async def list_audit_entries(
    act: Act, cursor: NumberCursor = None, limit: Limit = DEFAULT_LIMIT, order: RowOrder = OLDEST
) -> AuditPage:
    """One page of acts."""
    after = None if cursor is None else int(cursor)
    async with act.core.database.reading() as connection:
        return await operations.list_audit_entries(connection, cursor=after, order=order, limit=limit)


@endpoint(router, routes.VERIFY_AUDIT)
async def verify_audit(act: Act) -> AuditVerification:
    """Whether the chain of acts is whole."""
    async with act.core.database.reading() as connection:
        return await operations.verify_audit(connection)
