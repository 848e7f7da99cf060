"""Real servers for the tests: one PostgreSQL and one Valkey a session (and a xdist worker), on demand."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.hot_stores import STORES, Cluster, StoreProcess, empty, make_store
from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.embedded_valkey import EmbeddedValkey
from voucherlab.platform_process import PlatformProcess, ReadyPlatform

# How long an example takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_TEMPLATE = "migrated_template"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Services:
    """The session's servers. `database_url` is the maintenance database: tests use their own copies."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @property
    def database_url(self) -> str:
        """URL of the maintenance database."""
        return self.postgres.database_url

    @property
    def redis_url(self) -> str:
        """URL of the session's Valkey."""
        return self.valkey.redis_url


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A private temporary folder, removed afterwards; pytest's own are kept for three runs."""
    path = Path(tempfile.mkdtemp(prefix="voucherlab-test-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """One embedded PostgreSQL and Valkey, started when the first test asks for them."""
    path = Path(tempfile.mkdtemp(prefix="voucherlab-session-"))
    folder = open_data_folder(path / "data")
    running = Services(EmbeddedPostgres(folder, "session-only"), EmbeddedValkey(folder, "session-only"))
    try:
        running.postgres.start()
        running.valkey.start()
        yield running
    finally:
        running.valkey.stop()
        running.postgres.stop()
        folder.close()
        shutil.rmtree(path)


@pytest.fixture(scope="session")
def migrated_template(services: Services) -> str:
    """The name of a database with the current schema, which tests copy instead of migrating each."""
    # Imported here: the unit tests should not pay for Alembic.
    from voucher_platform.core.schema import migrate

    migrate(services.postgres.create_database(_TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database_url(services: Services, migrated_template: str) -> str:
    """A fresh database of the current schema, for this test alone.

    A copy takes 0.06 s and some 8 MB. It is not dropped, which would cost a checkpoint of half a second: the
    whole server goes at the end of the session.
    """
    return services.postgres.create_database(f"test_{next(_numbers)}", template=migrated_template)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked ``every_store`` runs once on each of them."""
    if "redis_url" in metafunc.fixturenames and metafunc.definition.get_closest_marker("every_store"):
        metafunc.parametrize("redis_url", STORES, indirect=True)


@pytest.fixture(scope="session")
def other_stores() -> Iterator[Callable[[str], StoreProcess | Cluster]]:
    """Stores besides the session's Valkey, by name; each is started when the first test asks for it."""
    path = Path(tempfile.mkdtemp(prefix="voucherlab-stores-"))
    started: dict[str, StoreProcess | Cluster] = {}

    def ask(name: str) -> StoreProcess | Cluster:
        if name not in started:
            started[name] = make_store(name, path)
            started[name].start()
        return started[name]

    yield ask
    for store in started.values():
        store.stop()
    shutil.rmtree(path)


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The session's Valkey, or the store a test is parametrized with, emptied for this test."""
    name = getattr(request, "param", "valkey")
    if name == "valkey":
        url = str(request.getfixturevalue("services").redis_url)
    else:
        url = request.getfixturevalue("other_stores")(name).url
    empty(url)
    return url


@dataclass(frozen=True)
class PlatformServer:
    """A platform under test: its process, and what its ready file said."""

    process: PlatformProcess
    ready: ReadyPlatform


@pytest.fixture
def platform_server(short_tmp: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., PlatformServer]]:
    """Starts `voucherlab serve`: `platform_server()` over the session's servers with a fresh database (fast).

    `platform_server(embedded=True)` gives it PostgreSQL and Valkey of its own, which a test may kill.
    `options` are further words of the command line, `environment` further variables.
    """
    started: list[PlatformProcess] = []

    def start(
        *,
        embedded: bool = False,
        options: tuple[str, ...] = ("--sandbox", "--api-workers", "1"),
        environment: dict[str, str] | None = None,
    ) -> PlatformServer:
        variables = dict(environment or {})
        if not embedded:
            variables["DATABASE_URL"] = request.getfixturevalue("database_url")
            variables["REDIS_URL"] = request.getfixturevalue("redis_url")
        process = PlatformProcess(short_tmp / f"data-{len(started)}", arguments=options, environment=variables)
        started.append(process)
        return PlatformServer(process, process.start())

    yield start
    for process in started:
        process.stop()
