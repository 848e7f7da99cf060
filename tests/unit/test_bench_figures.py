"""What the benchmark of the claim path makes of its phases: ratios, and when it gives none."""

import pytest

from loadtest.bench.claim_path import AT_LEAST, AT_MOST, conclude, missed, options
from loadtest.bench.claim_rounds import Latency
from loadtest.bench.generators.open_loop import Measured, arrivals_at, percentiles_ms
from loadtest.bench.generators.request_file import Seat
from loadtest.bench.phases import Crowd, Phase
from loadtest.bench.ratios import NotComparable, Spread, rates, ratio, refuse_faults
from loadtest.bench.servers.processes import processor_seconds

KINDS = {
    "static_256": 201, "textbook_256": 201, "claim_256": 201, "sold_out_256": 409, "repeat_256": 201,
    "claim_256_everysec": 201, "static_64": 201, "textbook_64": 201, "claim_64": 201, "claim_64_everysec": 201,
}  # fmt: skip


def phase(kind: str = "claim_256", rate: float = 1_000.0, **changes: object) -> Phase:
    status = KINDS.get(kind, 201)
    values = {
        "kind": kind, "status": status, "answers": {status: 4_000}, "sent": 4_000, "lost": 0, "window_s": 4.0,
        "rate_per_s": rate, "cpu_s": {"api-0": 3.0}, "stored": 4_000 if kind.startswith("claim") else None, **changes,
    }  # fmt: skip
    return Phase(**values)  # type: ignore[arg-type]  # a builder


def measured(p99: float, *, fit: bool = True) -> Measured:
    return Measured(700.0, {201: 2_800}, 0, {"p99": p99}, {"p99": 0.3}, 0, 20, 0.1, fit=fit, reasons=[])


def test_a_ratio_is_the_median_of_the_rounds_ratios_with_its_spread() -> None:
    found = rates([phase(rate=100), phase("static_256", 400), phase(rate=300), phase("static_256", 600), phase(rate=90),
                   phase("static_256", 300)])  # fmt: skip
    assert found["claim_256"].rounds == [100, 300, 90]
    assert ratio(found, "claim_256", "static_256").as_json() == {
        "median": 0.3, "low": 0.25, "high": 0.5, "rounds": [0.25, 0.5, 0.3]
    }  # fmt: skip


def test_rounds_that_have_no_counterpart_give_no_ratio() -> None:
    found = rates([phase(), phase("static_256"), phase("static_256")])
    with pytest.raises(NotComparable, match="1 rounds"):
        ratio(found, "claim_256", "static_256")


def test_a_server_that_answered_nothing_gives_no_ratio() -> None:
    with pytest.raises(NotComparable):
        ratio(rates([phase(), phase("static_256", 0.0)]), "claim_256", "static_256")


def test_nothing_is_concluded_where_a_request_had_no_answer() -> None:
    with pytest.raises(NotComparable, match="1 of 4001 requests had no answer"):
        refuse_faults([phase("static_256"), phase(sent=4_001, lost=1)])


@pytest.mark.parametrize("stored", [3_999, 4_001])
def test_nothing_is_concluded_where_what_is_stored_is_not_what_was_acknowledged(stored: int) -> None:
    with pytest.raises(NotComparable, match=f"4000 acknowledged, {stored} stored"):
        refuse_faults([phase(stored=stored)])


@pytest.mark.parametrize(("stored", "sound"), [(4_000, True), (4_002, True), (4_003, False)])
def test_a_202_may_be_stored_or_not_but_explains_no_more_than_itself(stored: int, sound: bool) -> None:
    assert (phase(answers={201: 4_000, 202: 2}, stored=stored).faults() == []) is sound


def test_nothing_is_concluded_from_a_phase_of_other_answers_than_its_own() -> None:
    with pytest.raises(NotComparable, match="no answer was 409"):
        refuse_faults([phase("sold_out_256", answers={429: 4_000})])


def test_the_figures_hold_every_ratio_and_the_sums_of_both_books() -> None:
    phases = [phase(kind, 100.0 * (1 + place)) for place, kind in enumerate(KINDS)]
    below = Latency(700.0, [measured(30.0)], [measured(3.0)])
    figures = conclude(phases, below, 256, 64)
    assert figures["ratios"] == {
        "claim_vs_textbook": 1.5, "claim_vs_static": 3.0, "sold_out_vs_static": 4.0, "repeat_vs_static": 5.0,
        "claim_vs_textbook_at_64": 1.125, "claim_p99_vs_static_p99_at_70pct": 10.0,
    }  # fmt: skip
    assert figures["acknowledged"] == figures["stored"] == 16_000
    assert figures["missed"] == ["claim_vs_textbook", "claim_vs_textbook_at_64"]


def test_a_latency_ratio_needs_a_generator_that_was_fit_in_most_rounds() -> None:
    claim = [measured(30.0), measured(40.0, fit=False), measured(50.0)]
    static = [measured(10.0), measured(10.0), measured(10.0)]
    found = Latency(700.0, claim, static).ratio_p99()
    assert found == Spread([3.0, 5.0])
    assert Latency(700.0, claim[:2], static[:2]).ratio_p99() is None, "half of the rounds are not most"


def test_a_ratio_that_could_not_be_had_is_missed() -> None:
    good: dict[str, float | None] = {**AT_LEAST, **AT_MOST}
    assert missed(good) == []
    assert missed({**good, "claim_p99_vs_static_p99_at_70pct": None}) == ["claim_p99_vs_static_p99_at_70pct"]
    assert missed({**good, "claim_vs_static": 0.29}) == ["claim_vs_static"]


def test_a_token_comes_back_only_after_all_others() -> None:
    crowd = Crowd([Seat(str(n), "", "") for n in range(5)])
    sent = []
    for count in (3, 1, 2):  # of all who stand ready, so many get to claim before the phase is over
        sent += [seat.token for seat in crowd.coming()[:count]]
        crowd.went(count)
    assert sent == ["0", "1", "2", "3", "4", "0"]
    assert len(crowd.coming()) == 5, "nobody stands in the row twice"


def test_everybody_who_asks_for_a_rate_gets_the_same_arrivals() -> None:
    once, again = arrivals_at(1_000, 2.0), arrivals_at(1_000, 2.0)
    assert (once == again).all()
    assert 1_800 < len(once) < 2_200


def test_percentiles_are_milliseconds_and_none_of_nothing() -> None:
    assert percentiles_ms([1_000_000] * 99 + [5_000_000])["p100"] == 5.0
    assert percentiles_ms([]) == {}


def test_processor_time_of_a_process_includes_its_descendants() -> None:
    import os
    import subprocess
    import sys

    burn = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert processor_seconds({"me": os.getpid()})["me"] >= 0.3


def test_the_real_run_has_five_rounds_and_three_numbers_of_processes() -> None:
    asked, file = options(["--json", "out.json"])
    assert (asked.rounds, asked.by_processes, file.name) == (5, (1, 2, 4), "out.json")
