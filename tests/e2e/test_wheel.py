"""The platform as a wheel: everything it needs at run time travels inside."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Services

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    "voucher_contract": "platform",
    "voucher_platform": "platform",
    "voucherlab": "platform",
    "merchant_sim": ".",
    "loadtest": ".",
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("package", SOURCES)
def test_the_wheel_holds_every_tracked_file_of_a_package(unpacked: Path, package: str) -> None:
    base = ROOT / SOURCES[package]
    listed = subprocess.run(["git", "ls-files", "-z", package], cwd=base, check=True, capture_output=True, text=True)
    tracked = [name for name in listed.stdout.split("\0") if name and (base / name).is_file()]
    assert tracked
    missing = [name for name in tracked if not (unpacked / name).is_file()]
    assert not missing, "scripts, notices and the specification are part of the product"


def test_a_database_is_migrated_by_the_wheel_alone(unpacked: Path, new_database: Callable[[], str]) -> None:
    code = (
        "import sys; from voucher_platform.core import schema; schema.migrate(sys.argv[1]);"
        "print(schema.migrations_folder())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, new_database()],
        cwd=unpacked, env={**os.environ, "PYTHONPATH": str(unpacked)}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr[-2000:]
    assert shown.stdout.strip() == str(unpacked / "voucher_platform" / "migrations")


@pytest.fixture
def new_database(services: Services) -> Callable[[], str]:
    return lambda: services.postgres.create_database("empty_for_the_wheel")
