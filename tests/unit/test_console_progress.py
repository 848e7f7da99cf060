"""The console reads what the bench writes while it writes it."""

import json
import time
from pathlib import Path

import numpy as np

from loadtest.history.record import ATTEMPT, Kind, Outcome
from loadtest.history.writer import HistoryWriter
from voucher_console.bench.progress import OUTCOMES, SEEN, read_progress


def test_the_fields_that_are_looked_at_lie_where_the_bench_puts_them() -> None:
    assert SEEN.itemsize == ATTEMPT.itemsize
    for name in SEEN.names or ():
        assert SEEN.fields is not None
        assert ATTEMPT.fields is not None
        assert SEEN.fields[name][:2] == ATTEMPT.fields[name][:2], name


def test_outcomes_are_named_as_the_bench_numbers_them() -> None:
    assert tuple(one.name.lower() for one in sorted(Outcome)) == OUTCOMES


def test_a_folder_that_is_not_there_yet_says_nothing_has_happened(tmp_path: Path) -> None:
    progress = read_progress(tmp_path / "evidence")
    assert (progress.cases_played, progress.steps_done, progress.step) == (0, 0, None)


def _play(folder: Path) -> HistoryWriter:
    history = folder / "steps" / "opening_rush-1" / "history"
    history.mkdir(parents=True)
    writer = HistoryWriter(history, 0, "0123456789abcdef")
    first = time.monotonic_ns() - 2 * 10**9
    for number in range(100):
        slot = writer.begin(Kind.CLAIM, t_intended=first + number * 10**7, key=number, person=number)
        if number < 60:
            writer.end(slot, outcome=Outcome.OK, status=201)
        elif number < 90:
            writer.end(slot, outcome=Outcome.REFUSED, code="sold_out", status=409)
    writer.not_sent(Kind.CLAIM, t_intended=first + 10**9, key=100, person=100)
    return writer


def test_a_step_under_load_is_read_while_it_is_played(tmp_path: Path) -> None:
    plan = {"steps": [{"name": "opening_rush", "scenario": "opening_rush", "rate_per_s": 300, "duration_s": 3}]}
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    writer = _play(tmp_path)
    step = read_progress(tmp_path).step
    writer.close()
    assert step is not None
    assert step.outcomes == {"ok": 60, "refused": 30, "open": 10, "not_sent": 1}
    assert step.codes == {"sold_out": 30}
    assert (step.planned_rate_per_s, step.attempts) == (300, 101)
    assert len(step.seconds) == len(step.intended_per_s) == len(step.sent_per_s) == len(step.lag_ms)
    width = step.seconds[1] - step.seconds[0]
    assert np.isclose(sum(step.intended_per_s) * width, 101, rtol=0.05)


def test_the_benchs_own_preparation_is_no_load(tmp_path: Path) -> None:
    history = tmp_path / "steps" / "opening_rush-1" / "history"
    history.mkdir(parents=True)
    writer = HistoryWriter(history, 90_000, "0123456789abcdef")
    writer.begin(Kind.CLAIM, t_intended=10**9, key=1, person=1)
    step = read_progress(tmp_path).step
    writer.close()
    assert step is not None
    assert step.attempts == 0


def test_a_rate_does_not_seem_to_fall_because_its_last_bin_is_still_filling(tmp_path: Path) -> None:
    history = tmp_path / "steps" / "steady-1" / "history"
    history.mkdir(parents=True)
    writer = HistoryWriter(history, 0, "0123456789abcdef")
    for number in range(102):  # a hundred a second: ten bins of a tenth, and two attempts of the eleventh
        writer.begin(Kind.CLAIM, t_intended=10**9 + number * 10**7, key=number, person=number)
    records = np.fromfile(next(history.glob("*.attempts")), ATTEMPT)[:102]
    writer.close()
    records["t_invoke"] = records["t_intended"]
    records.tofile(history / "worker-00000.attempts")
    step = read_progress(tmp_path).step
    assert step is not None
    assert step.intended_per_s == step.sent_per_s
    assert (len(step.seconds), min(step.sent_per_s)) == (10, 90.0), "nine or ten: an attempt may lie on an edge"
