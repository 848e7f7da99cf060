"""Platforms for races: two API processes on servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario.platform import start_platform, stop_platform
from tests.scenario.world import World


@pytest.fixture(scope="session")
def race_world() -> Iterator[World]:
    """A world on a platform of the races' own, which they may wear out."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-e2e-"))
    platform = start_platform(folder)
    world = World(platform)
    world.open_shops(folder)
    yield world
    stop_platform(platform)
    shutil.rmtree(folder)
