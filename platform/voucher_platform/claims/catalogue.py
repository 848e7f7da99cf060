"""The published batches, kept in the process: a claim is judged against memory, never against a query."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract.models.campaigns import ClaimArea, RateLimits
from voucher_platform.claims.commit import Money
from voucher_platform.claims.rules import BatchTerms
from voucher_platform.core.database import Database


class Catalogue:
    """Read whole whenever the platform's version rises (``core.pulse``), so at most ``reopen_delay_ms`` old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: dict[str, BatchTerms] = {}
        self.version = 0

    async def reload(self) -> None:
        """Take every published batch and the version they belong to, from one snapshot."""
        async with self._database.reading() as connection:
            version = await platform_version(connection)
            rows = (await connection.execute(_PUBLISHED)).all()
        # Two reloads may overlap; the older snapshot must not win.
        if version >= self.version:
            self._batches = {row.id: _terms(row) for row in rows}
            self.version = version

    def get(self, batch_id: str) -> BatchTerms | None:
        """The batch, if it is published."""
        return self._batches.get(batch_id)

    def all(self) -> list[BatchTerms]:
        """Every published batch."""
        return list(self._batches.values())

    def money(self, batch_id: str) -> Money | None:
        """Where the batch's money lies."""
        terms = self._batches.get(batch_id)
        return Money(terms.campaign_id, terms.id, terms.face_fen) if terms else None


async def platform_version(connection: AsyncConnection) -> int:
    """The version of the catalogue in this snapshot."""
    return int((await connection.execute(text("SELECT version FROM platform_state"))).scalar_one())


def _terms(row: Any) -> BatchTerms:
    return BatchTerms(
        id=row.id, number=row.number, campaign_id=row.campaign_id, state=row.state, face_fen=row.face_fen,
        threshold_fen=row.threshold_fen, resident_districts=frozenset(row.resident_districts),
        claim_opens_at=row.claim_opens_at, claim_closes_at=row.claim_closes_at, valid_from=row.valid_from,
        valid_until=row.valid_until, valid_days=row.valid_days, per_person_limit=row.per_person_limit,
        rate_limits=RateLimits.model_validate(row.rate_limits), code_mode=row.code_mode,
        claim_area=ClaimArea.model_validate(row.claim_area) if row.claim_area else None, quota=row.quota,
        issued=row.issued, voided=row.voided,
    )  # fmt: skip


_PUBLISHED = text(
    "SELECT b.*, s.quota, s.issued, s.voided FROM batch b JOIN batch_stock s ON s.batch_id = b.id"
    " WHERE b.state <> 'draft'"
)
