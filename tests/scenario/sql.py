"""The database behind the platform, as its owner: to look at what happened, and to do honest damage."""

import asyncio
from typing import Any

import asyncpg


class Sql:
    """One connection with a loop of its own, for tests that are not asynchronous."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Every row of a query; a statement without rows gives none."""
        try:
            return self._runner.run(self._fetch(query, *values))
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
            # The server was restarted by a test since the last query; every query here may be sent twice.
            self._connection = None
            return self._runner.run(self._fetch(query, *values))

    def one(self, query: str, *values: Any) -> Any:
        """The first column of the first row."""
        return self.rows(query, *values)[0][0]

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.terminate()
        self._runner.close()

    async def _fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
        return list(await self._connection.fetch(query, *values))


def fingerprint(sql: Sql) -> dict[str, tuple[int, str]]:
    """Rows and a digest of every table, so that "nothing changed" can be said of the whole database.

    ``live_process`` is left out: heartbeats go on whatever is asked.
    """
    tables = [row[0] for row in sql.rows(_TABLES)]
    parts = [
        f"SELECT '{name}', count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
        f" FROM {name} t"
        for name in tables
    ]
    return {row[0]: (row[1], row[2]) for row in sql.rows(" UNION ALL ".join(parts))}


_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename NOT IN ('live_process', 'alembic_version') ORDER BY tablename"
)
