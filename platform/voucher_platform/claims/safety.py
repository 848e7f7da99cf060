"""Settings of the two servers without which a 201 would not mean what it says."""

import contextlib

from sqlalchemy import text

from voucher_platform.claims.hot_line import HotLine, LostReply, Unreachable, checked
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.core.database import Database
from voucher_platform.core.hot_store import host_and_port

_REQUIRED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}


class UnsafeSettings(RuntimeError):
    """The servers would lose acknowledged claims or forget entries of the gate; we do not start on them."""


async def unsafe_settings(database: Database, lines: HotLines) -> list[str]:
    """Every dangerous setting as ``server.setting=value``; empty when all is well.

    Of a cluster every node is asked, also those that are replicas now. One that is away has no settings to name.
    """
    found = []
    async with database.transaction() as connection:
        for name, allowed in _REQUIRED.items():
            value = str((await connection.execute(text(f"SHOW {name}"))).scalar_one())
            if value not in allowed:
                found.append(f"postgresql.{name}={value}")
    with contextlib.suppress(Unreachable):
        await lines.refresh()
    policies = {host_and_port(url): await _policy(lines.own_line(url)) for url in lines.urls()}
    for (host, port), policy in policies.items():
        if policy not in (None, "noeviction"):
            place = f"hot_store[{host}:{port}]" if len(policies) > 1 else "hot_store"
            found.append(f"{place}.maxmemory-policy={policy}")
    return found


async def _policy(line: HotLine) -> str | None:
    try:
        (memory,) = checked(await line.ask(["INFO", "memory"]))
    except (Unreachable, LostReply):
        return None
    finally:
        await line.close()
    told = memory.decode().splitlines()
    return next((one.partition(":")[2] for one in told if one.startswith("maxmemory_policy:")), "unknown")
