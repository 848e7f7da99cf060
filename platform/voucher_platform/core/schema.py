"""Bringing a database to the schema this code expects."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.database import make_engine

_HERE = Path(__file__).resolve()
# A wheel carries the migrations inside the package; in a checkout they are the folder beside it.
_PLACES = (_HERE.parents[1] / "migrations", _HERE.parents[2] / "migrations")
_ONE_MIGRATOR = 0x766F7563  # advisory lock: two processes that start together migrate once


def migrations_folder() -> Path:
    """Where the migrations lie; FileNotFoundError when the installation lacks them."""
    for place in _PLACES:
        if (place / "env.py").is_file():
            return place
    raise FileNotFoundError(f"no migrations in {' or '.join(map(str, _PLACES))}: the installation is incomplete")


def _upgrade(connection: Connection) -> None:
    config = Config()
    # Alembic's own option syntax: a percent sign in a folder's name would start an interpolation.
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
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
