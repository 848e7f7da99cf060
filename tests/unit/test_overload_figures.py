"""What the benchmark of overload concludes, and what it reads of the platform's queues."""

from typing import Any

from loadtest.bench.overload import missed
from loadtest.bench.queues import take_highest


def run(**changed: Any) -> dict[str, Any]:
    queue = {"under_way": 1_400.0, "under_way_limit": 1_500.0}
    return {"goodput_of_cap": 0.93, "longest_ms": 1_200.0, "indefinite": 0, "queue": queue, **changed}


def test_a_run_within_all_limits_misses_none() -> None:
    assert missed(run()) == []


def test_each_limit_is_named_with_what_was_found() -> None:
    assert missed(run(goodput_of_cap=0.79)) == ["goodput is 0.79 of the cap, less than 0.8"]
    assert missed(run(longest_ms=3_001.0)) == ["the longest answer took 3001 ms, more than 3000"]
    assert missed(run(indefinite=2)) == ["2 answers were neither 201 nor 503"]
    grown = {"under_way": 1_501.0, "under_way_limit": 1_500.0}
    assert missed(run(queue=grown)) == ["more claims were under way than the platform's own limit"]
    assert missed(run(queue={})) == ["the platform never told how long its queue was"]


def test_of_all_processes_and_scrapes_the_highest_counts() -> None:
    highest: dict[str, float] = {}
    for under_way in (3, 7, 5):
        take_highest(highest, (
            f'voucherlab_claims_under_way{{process="api"}} {under_way}.0\n'
            'voucherlab_claims_under_way_limit{process="api"} 1500.0\n'
            'voucherlab_claims_waiting{process="api",stage="commit"} 1.2e+03\n'
            'voucherlab_claims_waiting{process="worker",stage="commit"} NaN\n'
        ))  # fmt: skip
    assert highest == {"scrapes": 3, "under_way": 7, "under_way_limit": 1_500, "waiting_commit": 1_200}
