"""Settings of the two servers without which a 201 would not mean what it says."""

from sqlalchemy import text

from voucher_platform.claims.hot_line import HotLine, checked
from voucher_platform.core.database import Database

_REQUIRED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}


class UnsafeSettings(RuntimeError):
    """The servers would lose acknowledged claims or forget entries of the gate; we do not start on them."""


async def unsafe_settings(database: Database, line: HotLine) -> list[str]:
    """Every dangerous setting as ``server.setting=value``; empty when all is well."""
    found = []
    async with database.transaction() as connection:
        for name, allowed in _REQUIRED.items():
            value = str((await connection.execute(text(f"SHOW {name}"))).scalar_one())
            if value not in allowed:
                found.append(f"postgresql.{name}={value}")
    (memory,) = checked(await line.ask(["INFO", "memory"]))
    lines = memory.decode().splitlines()
    policy = next((one.partition(":")[2] for one in lines if one.startswith("maxmemory_policy:")), "unknown")
    if policy != "noeviction":
        found.append(f"hot_store.maxmemory-policy={policy}")
    return found
