"""The open loop: what it records, repeats, leaves unsent, and when its figures may not be used."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loadtest.engine.measuring import Fitness, GeneratorFigures, fitness
from loadtest.engine.qualifying import Qualification, too_fast, write_step
from loadtest.engine.working import Worker, soon_ns
from loadtest.history.columns import History
from loadtest.history.reading import read_history
from loadtest.history.record import Outcome
from loadtest.verify.plans import plan_named
from tests.bench.servers import CountingServer, answer, close_without_reply, counting

VOUCHER = {
    "id": "v1", "batch_id": "b1", "state": "issued", "face_fen": 3_000, "threshold_fen": 10_000, "code": "CODE0001",
    "nth": 1, "claimed_at": "2026-01-01T00:00:00+08:00", "valid_from": "2026-01-01T00:00:00+08:00",
    "valid_until": "2027-01-01T00:00:00+08:00",
}  # fmt: skip
Reply = tuple[int, dict[str, object]]


def saying(*replies: Reply) -> Callable[[socket.socket, bytes], bool]:
    """Each request of a key gets the next of these replies; the last one for ever after."""
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    def behave(connection: socket.socket, request: bytes) -> bool:
        key = key_of(request)
        with lock:
            status, body = replies[min(asked[key], len(replies) - 1)]
            asked[key] += 1
        raw = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nX-Request-Id: r-{key}\r\n"
        connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(raw) + raw)
        return True

    return behave


def key_of(request: bytes) -> str:
    """The idempotency key of a request as it came over the wire."""
    found = re.search(rb"Idempotency-Key: (\S+)", request)
    assert found is not None, request
    return found[1].decode()


def play(server: CountingServer, folder: Path, rate: float, seconds: float, **step: int) -> tuple[Fitness, History]:
    """A constant rate against that server, in this process; the generator's fitness, and the history."""
    write_step(folder, rate, seconds, **step)  # type: ignore[arg-type]  # numbers and flags by name
    worker = Worker(folder, number=0, workers=1, base_url=server.url, report=lambda _row, _ended: None, timeout_s=3)
    figures = worker.play(soon_ns(0.1))
    return fitness([figures], 1), read_history(folder / "history")


def test_every_request_is_in_the_history_with_its_reply_and_the_servers_own_number(tmp_path: Path) -> None:
    with counting(saying((201, VOUCHER))) as server:
        _, history = play(server, tmp_path, 100, 1)
        assert len(server.requests) == len(history) == 100
    assert (history.outcome == Outcome.OK).all()
    assert (history.t_intended <= history.t_invoke).all()
    assert (history.t_invoke < history.t_reply).all()
    assert np.diff(np.sort(history.t_intended)).tolist() == [10_000_000] * 99
    (raw,) = history.raw([5])
    assert raw["result_id"] == "v1"
    assert raw["request_id"] == f"r-{raw['key']}"


def test_a_pending_claim_is_followed_under_its_key_until_it_is_decided(tmp_path: Path) -> None:
    pending: Reply = (202, {"status_url": "/v1/x", "retry_after_ms": 60})
    with counting(saying(pending, pending, (201, VOUCHER))) as server:
        _, history = play(server, tmp_path, 20, 0.5)
        seen = Counter(map(key_of, server.requests))
    assert set(seen.values()) == {3}
    assert Counter(history.outcome.tolist()) == {Outcome.PENDING: 20, Outcome.OK: 10}
    assert Counter(history.attempt.tolist()) == {0: 10, 1: 10, 2: 10}
    later = history.t_intended[history.attempt == 1].min() - history.t_intended.min()
    assert later >= 60_000_000, "a repetition counts from its own intended time"


@pytest.mark.parametrize(("repeats", "attempts"), [(True, 2), (False, 1)])
def test_shed_requests_are_asked_again_only_where_the_scenario_repeats(
    tmp_path: Path, repeats: bool, attempts: int
) -> None:
    shed: Reply = (503, {"code": "overloaded", "retry_after_ms": 50})
    with counting(saying(shed, (201, VOUCHER))) as server:
        play(server, tmp_path, 20, 0.5, repeats=repeats)
        assert set(Counter(map(key_of, server.requests)).values()) == {attempts}


