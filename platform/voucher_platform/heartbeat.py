"""`python -m voucher_platform.heartbeat KIND`: whether a process of that kind lives, for a container's health check.

A worker listens on no port; its fresh row in `live_process` is the one sign that it works and reaches the database.
"""

import asyncio
import os
import sys

from sqlalchemy import text

from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.pulse import DEAD_AFTER_SECONDS

_FRESH = "SELECT count(*) FROM live_process WHERE kind = :kind AND heartbeat_at > now() - make_interval(secs => :fresh)"


async def count_alive(database_url: str, kind: str) -> int:
    """How many processes of ``kind`` (VOUCHERLAB_PROCESS of each) have beaten lately."""
    database = Database(make_engine(database_url, pool=1))
    try:
        async with database.reading() as connection:
            values = {"kind": kind, "fresh": DEAD_AFTER_SECONDS}
            return int((await connection.execute(text(_FRESH), values)).scalar_one())
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(count_alive(os.environ["DATABASE_URL"], sys.argv[1])) else 1)
