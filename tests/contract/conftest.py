"""One platform with two API processes for all tests of the contract, and one world in it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario.platform import Platform, start_platform, stop_platform
from tests.scenario.world import World


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A private temporary folder for the session, removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="voucherlab-contract-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def platform(session_folder: Path) -> Iterator[Platform]:
    """A platform with PostgreSQL and Valkey of its own, so that a test may stop them."""
    running = start_platform(session_folder)
    yield running
    stop_platform(running)


@pytest.fixture(scope="session")
def world(platform: Platform, session_folder: Path) -> World:
    """A campaign, eight shops, and builders for the rest."""
    made = World(platform)
    made.open_shops(session_folder)
    return made


@pytest.fixture(scope="session")
def batch(world: World) -> str:
    """A live batch with plenty of vouchers, a hundred a person, for whoever needs just a voucher."""
    return world.one_batch(per_person_limit=100, quota=100_000, refund_regime="A")
