"""The bench's own test: every defect is found by a case made for it, and nobody lawful is accused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voucherlab.child_environment import search_path


def self_test(file: Path, *, repetitions: int, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """`voucherlab verify --self-test`; its result is in ``file``."""
    words = ("verify", "--self-test", "--repetitions", str(repetitions), "--json", str(file))
    return subprocess.run(
        [sys.executable, "-m", "voucherlab", *words], env={**os.environ, "PYTHONPATH": search_path()},
        capture_output=True, text=True, check=False, timeout=timeout_s,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_every_defect_is_found_by_its_own_case_and_nobody_lawful_is_accused(tmp_path: Path) -> None:
    file = Path(os.environ.get("SELF_TEST_FILE", str(tmp_path / "matrix.json")))
    done = self_test(file, repetitions=1, timeout_s=1_700)
    matrix = json.loads(file.read_text(encoding="utf-8"))
    assert (matrix["missed"], matrix["false_alarms"], matrix["spoilt"]) == ([], [], []), done.stderr
    assert done.returncode == 0
    assert len(matrix["killed"]) >= 36
    assert set(matrix["lawful_trials"]) >= {"correct", "reference"}
    assert len(matrix["lawful_trials"]) >= 5, "three lawful variants, the correct vendor, the reference"
    assert len(matrix["lawful_steps"]) >= 2 * 13 + 3 * 4, "every step, and for the variants those that tell most"


@pytest.mark.full
@pytest.mark.timeout(8 * 3_600)
def test_the_kill_matrix_repeated_for_its_probabilities(tmp_path: Path) -> None:
    """A hundred repetitions of the false-alarm part and twenty of each racy defect, unless told otherwise."""
    repetitions = int(os.environ.get("SELF_TEST_REPETITIONS", "100"))
    file = Path(os.environ.get("SELF_TEST_FILE", str(tmp_path / "matrix.json")))
    done = self_test(file, repetitions=repetitions, timeout_s=8 * 3_500)
    matrix = json.loads(file.read_text(encoding="utf-8"))
    assert matrix["false_alarms"] == [], done.stderr
    assert matrix["missed"] == [], matrix["rates"]