def test_lost_replies_are_unknown_and_a_request_is_never_sent_again_unasked(tmp_path: Path) -> None:
    with counting(close_without_reply) as server:
        _, history = play(server, tmp_path, 100, 1)
        assert set(Counter(map(key_of, server.requests)).values()) == {1}
        assert len(server.requests) == 100
    assert (history.outcome == Outcome.UNKNOWN).all()


def test_a_refused_connection_had_no_effect(tmp_path: Path) -> None:
    with counting(answer) as server:
        server.close()
        _, history = play(server, tmp_path, 50, 0.4)
    assert len(history) == 20
    assert (history.outcome == Outcome.NO_EFFECT).all()


def test_slow_replies_do_not_hold_back_later_requests(tmp_path: Path) -> None:
    def slow(connection: socket.socket, request: bytes) -> bool:
        time.sleep(0.8)
        return answer(connection, request)

    with counting(slow) as server:
        _, history = play(server, tmp_path, 100, 1)
    assert np.median(history.t_invoke - history.t_intended) < 50_000_000
    assert np.median(history.t_reply - history.t_invoke) >= 800_000_000


def test_what_finds_the_in_flight_cap_reached_is_not_sent_and_charged_to_the_bench(tmp_path: Path) -> None:
    def slow(connection: socket.socket, request: bytes) -> bool:
        time.sleep(0.6)
        return answer(connection, request)

    with counting(slow) as server:
        fit, history = play(server, tmp_path, 100, 1, in_flight=10)
        sent = len(server.requests)
    unsent = history.outcome == Outcome.NOT_SENT
    assert unsent.sum() + sent == 100
    assert 10 <= sent <= 40
    assert (history.t_invoke[unsent] == 0).all()
    assert not fit.fit
    # A busy machine may add a reason of its own before this one.
    assert any("NOT_SENT" in reason for reason in fit.reasons_en)


def test_a_step_is_played_once(tmp_path: Path) -> None:
    with counting(saying((201, VOUCHER))) as server:
        play(server, tmp_path, 10, 0.2)
        with pytest.raises(Exception, match="a step is played once"):
            Worker(tmp_path, number=0, workers=1, base_url=server.url, report=lambda _row, _ended: None)


def figures(**changes: object) -> GeneratorFigures:
    """A generator in good order."""
    good: dict[str, object] = {
        "worker": 0, "planned": 10_000, "sent": 10_000, "not_sent": 0, "lag_p50_ms": 0.5, "lag_p99_ms": 3.0,
        "lag_max_ms": 20.0, "cpu_share": 0.4, "in_flight_max": 50, "in_flight_cap": 2_000, "seconds": 10.0,
        "adapter_faults": 0, "first_fault": "", "complete": True,
    }  # fmt: skip
    return GeneratorFigures(**{**good, **changes})  # type: ignore[arg-type]  # named as the fields are


@pytest.mark.parametrize(
    ("changes", "fit"),
    [
        ({}, True), ({"lag_p99_ms": 10.0}, True), ({"lag_p99_ms": 10.1}, False), ({"not_sent": 10}, True),
        ({"not_sent": 11}, False), ({"complete": False}, False), ({"adapter_faults": 1}, False),
    ],
)  # fmt: skip
def test_the_thresholds_of_a_fit_generator(changes: dict[str, object], fit: bool) -> None:
    assert fitness([figures(**changes)], 1).fit is fit


def test_a_generator_that_left_no_figures_makes_the_step_unfit() -> None:
    assert not fitness([figures()], 2).fit


def test_a_schedule_above_six_tenths_of_the_qualified_rate_is_refused_by_name() -> None:
    steps = plan_named("standard").steps
    fast, slow = Qualification(1e6, ()), Qualification(200.0, ())
    assert too_fast(steps, 1, fast) == {}
    assert "opening_rush" in too_fast(steps, 1, slow)
    assert fast.reaches(600_000)
    assert not slow.reaches(200)
