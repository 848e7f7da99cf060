"""The benchmark of overload from end to end, with a cap so low that it holds on any machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.bench.overload import LEAST_SHARE, LONGEST_MS
from loadtest.engine.children import environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_five_times_the_cap_leaves_its_goodput_whole_and_every_request_answered_in_time(tmp_path: Path) -> None:
    file = tmp_path / "overload.json"
    load = ["--cap", "20", "--offered", "100", "--seconds", "10", "--knee-seconds", "2", "--fastest", "1000"]
    done = subprocess.run(
        [sys.executable, "-m", "loadtest.bench.overload", "--json", str(file), *load, "--generator", "own"],
        capture_output=True, text=True, env=environment(), check=False, timeout=800,
    )  # fmt: skip
    assert file.exists(), done.stderr[-2_000:]
    told = json.loads(file.read_text(encoding="utf-8"))
    assert "not_comparable" not in told, told
    capped, uncapped = told["capped"], told["uncapped"]
    assert capped["goodput_of_cap"] >= LEAST_SHARE
    assert capped["goodput_of_cap"] <= 1.25, "the cap did not hold"
    assert capped["longest_ms"] <= LONGEST_MS
    assert capped["answers"]["503"] > capped["answers"]["201"]
    assert capped["indefinite"] <= 5
    assert 0 < capped["queue"]["under_way"] <= capped["queue"]["under_way_limit"] <= 20
    assert uncapped["offered_of_knee"] > 0
    assert uncapped["stored"] >= uncapped["answers"]["201"] > 0
