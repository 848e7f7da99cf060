"""What must hold in SQL after whatever has happened to claiming."""

from sqlalchemy import text

from voucher_platform.core.database import Database
from voucherlab.kill_trials.sql_faults import FAULTS


async def check_invariants(database: Database) -> None:
    """Raise with every fault found, by name."""
    async with database.reading() as connection:
        found = {name: (await connection.execute(text(query))).scalars().all() for name, query in FAULTS.items()}
    faults = {name: rows[:5] for name, rows in found.items() if rows}
    assert not faults, faults
