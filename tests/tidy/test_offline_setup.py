"""A machine without network sets itself up from the kit."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

SETUP_SECONDS = 600
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}


def _network_can_be_cut() -> bool:
    return (
        shutil.which("unshare") is not None and subprocess.run(["unshare", "-rn", "true"], check=False).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.timeout(2 * SETUP_SECONDS)
@pytest.mark.skipif(not _network_can_be_cut(), reason="this kernel lets nobody make a network namespace")
def test_a_fresh_clone_sets_up_from_the_kit_with_the_network_cut_off(tmp_path: Path) -> None:
    kit, clone = tmp_path / "kit", tmp_path / "clone"
    # The gathering may use this machine's mirrors; the setting up may use nothing but the kit.
    subprocess.run(["bash", ".ci/offline_kit.sh", str(kit)], cwd=ROOT, check=True, timeout=SETUP_SECONDS)
    clone.mkdir(mode=0o700)
    subprocess.run(["tar", "xf", str(kit / "voucherlab.tar.gz"), "-C", str(clone)], check=True)
    tree = clone / "voucherlab"

    cut_off = ["unshare", "-rn", "env", "HOME=" + str(tmp_path), "PIP_CONFIG_FILE=/dev/null", "NO_UV=1"]
    setup = subprocess.run(
        [*cut_off, "make", "setup", f"KIT={kit}"],
        cwd=tree, env=CLEAN, check=False, capture_output=True, text=True, timeout=SETUP_SECONDS,
    )  # fmt: skip
    assert setup.returncode == 0, setup.stdout[-2000:] + setup.stderr[-2000:]

    shown = subprocess.run(
        [*cut_off, ".venv/bin/voucherlab", "--help"], cwd=tree, env=CLEAN, check=False, capture_output=True
    )
    assert shown.returncode == 0, "set up, but the command line does not start"
