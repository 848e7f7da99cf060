"""What is halted or killed in mid-run: the server, the generator, one of its workers."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from loadtest.agreed.plan import Step
from loadtest.engine.children import end, environment, serving, start
from loadtest.engine.measuring import fitness, read_figures
from loadtest.engine.qualifying import write_step
from loadtest.history.reading import read_history
from loadtest.history.record import Outcome, key_text
from loadtest.scenarios.cast import Cast
from loadtest.scenarios.running import start_step
from tests.bench.servers import counting
from tests.bench.test_engine import VOUCHER, key_of, saying

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def null_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The null server's address and process."""
    with serving("loadtest.nullserver") as (port, process):
        yield f"http://127.0.0.1:{port}", process


def alone(url: str, folder: Path) -> subprocess.Popen[bytes]:
    """A generator on a prepared folder."""
    return start(["loadtest.engine.alone", url, str(folder)], folder / "log")


def begun(folder: Path, records: int = 1, seconds: float = 20) -> None:
    """Return when the first worker has begun so many records."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if (folder / "history" / "worker-00000.json").exists() and len(read_history(folder / "history")) >= records:
            return
        time.sleep(0.02)
    pytest.fail("the load does not begin")


def closed_loop(url: str, seconds: float) -> list[float]:
    """What a client that waits for each reply measures: service times in seconds."""
    found = []
    end_s = time.monotonic() + seconds
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        while time.monotonic() < end_s:
            began = time.monotonic()
            client.post("/v1/batches/null/claims", content=b"{}")
            found.append(time.monotonic() - began)
            time.sleep(0.02)
    return found


def test_six_halted_seconds_of_ten_show_in_the_response_time_and_not_in_a_closed_loops_service_time(
    null_server: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    url, server = null_server
    write_step(tmp_path, 50, 10)
    generator = alone(url, tmp_path)
    begun(tmp_path)
    served: list[float] = []
    beside = threading.Thread(target=lambda: served.extend(closed_loop(url, 9)))
    beside.start()
    time.sleep(1.5)
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(6)
    os.kill(server.pid, signal.SIGCONT)
    generator.wait(60)
    beside.join(60)
    history = read_history(tmp_path / "history")
    assert (history.outcome == Outcome.OK).sum() == 500
    response_s = float(np.median(history.t_reply - history.t_intended)) / 1e9
    assert response_s > 1, "coordinated omission: the halt is not in the figures"
    assert np.median(served) < 0.1, "the closed loop hides the halt, which is why nothing here is measured with one"
    (figures,) = read_figures(tmp_path)
    assert figures.lag_p99_ms < 500, "the halt was the server's: the generator went on sending meanwhile"
    assert figures.in_flight_max > 250


def test_a_worker_killed_in_mid_run_leaves_every_request_that_the_server_saw_in_the_history(tmp_path: Path) -> None:
    with counting(saying((201, VOUCHER))) as server:
        write_step(tmp_path, 150, 6, processes=2)
        step = Step(name="constant", scenario="steady_peak", rate_per_s=150, duration_s=6, processes=2)
        master = start_step(step, tmp_path, server.url)
        begun(tmp_path, 100)
        victim = _worker_that_writes(master.pid, tmp_path / "history" / "worker-00001.attempts")
        os.kill(victim, signal.SIGKILL)
        assert master.wait(60) is not None
        end(master)
        seen = {key_of(request) for request in server.requests}
    history = read_history(tmp_path / "history")
    run = Cast.read(tmp_path).run
    written = {key_text(run, key) for key in history.key.tolist()}
    assert 300 < len(seen) < 900
    assert seen <= written
    killed = [source for source in history.sources if source.worker == 1]
    assert killed, "the killed worker's file is read"
    unfit = fitness(read_figures(tmp_path), 2)
    assert not unfit.fit, "rates of a step that lost a generator are no rates"


def _worker_that_writes(master: int, file: Path) -> int:
    for child in psutil.Process(master).children(recursive=True):
        if any(Path(one.path) == file for one in child.memory_maps()):
            return child.pid
    pytest.fail("no worker has that file mapped")


def test_a_generator_that_was_throttled_voids_rates_and_keeps_correctness(tmp_path: Path) -> None:
    with counting(saying((201, VOUCHER))) as server:
        write_step(tmp_path, 100, 4)
        generator = alone(server.url, tmp_path)
        begun(tmp_path, 50)
        for _ in range(4):
            os.kill(generator.pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(generator.pid, signal.SIGCONT)
            time.sleep(0.1)
        generator.wait(60)
        seen = {key_of(request) for request in server.requests}
    unfit = fitness(read_figures(tmp_path), 1)
    assert not unfit.fit
    assert any("lag" in reason or "NOT_SENT" in reason for reason in unfit.reasons_en)
    history = read_history(tmp_path / "history")
    sent = history.outcome != Outcome.NOT_SENT
    assert len(history) == 400, "every arrival of the schedule is accounted for"
    run = Cast.read(tmp_path).run
    assert {key_text(run, key) for key in history.key[sent].tolist()} == seen
    assert (history.outcome[sent] == Outcome.OK).all()


def test_a_helper_ends_with_whoever_started_it_even_by_force(tmp_path: Path) -> None:
    """A bench that is killed must leave nothing behind that goes on sending."""
    program = (
        "import sys, time; from pathlib import Path; from loadtest.engine.children import start;"
        "p = start(['loadtest.nullserver', '--ready-file', sys.argv[1]], Path(sys.argv[2])); time.sleep(60)"
    )
    ready = tmp_path / "port"
    starter = subprocess.Popen([sys.executable, "-c", program, str(ready), str(tmp_path / "log")], env=environment())
    while not ready.exists():
        time.sleep(0.02)
    port = int(ready.read_text(encoding="utf-8"))
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    starter.kill()
    starter.wait()
    time.sleep(0.3)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
