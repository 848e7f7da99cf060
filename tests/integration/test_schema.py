"""The table classes of every room say what the migrated database says."""

import importlib
import pkgutil
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Text
from sqlalchemy.types import String
from sqlmodel import SQLModel

import voucher_platform
from voucher_platform.core.database import make_engine


def load_tables() -> None:
    for module in pkgutil.walk_packages(voucher_platform.__path__, "voucher_platform."):
        if module.name.rpartition(".")[2] == "tables":
            importlib.import_module(module.name)


def differences(connection: Connection) -> list[Any]:
    """What would have to change; keys and checks are the migration's alone, as are tables without a class."""

    def included(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind == "column" or (kind == "table" and name in SQLModel.metadata.tables)

    def type_differs(_context: Any, _column: Any, _other: Any, found: Any, declared: Any) -> bool | None:
        kind = getattr(declared, "impl", declared)  # SQLModel wraps a plain text column in a type of its own
        unbounded = isinstance(found, Text) and isinstance(kind, String) and kind.length is None
        return False if unbounded else None

    options = {"include_object": included, "compare_type": type_differs, "compare_server_default": False}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    return [change for change in found if change[0] != "remove_column"]  # A class may leave out what it never reads.


@pytest.mark.asyncio
async def test_every_declared_column_is_in_the_database_with_its_type(database_url: str) -> None:
    load_tables()
    assert len(SQLModel.metadata.tables) >= 8
    engine = make_engine(database_url, pool=1, role=None)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert not found, "\n".join(map(str, found))
