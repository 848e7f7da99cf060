"""At a random moment of the peak a part dies, stalls, forgets or lies about the time: nothing acknowledged is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from voucherlab.child_environment import search_path
from voucherlab.kill_trials.faults import FAULTS

SEED = os.environ.get("KILL_SEED")
MAY_MOUNT = bool(os.environ.get("CI")) and os.geteuid() == 0


def kill_trials(file: Path, trials: int, *, timeout_s: float) -> dict[str, Any]:
    """`python -m voucherlab.kill_trials`; its result, in ``file``, too."""
    words = ("--trials", str(trials), "--json", str(file), "--keep", str(file.with_name("failed")))
    seed = ("--seed", SEED) if SEED else ()
    done = subprocess.run(
        [sys.executable, "-m", "voucherlab.kill_trials", *words, *seed],
        env={**os.environ, "PYTHONPATH": search_path()}, capture_output=True, text=True, check=False, timeout=timeout_s,
    )  # fmt: skip
    print(done.stderr)
    assert done.returncode in {0, 1}, done.stderr
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return result


def check(result: dict[str, Any], trials: int) -> None:
    """Everything acknowledged is there, and every fault was worked that this machine lets us work."""
    assert result["failures"] == []
    assert result["trials"] >= trials
    assert set(result["faults"]) | set(result["skipped"]) == set(FAULTS)
    assert not (MAY_MOUNT and {"full-disk-valkey", "full-disk-postgres"} & set(result["skipped"])), result["skipped"]
    for name, fault in result["faults"].items():
        assert fault["acknowledged"] > 0, name
        assert not any(fault[count] for count in ("missing", "oversold", "duplicates", "unresolved")), name


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_twenty_faults_at_the_peak_lose_nothing(tmp_path: Path) -> None:
    check(kill_trials(tmp_path / "trials.json", 20, timeout_s=1_700), 20)


@pytest.mark.full
@pytest.mark.timeout(6 * 3_600)
def test_three_hundred_faults_at_the_peak_lose_nothing(tmp_path: Path) -> None:
    """``KILL_TRIALS_FILE`` names a file to go on with, since sessions end."""
    file = Path(os.environ.get("KILL_TRIALS_FILE", str(tmp_path / "trials.json")))
    check(kill_trials(file, 300, timeout_s=6 * 3_500), 300)
