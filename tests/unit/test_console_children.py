"""A run outlives the console, and is known again by number and time of start."""

import subprocess
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


LOWERED = """
import os, sys
from pathlib import Path
from voucher_console.bench.runs import Runs
folder = Path(sys.argv[1])
runs = Runs(folder)
os.nice(10)
run = runs.start(name="run-1", target="reference", plan="quick", only=("no-such-case",), by="maker")
print(os.getpriority(os.PRIO_PROCESS, run.child.pid), os.getpriority(os.PRIO_PROCESS, 0) - 10)
"""


def test_a_run_does_not_give_way_as_the_console_does(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", LOWERED, str(tmp_path)], capture_output=True, text=True, check=True)
    of_run, of_console_before = map(int, said.stdout.split())
    assert of_run == of_console_before


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
