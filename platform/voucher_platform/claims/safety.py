"""Settings of the two servers without which a 201 would not mean what it says."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text

from voucher_platform.claims.hot_line import HotLine, LostReply, Unreachable, checked
from voucher_platform.claims.hot_lines import HotLines
from voucher_platform.core.database import Database
from voucher_platform.core.hot_store import host_and_port

log = structlog.get_logger(__name__)
_READ_AGAIN_SECONDS = 5.0
_REQUIRED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}


class UnsafeSettings(RuntimeError):
    """The servers would lose acknowledged claims or forget entries of the gate; we do not start on them."""


async def unsafe_settings(database: Database, lines: HotLines) -> list[str]:
    """Every dangerous setting as ``server.setting=value``; empty when all is well.

    Of a cluster every node that ``lines`` knows is asked, also those that are replicas now. One that is away has no
    settings to name.
    """
    found = []
    async with database.transaction() as connection:
        for name, allowed in _REQUIRED.items():
            value = str((await connection.execute(text(f"SHOW {name}"))).scalar_one())
            if value not in allowed:
                found.append(f"postgresql.{name}={value}")
    policies = {host_and_port(url): await _policy(lines.own_line(url)) for url in lines.urls()}
    for (host, port), policy in policies.items():
        if policy not in (None, "noeviction"):
            place = f"hot_store[{host}:{port}]" if len(policies) > 1 else "hot_store"
            found.append(f"{place}.maxmemory-policy={policy}")
    return found


async def keep_reading(read: Callable[[], Awaitable[list[str]]], take: Callable[[list[str]], None]) -> None:
    """Read the settings again and again until cancelled: they can be changed while we run. It stops nothing, for that
    would end a rush; ``take`` has them named from then on."""
    while True:
        await asyncio.sleep(_READ_AGAIN_SECONDS)
        try:
            take(await read())
        except Exception as error:  # noqa: BLE001 - whatever failed, the next reading tries again
            log.warning("settings_not_read", error=repr(error)[:200])


async def _policy(line: HotLine) -> str | None:
    try:
        (memory,) = checked(await line.ask(["INFO", "memory"]))
    except (Unreachable, LostReply):
        return None
    finally:
        await line.close()
    told = memory.decode().splitlines()
    return next((one.partition(":")[2] for one in told if one.startswith("maxmemory_policy:")), "unknown")
