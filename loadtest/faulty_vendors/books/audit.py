"""The audit log: a chain of hashes as S-66 asks."""

import hashlib
import json
from typing import Any

import msgspec

from loadtest.faulty_vendors.books.clock import real_us
from loadtest.faulty_vendors.books.rows import AuditRow
from loadtest.faulty_vendors.books.store import Store

_FIRST = "0" * 64


def chained(previous: str, row: AuditRow) -> str:
    """The hash of an entry after ``previous``."""
    told = {
        "id": row.id, "at_us": row.at_us, "business_at_us": row.business_us, "principal": row.principal,
        "action": row.action, "object_id": row.object_id, "detail": row.detail,
    }  # fmt: skip
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


class AuditLog:
    """Entries numbered from 1 without gaps."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entries: list[AuditRow] = []
        store.watch(AuditRow, lambda _, row: self.entries.append(row))

    def append(self, *, principal: str, action: str, object_id: str, detail: dict[str, Any], business_us: int) -> None:
        """Add one act of staff."""
        previous = self.entries[-1].hash if self.entries else _FIRST
        bare = AuditRow(
            len(self.entries) + 1, real_us(), business_us, principal, action, object_id, detail, previous, ""
        )
        self._store.put(msgspec.structs.replace(bare, hash=chained(previous, bare)))

    def first_bad_id(self) -> int | None:
        """The first entry that does not follow from the one before; None when the chain is whole."""
        previous = _FIRST
        for number, row in enumerate(self.entries, start=1):
            if row.id != number or row.previous_hash != previous or row.hash != chained(previous, row):
                return number
            previous = row.hash
        return None
