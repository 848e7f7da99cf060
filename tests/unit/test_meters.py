"""Figures in shared memory: who counts, who is read, who is forgotten."""

import subprocess
import sys
from itertools import pairwise
from math import isnan
from pathlib import Path

import pytest

from voucher_platform.core import figures
from voucher_platform.core.figures import CELLS, FIGURES, LAYOUT, PLACES
from voucher_platform.core.meters import Meters, living

COUNTS_AND_WAITS = """
import sys
from voucher_platform.core import figures
from voucher_platform.core.meters import Meters
meters = Meters("api-0", sys.argv[1])
meters.add(figures.SHED, 7)
print(meters.name, flush=True)
sys.stdin.read()
"""


def a_process(folder: Path) -> "subprocess.Popen[str]":
    """A process that has counted seven and goes on living."""
    command = [sys.executable, "-c", COUNTS_AND_WAITS, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def named(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def shed(folder: Path) -> dict[str, float]:
    return {name: cells[PLACES[figures.SHED.name, ""]] for name, cells in living(folder).items()}


def test_a_living_process_is_read_without_being_asked_and_a_killed_one_falls_away(tmp_path: Path) -> None:
    with a_process(tmp_path) as other:
        assert named(other) == "api-0"
        assert shed(tmp_path) == {"api-0": 7.0}
        other.kill()
        other.wait()
        assert shed(tmp_path) == {}, "a killed process still counts"


def test_a_successor_takes_the_name_over_and_begins_at_nought(tmp_path: Path) -> None:
    with a_process(tmp_path) as other:
        named(other)
        other.kill()
    meters = Meters("api-0", str(tmp_path))
    assert (meters.name, shed(tmp_path)) == ("api-0", {"api-0": 0.0})
    meters.close()
    assert shed(tmp_path) == {}


def test_two_processes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with a_process(tmp_path) as first, a_process(tmp_path) as second:
        assert {named(first), named(second)} == {"api-0", "api-0.2"}
        assert shed(tmp_path) == {"api-0": 7.0, "api-0.2": 7.0}
        first.kill()
        second.kill()


def test_a_process_of_another_version_is_left_out(tmp_path: Path) -> None:
    meters = Meters("api-0", str(tmp_path))
    with (tmp_path / "api-0.meters").open("r+b") as file:
        file.write(bytes(len(LAYOUT)))
    assert living(tmp_path) == {}
    meters.close()


def test_a_disk_without_room_does_not_keep_a_process_from_counting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    meters = Meters("api-0", str(tmp_path / "file" / "below"))
    meters.add(figures.SHED)
    assert meters.cells[PLACES[figures.SHED.name, ""]] == 1.0


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_no_two_values_share_a_cell(figure: figures.Figure) -> None:
    ends = sorted((PLACES[one.name, value], one.width) for one in FIGURES for value in one.values)
    assert all(at + width == following for (at, width), (following, _) in pairwise(ends))
    assert ends[-1][0] + ends[-1][1] == CELLS
    assert len(set(figure.values)) == len(figure.values)
    assert list(figure.bounds) == sorted(figure.bounds)


def test_a_value_nobody_listed_counts_as_other() -> None:
    meters = Meters()
    meters.tally(figures.CLAIMS)("never heard of")
    assert meters.cells[PLACES[figures.CLAIMS.name, figures.OTHER]] == 1.0


def test_an_observation_lies_in_the_first_bucket_that_holds_it() -> None:
    meters, first = Meters(), PLACES[figures.CLAIM_SECONDS.name, ""]
    observe = meters.observer(figures.CLAIM_SECONDS)
    for seconds in (0.001, 0.0011, 99.0):
        observe(seconds)
    last = first + len(figures.CLAIM_SECONDS.bounds)
    assert [meters.cells[first], meters.cells[first + 1], meters.cells[last]] == [1.0, 1.0, 1.0]
    assert meters.cells[last + 1] == pytest.approx(99.0021)


def test_a_gauge_says_nothing_until_it_is_noted() -> None:
    meters = Meters()
    assert isnan(meters.cells[PLACES[figures.GATE_OPEN.name, ""]])
    meters.put(figures.GATE_OPEN, True)
    assert meters.cells[PLACES[figures.GATE_OPEN.name, ""]] == 1.0
