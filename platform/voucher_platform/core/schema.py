"""Bringing a database to the schema this code expects."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.database import make_engine

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_ONE_MIGRATOR = 0x766F7563  # advisory lock: two processes that start together migrate once


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _migrate(database_url: str) -> None:
    engine = make_engine(database_url, pool=1, role=None)
    try:
        async with engine.begin() as connection:
            await _locked(connection)
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def _locked(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_MIGRATOR})


def migrate(database_url: str) -> None:
    """Run every outstanding migration, as the owner in ``database_url``. Safe to call again and from many processes."""
    asyncio.run(_migrate(database_url))
