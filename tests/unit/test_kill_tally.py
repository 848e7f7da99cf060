"""Trials add up over sessions, a failing one can be played again, and another load is never mixed in."""

import json
from pathlib import Path

import pytest

from loadtest.agreed.reading import ConfigurationError
from voucherlab.kill_trials.faults import FAULTS
from voucherlab.kill_trials.tally import COUNTS, Tally, spoilt_by, tally_for

LOAD = {"rate": 300.0, "seconds": 4.0}


def told(**changes: object) -> dict[str, object]:
    return {**dict.fromkeys(COUNTS, 0), "acknowledged": 500, "others": [], "recovery_seconds": 0.5, **changes}


def test_a_later_run_goes_on_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "trials.json"
    first = tally_for(file, seed=7, load=LOAD)
    first.note("kill-api", 7, told(recovery_seconds=0.25))
    first.next_seed = 8
    first.write(file)
    second = tally_for(file, seed=99, load=LOAD)
    assert (second.seed, second.next_seed, second.trials) == (7, 8, 1)
    second.note("kill-api", 8, told(recovery_seconds=0.75))
    second.write(file)
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["faults"]["kill-api"]["acknowledged"] == 1_000
    assert kept["faults"]["kill-api"]["recovery_seconds"] == {"median": 0.5, "max": 0.75, "all": [0.25, 0.75]}
    assert kept["clean"]
    assert kept["machine"]["cores"] > 0


@pytest.mark.parametrize("count", [name for name in COUNTS if name != "acknowledged"])
def test_one_thing_lost_and_the_campaign_is_not_clean_but_can_be_played_again(count: str) -> None:
    tally = Tally(1, LOAD, 2)
    tally.note("flushall", 1, told(**{count: 1}))
    assert not tally.is_clean
    (failure,) = tally.failures
    assert failure["found"] == [f"{count}: 1"]
    assert failure["replay"].endswith("--trials 1 --only flushall --seed 1 --rate 300 --seconds 4")


def test_a_journal_that_does_not_drain_is_a_failure_too() -> None:
    tally = Tally(1, LOAD, 2)
    tally.note("kill-worker", 1, told(others=["the journal does not drain"]))
    assert not tally.is_clean


def test_a_fault_that_missed_the_peak_proves_nothing_unless_something_was_found() -> None:
    early = told(struck=True, granted_before=0, sent_after=900)
    late = told(struck=True, granted_before=500, sent_after=0)
    assert spoilt_by(early) == "the fault came before the first grant"
    assert spoilt_by(late) == "the peak was over before the fault"
    assert spoilt_by(told(struck=True, granted_before=1, sent_after=1)) is None
    for missed in (early, late):
        assert spoilt_by({**missed, "missing": 1}) is None, "a loss is a loss"
        assert spoilt_by({**missed, "others": ["C8"]}) is None


def test_trials_under_another_load_are_not_added_up(tmp_path: Path) -> None:
    file = tmp_path / "trials.json"
    tally_for(file, seed=1, load=LOAD).write(file)
    with pytest.raises(ConfigurationError):
        tally_for(file, seed=1, load={**LOAD, "rate": 10.0})


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "trials.json"
    file.write_text('{"trials": 3}', encoding="utf-8")
    with pytest.raises(ConfigurationError):
        tally_for(file, seed=1, load=LOAD)


def test_every_part_that_a_claim_needs_is_killed_and_stopped() -> None:
    for act in ("kill", "stop"):
        assert {f"{act}-{part}" for part in ("api", "worker", "valkey", "postgres")} <= set(FAULTS)
