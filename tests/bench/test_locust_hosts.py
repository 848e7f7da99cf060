"""Locust as a load tester runs it: a master with workers on other hosts, and scenarios picked in the web page."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from loadtest.engine.children import ROOT, end, environment, serving
from loadtest.engine.measuring import read_figures
from loadtest.engine.qualifying import write_step
from loadtest.history.reading import read_history
from loadtest.history.record import Outcome
from voucherlab.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
_OTHER_HOST = ("unshare", "--user", "--map-root-user", "--uts", "sh", "-c", 'hostname far-away && exec "$@"', "sh")


def locust(*words: str, log: Path, before: tuple[str, ...] = (), **variables: str) -> subprocess.Popen[bytes]:
    """A Locust process in a group of its own."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [*before, sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", *words], cwd=ROOT,
            env={**environment(), **variables}, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def can_be_elsewhere() -> bool:
    """Whether this machine lets a process have a host name of its own."""
    return subprocess.run([*_OTHER_HOST, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_be_elsewhere(), reason="no namespaces for host names here")
def test_a_worker_on_another_host_gets_its_part_by_message_and_its_clock_is_bounded(tmp_path: Path) -> None:
    step, far = tmp_path / "step", tmp_path / "far"
    step.mkdir()
    far.mkdir()
    write_step(step, 100, 3, processes=2)
    port = str(free_port())
    with serving("loadtest.nullserver") as (server, _):
        shared = ("--host", f"http://127.0.0.1:{server}", "--scenario", "steady_peak")
        master = locust(
            "--master", "--headless", "--expect-workers", "2", "-u", "2", "-r", "2", "--step-folder", str(step),
            "--master-bind-port", port, "--only-summary", *shared, log=tmp_path / "master.log",
        )  # fmt: skip
        worker = ("--worker", "--master-port", port, *shared)
        near = locust(*worker, log=tmp_path / "near.log")
        away = locust(*worker, log=tmp_path / "far.log", before=_OTHER_HOST, TMPDIR=str(far))
        try:
            assert master.wait(90) == 0, (tmp_path / "master.log").read_text()[-3000:]
            near.wait(20)
            away.wait(20)
        finally:
            for process in (master, near, away):
                end(process)
    (unpacked,) = far.glob("voucherlab-step-*")
    assert (unpacked / "secrets" / "cast.json").stat().st_mode & 0o077 == 0
    clocks = json.loads((step / "history" / "clocks.json").read_text(encoding="utf-8"))
    assert set(clocks) == {"far-away", os.uname().nodename}
    assert 0 < clocks["far-away"]["bound_ns"] < 100_000_000
    assert abs(clocks["far-away"]["offset_ns"]) <= clocks["far-away"]["bound_ns"], "in truth it is one clock"
    for file in (unpacked / "history").iterdir():
        shutil.copy(file, step / "history")
    history = read_history(step / "history")
    assert sorted(history.key.tolist()) == list(range(1, 301)), "between them they played the whole schedule, once"
    assert (history.outcome == Outcome.OK).all()
    bounds = {source.epsilon_ns for source in history.sources}
    assert bounds == {0, clocks["far-away"]["bound_ns"]}
    assert sum(figures.planned for figures in read_figures(step) + read_figures(unpacked)) == 300


def test_scenarios_are_picked_in_the_web_page_one_after_another(
    tmp_path: Path, platform_server: Callable[..., Any]
) -> None:
    ready = platform_server().ready
    web, bind = str(free_port()), str(free_port())
    page = f"http://127.0.0.1:{web}"
    process = locust(
        "--class-picker", "--processes", "2", "--web-host", "127.0.0.1", "--web-port", web, "--host", ready.base_url,
        "--master-bind-port", bind, "--master-port", bind, "--staff-file", str(ready.staff_file), "--duration", "2",
        log=tmp_path / "log", TMPDIR=str(tmp_path),
    )  # fmt: skip
    try:
        with httpx.Client(base_url=page, timeout=60, trust_env=False) as client:
            _until(lambda: _workers(client) == 2)
            retry = _played(client, "RetryStorm")
            redeem = _played(client, "RedemptionRush")
    finally:
        end(process)
    assert retry["claim: issued"] > 0
    assert retry.keys() <= {"claim: issued", "claim: sold_out", "claim: limit_reached"}
    assert {"redeem: done", "redeem: already_redeemed", "redeem: category_not_covered"} <= redeem.keys()
    assert len(list(tmp_path.glob("voucherlab-load-*/history/worker-00001.attempts"))) == 2


def _stats(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/stats/requests").json()
    return found


def _workers(client: httpx.Client) -> int:
    try:
        return int(_stats(client)["worker_count"])
    except (httpx.HTTPError, KeyError, ValueError):
        return 0


def _played(client: httpx.Client, user_class: str) -> dict[str, int]:
    """Start a scenario as the page does, and what its statistics show once it has ended by itself."""
    form = {"user_count": "5", "spawn_rate": "5", "user_classes": user_class}
    assert client.post("/swarm", data=form).json()["success"]
    # While it is prepared, the page still shows the state of the run before.
    _until(lambda: _stats(client)["state"] in {"spawning", "running"})
    _until(lambda: _stats(client)["state"] == "stopped")
    stats = _stats(client)
    assert not any(row["num_failures"] for row in stats["stats"])
    return {row["name"]: row["num_requests"] for row in stats["stats"] if row["name"] != "Aggregated"}


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end_s = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end_s, "it does not come about"
        time.sleep(0.2)
