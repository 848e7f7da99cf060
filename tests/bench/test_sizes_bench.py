"""The benchmark of growth, tiny: the filled batch is lawful, and every book agrees. No test says how fast it is."""

import json
from pathlib import Path

import pytest

from loadtest.bench.generators.choosing import generator
from loadtest.bench.phases import Phase, Stage
from loadtest.bench.sizes import Sizes, conclude, measure, options


def stage(tmp_path: Path, **rates: float) -> Stage:
    made = Stage(generator("own"), tmp_path / "requests", 1.0, 0.0)
    for kind, rate in rates.items():
        made.phases.append(Phase(kind, 201, {201: 10}, 10, 0, 1.0, rate, {}, stored=10))
    return made


def rebuilt(seconds: float, bytes_each: float) -> dict[str, float]:
    return {"seconds": seconds, "bytes_a_voucher": bytes_each}


RATES = {"few_batches": 100.0, "many_batches": 90.0, "few_vouchers": 100.0, "many_vouchers": 86.0, "few_spread": 100.0,
         "many_spread": 20.0}  # fmt: skip


def test_growth_within_the_limits_misses_none_and_a_spread_rush_has_no_limit(tmp_path: Path) -> None:
    figures = conclude(stage(tmp_path, **RATES), [rebuilt(4, 90), rebuilt(6, 95), rebuilt(5, 99)])
    assert figures["missed"] == []
    assert figures["ratios"] == {
        "many_batches_vs_few": 0.9, "many_vouchers_vs_few": 0.86, "spread_over_many_vs_few": 0.2
    }  # fmt: skip
    assert figures["rebuild"]["seconds"]["median"] == 5
    assert figures["bytes_a_voucher"] == 95


def test_growth_beyond_a_limit_is_named(tmp_path: Path) -> None:
    slower = stage(tmp_path, **{**RATES, "many_vouchers": 84.0})
    assert conclude(slower, [rebuilt(4, 101)])["missed"] == ["many_vouchers_vs_few", "bytes_a_voucher"]


def test_the_real_run_has_a_million_vouchers_and_a_thousand_batches() -> None:
    sizes, file = options(["--json", "out.json"])
    assert (sizes.many_vouchers, sizes.many_batches, file.name) == (1_000_000, 1_000, "out.json")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_filled_batch_is_rebuilt_and_claimed_from_and_its_books_agree() -> None:
    sizes = Sizes(
        rounds=1,
        seconds=0.6,
        people=3_000,
        few_vouchers=20,
        many_vouchers=3_000,
        many_batches=12,
        connections=8,
        generator="auto",
    )
    figures = json.loads(json.dumps(measure(sizes)))
    assert set(figures["ratios"]) == {"many_batches_vs_few", "many_vouchers_vs_few", "spread_over_many_vs_few"}
    pending = sum(phase["answers"].get("202", 0) for phase in figures["phases"])
    assert 0 <= figures["stored"] - figures["acknowledged"] <= pending
    assert figures["acknowledged"] > 0
    assert figures["unanswered"] == 0
    first, *others = figures["rebuild"]["times"]
    assert first["vouchers"] == 3_000
    assert [one["vouchers"] for one in others] == [3_004, 3_008], "each rebuild, and only after it, grants four"
    assert all(one["acknowledged"] == one["stored"] == 4 for one in figures["rebuild"]["times"])
    each = [one["bytes_a_voucher"] for one in figures["rebuild"]["times"]]
    assert all(40 < one < 400 for one in each), "a person's entry is some dozens of bytes, each time anew"
    assert figures["servers"]["reference"]["postgres"]["synchronous_commit"] == "on"
