"""The audit log and its verification."""

from loadtest.faulty_vendors.books.clock import rfc3339
from loadtest.faulty_vendors.books.rows import AuditRow
from loadtest.faulty_vendors.desks.serving import Told, page, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from voucher_contract import routes

_REWRITTEN = 3


@serves(routes.LIST_AUDIT)
async def list_audit_entries(vendor: Vendor, act: Act) -> Told:
    """Entries in order."""
    after = act.number_cursor()
    return page(vendor, act, (row for row in vendor.audit.entries[after:]), lambda row: _shown(vendor, row))


def _shown(vendor: Vendor, row: AuditRow) -> Told:
    detail = row.detail
    if vendor.has("audit-chain-broken") and row.id % _REWRITTEN == 0:
        detail = {**detail, "remark": "corrected afterwards"}
    return {
        "id": row.id, "at": rfc3339(row.at_us), "business_at": rfc3339(row.business_us), "principal": row.principal,
        "action": row.action, "object_id": row.object_id, "detail": detail, "previous_hash": row.previous_hash,
        "hash": row.hash,
    }  # fmt: skip


@serves(routes.VERIFY_AUDIT)
async def verify_audit(vendor: Vendor, act: Act) -> Told:  # noqa: ARG001 - every desk is called alike
    """Compute the whole chain again."""
    bad = vendor.audit.first_bad_id()
    return {"entries": len(vendor.audit.entries), "intact": bad is None, "first_bad_id": bad}
