"""The benchmark of the claim path, tiny: what it writes, and that its books agree. No test says how fast it is."""

import json
from pathlib import Path

import pytest

from loadtest.bench import claim_path
from loadtest.bench.claim_path import Asked
from loadtest.bench.generators import closed_loop, open_loop
from loadtest.bench.generators.choosing import alone_per_s, generator
from loadtest.bench.generators.request_file import Seat, claim_request, write_requests
from loadtest.bench.servers.beside import static, textbook

KINDS = {"static_8", "textbook_8", "claim_8", "claim_8_everysec", "sold_out_8", "repeat_8", "static_4", "textbook_4",
         "claim_4", "claim_4_everysec", "recorded", "claim_below_knee"}  # fmt: skip


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    file = tmp_path / "requests"
    seats = [Seat("token", f"dev-{n}", "10.0.0.1") for n in range(40)]
    write_requests(file, (claim_request(seat, "bat_1", f"key-{n:020d}") for n, seat in enumerate(seats)))
    return file


@pytest.mark.parametrize("name", ["wrk", "own"])
def test_a_closed_loop_gets_an_answer_to_every_request_of_a_file(name: str, requests: Path, tmp_path: Path) -> None:
    send = generator(name if generator("auto") is not closed_loop.send else "own")  # a machine without wrk has one loop
    with static(tmp_path, processes=1) as server:
        counted = send(server.url, requests, connections=4, seconds=20.0, warm_s=0.0)
    assert counted.sent == 40, "sending ends with the file"
    assert counted.answers == {201: 40}
    assert counted.lost == 0
    assert sum(counted.in_window.values()) <= 40


def test_a_generator_goes_on_until_its_time_is_over_where_it_may_begin_again(requests: Path) -> None:
    assert alone_per_s(generator("auto"), requests, connections=2, seconds=0.5) > 0


def test_the_textbook_gives_each_device_one_voucher(requests: Path, tmp_path: Path) -> None:
    with textbook(tmp_path, processes=1) as server:
        counted = closed_loop.send(server.url, requests, connections=4, seconds=20.0, warm_s=0.0)
        again = closed_loop.send(server.url, requests, connections=4, seconds=20.0, warm_s=0.0)
    assert counted.answers == {201: 40}
    assert again.answers == {409: 40}


def test_an_open_loop_sends_all_that_arrives_and_judges_itself(requests: Path, tmp_path: Path) -> None:
    with static(tmp_path, processes=1) as server:
        measured = open_loop.send(server.url, requests, rate_per_s=20, seconds=1.0)
    assert sum(measured.answers.values()) == len(open_loop.arrivals_at(20, 1.0))
    assert measured.lost == measured.not_sent == 0
    assert measured.response_ms["p50"] <= measured.response_ms["p99"]
    assert measured.fit == (not measured.reasons)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_benchmark_writes_every_ratio_and_its_books_agree(tmp_path: Path) -> None:
    asked = Asked(rounds=1, seconds=0.8, people=4_000, processes=1, by_processes=(2,), many=8, few=4, generator="auto")
    figures = json.loads(json.dumps(claim_path.measure(asked)))
    assert set(figures["ratios"]) == {
        "claim_vs_textbook", "claim_vs_static", "sold_out_vs_static", "repeat_vs_static", "claim_vs_textbook_at_4",
        "claim_p99_vs_static_p99_at_70pct",
    }  # fmt: skip
    assert {phase["kind"] for phase in figures["phases"]} == KINDS
    assert set(figures["rates_by_processes"]["2"]) == {"static_8", "textbook_8", "claim_8", "sold_out_8"}
    pending = sum(phase["answers"].get("202", 0) for phase in figures["phases"])
    assert 0 <= figures["stored"] - figures["acknowledged"] <= pending
    assert figures["acknowledged"] > 0
    assert figures["unanswered"] == 0
    assert figures["servers"]["reference"]["postgres"]["synchronous_commit"] == "on"
    assert figures["servers"]["reference"]["valkey"]["appendfsync"] == "always"
    assert all(phase["cpu_s"]["generator"] >= 0 for phase in figures["phases"] if phase["cpu_s"])
    assert figures["valkey_alone"]["rounds"][0]["claims"] > 0
    assert {"date", "machine", "versions", "latency", "generator"} <= set(figures)
