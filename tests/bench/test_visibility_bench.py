"""An officer's word reaches every API process: the arithmetic, and one real round at the limit of 5 s."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.bench.visibility import LIMIT_S, Shown, conclude

CHANGES = {"pause", "resume", "stop", "returned_stock"}


def test_the_slowest_process_counts_and_one_that_never_showed_it_is_missed() -> None:
    first: dict[str, Shown] = {"pause": {"api-0": 0.1, "api-1": 0.3}, "stop": {"api-0": 0.2, "api-1": None}}
    second: dict[str, Shown] = {"pause": {"api-0": 0.5, "api-1": 0.2}, "stop": {"api-0": 0.2, "api-1": 0.4}}
    told = conclude([first, second])
    assert told["slowest_process"]["pause"] == {"median_ms": 400.0, "max_ms": 500.0}
    assert told["slowest_process"]["stop"] == {"median_ms": 400.0, "max_ms": 400.0}
    assert told["missed"] == ["stop"]


def test_what_is_shown_after_the_limit_is_missed() -> None:
    late: dict[str, Shown] = {"pause": {"api-0": LIMIT_S + 0.1}}
    assert conclude([late])["missed"] == ["pause"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_pause_resume_stop_and_returned_stock_are_seen_by_four_processes_within_five_seconds(tmp_path: Path) -> None:
    file = tmp_path / "visibility.json"
    words = [sys.executable, "-m", "loadtest.bench.visibility", "--json", str(file), "--rounds", "1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(file.read_text(encoding="utf-8"))
    (shown,) = told["rounds"]
    assert shown.keys() == CHANGES
    for change in CHANGES:
        assert shown[change].keys() == {f"api-{number}" for number in range(4)}, (
            f"{change}: not every process was asked"
        )
        assert all(0 < seconds <= LIMIT_S for seconds in shown[change].values())
