"""Questions to SQL about vouchers; those asked while a query is under way share the next one."""

from collections import defaultdict
from typing import Any

from sqlalchemy import text

from voucher_platform.claims.commit import vouchers_by_key
from voucher_platform.core.database import Database
from voucher_platform.core.gathering import Gathering

_MOST = 256


class Lookups:
    """Raises the driver's error when SQL is away, ``TimeoutError`` when it is slower than the caller may wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: Gathering[tuple[str, str], Any] = Gathering(self._by_key, _MOST)
        self._persons: Gathering[tuple[str, str], list[str]] = Gathering(self._by_person, _MOST)

    async def by_key(self, account_id: str, claim_key: str, seconds: float) -> Any:
        """The voucher this account has won under this key, or ``None``."""
        ticket = self._keys.submit((account_id, claim_key))
        if not await ticket.within(seconds):
            ticket.call_off()
            raise TimeoutError
        return ticket.result()

    async def held(self, batch_id: str, person_id: str, seconds: float) -> list[str]:
        """The ids of the vouchers of a batch that a person holds."""
        ticket = self._persons.submit((batch_id, person_id))
        if not await ticket.within(seconds):
            ticket.call_off()
            raise TimeoutError
        return ticket.result()

    async def stop(self) -> None:
        """Forget what is asked."""
        await self._keys.stop()
        await self._persons.stop()

    async def _by_key(self, asked: list[tuple[str, str]]) -> list[Any]:
        async with self._database.glancing() as connection:
            rows = await vouchers_by_key(connection, asked)
        return [rows.get(one) for one in asked]

    async def _by_person(self, asked: list[tuple[str, str]]) -> list[list[str]]:
        held: dict[tuple[str, str], list[str]] = defaultdict(list)
        async with self._database.glancing() as connection:
            unique = sorted(set(asked))
            rows = await connection.execute(
                _HELD, {"batches": [batch for batch, _ in unique], "persons": [person for _, person in unique]}
            )
            for row in rows:
                held[row.batch_id, row.person_id].append(row.id)
        return [held[one] for one in asked]


_HELD = text(
    "SELECT v.batch_id, v.person_id, v.id FROM unnest(CAST(:batches AS text[]), CAST(:persons AS text[]))"
    " AS asked (batch, person) JOIN voucher v ON v.batch_id = asked.batch AND v.person_id = asked.person"
    " AND v.state <> 'void' ORDER BY v.nth"
)
