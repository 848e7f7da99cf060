"""One SQL statement from code that is not asynchronous, whether or not an event loop runs in its thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_TIMEOUT_S = 10.0


def run_sql(database_url: str, statement: str) -> list[dict[str, Any]]:
    """Runs one statement outside a transaction block and returns its rows.

    Raises asyncpg.PostgresError for what the server refuses, OSError or TimeoutError when it does not answer.
    """

    async def run() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(plain_url(database_url), timeout=_TIMEOUT_S)
        try:
            return [dict(row) for row in await connection.fetch(statement, timeout=_TIMEOUT_S)]
        finally:
            await connection.close(timeout=_TIMEOUT_S)

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def plain_url(database_url: str) -> str:
    """The URL without a driver suffix: `postgresql+asyncpg://` becomes `postgresql://`."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(scheme=parts.scheme.partition("+")[0]))


def with_database(database_url: str, name: str) -> str:
    """The same server's URL for another database."""
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
