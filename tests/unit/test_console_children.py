"""A run outlives the console, and is known again by number and time of start."""

import sys
import time
from pathlib import Path

import pytest

from voucher_console.bench.children import Child, is_alive, start_child, stop_child
from voucher_console.bench.runs import CannotRun, Runs

SLEEPER = (sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)")


def test_a_child_is_known_by_its_start_and_can_be_broken_off(tmp_path: Path) -> None:
    process, child = start_child(SLEEPER, tmp_path / "said")
    assert is_alive(child)
    assert not is_alive(Child(child.pid, child.ticks + 1)), "a number that was given out again is another process"
    deadline = time.monotonic() + 20
    while not (tmp_path / "said").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    stop_child(child)
    assert not is_alive(child)
    process.wait()
    assert (tmp_path / "said").read_text().startswith("begun")


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "x" * 65])
def test_a_run_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotRun):
        Runs(tmp_path).start(name=name, target="reference", plan="quick", only=(), by="maker")


@pytest.mark.parametrize(
    ("target", "plan"), [("../etc.toml", "quick"), ("reference", "../plan.toml"), ("--own", "quick")]
)
def test_only_files_that_lie_there_can_be_tested(tmp_path: Path, target: str, plan: str) -> None:
    with pytest.raises(CannotRun):
        Runs(tmp_path).start(name="run-1", target=target, plan=plan, only=(), by="maker")
    assert not (tmp_path / "runs").exists()
