"""Glances keep a few connections at hand; after an error none is used again, and transactions never go short."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from voucher_platform.core.database import Database, is_outage, make_engine

pytestmark = pytest.mark.asyncio
_BACKEND = text("SELECT pg_backend_pid()")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(make_engine(database_url, pool=8))
    yield made
    await made.close()


async def backend(database: Database) -> int:
    async with database.glancing() as connection:
        return int((await connection.execute(_BACKEND)).scalar_one())


async def test_the_next_glance_goes_over_the_same_connection(database: Database) -> None:
    assert len({await backend(database) for _ in range(20)}) == 1
    assert database.lent_out == 0


async def test_a_glance_commits_by_itself(database: Database) -> None:
    async with database.glancing() as connection:
        await connection.execute(text("INSERT INTO live_process VALUES ('prc_1', 'api', 1, 1, now())"))
    async with database.transaction() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM live_process"))).scalar_one() == 1


async def test_however_many_glance_at_once_only_a_quarter_is_kept(database: Database) -> None:
    pids = await asyncio.gather(*(backend(database) for _ in range(40)))
    assert 1 < len(set(pids)) <= 8
    assert database.lent_out == 0
    for _ in range(3):
        assert len(set(await asyncio.gather(*(backend(database) for _ in range(2))))) == 2
    async with asyncio.timeout(4):  # six transactions side by side: less than the pool would wait for one
        await asyncio.gather(*(_slow(database) for _ in range(6)))


async def test_after_an_error_the_connection_is_given_back(database: Database) -> None:
    first = await backend(database)
    with pytest.raises(DBAPIError) as refused:
        async with database.glancing() as connection:
            await connection.execute(text("SELECT 1 / 0"))
    assert not is_outage(refused.value)
    assert database.lent_out == 0
    assert await backend(database) == first  # by way of the pool, which has rolled back what there was


async def test_when_the_server_was_away_one_glance_hears_of_it_not_each(database: Database, database_url: str) -> None:
    kept = set(await asyncio.gather(*(backend(database) for _ in range(2))))
    assert len(kept) == 2
    other = await asyncpg.connect(database_url)
    try:
        await other.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", sorted(kept))
    finally:
        await other.close()
    with pytest.raises(Exception) as lost:  # noqa: PT011 - whatever the driver says, it is an outage
        await backend(database)
    assert is_outage(lost.value)
    assert len({await backend(database) for _ in range(5)} - kept) == 1
    assert database.lent_out == 0


async def test_a_glance_given_up_leaves_nothing_lent_out(database: Database) -> None:
    async def stuck() -> None:
        async with database.glancing() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))

    given_up = asyncio.create_task(stuck())
    await asyncio.sleep(0.2)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert database.lent_out == 0
    assert await backend(database) > 0


async def test_a_pool_of_one_keeps_none(database_url: str) -> None:
    small = Database(make_engine(database_url, pool=1))
    try:
        await backend(small)
        async with asyncio.timeout(4), small.transaction() as connection:
            assert (await connection.execute(_BACKEND)).scalar_one() > 0
    finally:
        await small.close()


async def _slow(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SELECT pg_sleep(0.2)"))
