"""`voucherlab migrate`: brings a database to the current schema."""

import importlib
import os

import typer

from voucherlab.console import plain_errors
from voucherlab.errors import VoucherlabError


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="migrate")(migrate)


def migrate() -> None:
    """Bring the schema of DATABASE_URL up to date. 升级 DATABASE_URL 的数据库结构。"""
    with plain_errors():
        database_url = os.environ.get("DATABASE_URL")
        if not database_url:
            raise VoucherlabError("DATABASE_URL is not set: say which database to migrate")
        # Imported late: no other command should pay for loading Alembic.
        importlib.import_module("voucher_platform.core.schema").migrate(database_url)
