"""The supervisor brings back what dies, on the same port, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from voucherlab import proc
from voucherlab.child_environment import search_path
from voucherlab.errors import VoucherlabError
from voucherlab.ports import free_port
from voucherlab.sql import run_sql
from voucherlab.supervisor import Supervisor
from voucherlab.supervisor_config import SupervisorConfig

TINY_APPLICATION = '''
import os

def create_app():
    """A real ASGI application that says which process answers."""
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        body = str(os.getpid()).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
    return app

def create_broken_app():
    raise RuntimeError("this one never starts")
'''

SUPERVISE = """
import sys, time
from pathlib import Path
from voucherlab.supervisor import Supervisor
from voucherlab.supervisor_config import SupervisorConfig
supervisor = Supervisor(SupervisorConfig(
    data_dir=Path(sys.argv[1]), api_target="tiny_application:create_app", api_workers=2,
    worker_command=("sleep", "1000"), migrate_command=(),
))
supervisor.start()
print(*supervisor.pids().values(), flush=True)
time.sleep(1000)
"""


@pytest.fixture
def tiny_application(short_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (short_tmp / "code").mkdir()
    (short_tmp / "code" / "tiny_application.py").write_text(TINY_APPLICATION)
    monkeypatch.setenv("PYTHONPATH", f"{short_tmp / 'code'}:{search_path()}")
    return short_tmp


def config(folder: Path, **changes: object) -> SupervisorConfig:
    values: dict[str, object] = {
        "data_dir": folder / "data",
        "api_target": "tiny_application:create_app",
        "worker_command": ("sleep", "1000"),
        "migrate_command": (),
        **changes,
    }
    return SupervisorConfig(**values)  # type: ignore[arg-type]


@pytest.fixture
def supervisor(tiny_application: Path) -> Iterator[Supervisor]:
    running = Supervisor(config(tiny_application))
    running.start()
    yield running
    running.stop()


def wait_for_new_pid(supervisor: Supervisor, name: str, old_pid: int, timeout_s: float = 10.0) -> int:
    deadline_s = time.monotonic() + timeout_s
    while supervisor.pid_of(name) in {0, old_pid}:
        assert time.monotonic() < deadline_s, f"{name} did not come back"
        time.sleep(0.01)
    return supervisor.pid_of(name)


def wait_for_answer(ask: object, timeout_s: float = 15.0) -> object:
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            return ask()  # type: ignore[operator]
        except Exception:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


@pytest.mark.slow
def test_what_is_killed_comes_back_on_the_same_port_and_the_api_is_left_alone(supervisor: Supervisor) -> None:
    api_pids = {supervisor.pid_of("api-0"), supervisor.pid_of("api-1")}
    run_sql(supervisor.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    for _ in range(3):
        for name in ("postgres", "valkey", "worker"):
            old_pid = supervisor.pid_of(name)
            os.kill(old_pid, signal.SIGKILL)
            wait_for_new_pid(supervisor, name, old_pid)
        found = wait_for_answer(lambda: run_sql(supervisor.database_url, "SELECT number FROM kept"))
        assert found == [{"number": 7}]
        with redis.Redis.from_url(supervisor.redis_url) as client:
            assert wait_for_answer(client.ping)
    assert {supervisor.pid_of("api-0"), supervisor.pid_of("api-1")} == api_pids


@pytest.mark.slow
def test_started_means_that_every_api_process_listens(tiny_application: Path) -> None:
    port = free_port()
    running = Supervisor(config(tiny_application, port=port, api_workers=4))
    assert proc.listeners(port) == 0
    try:
        running.start()
        assert proc.listeners(port) == 4
    finally:
        running.stop()


@pytest.mark.slow
def test_a_killed_api_process_is_replaced_while_its_sibling_answers(supervisor: Supervisor) -> None:
    old_pid = supervisor.pid_of("api-0")
    killed = proc.identify(old_pid)
    assert killed is not None
    os.kill(old_pid, signal.SIGKILL)
    # Until it is gone, the kernel may still hand it a connection, and take that back with it.
    assert proc.wait_gone(killed, 10)
    with httpx.Client(trust_env=False) as client:
        assert client.get(supervisor.base_url).status_code == 200
    new_pid = wait_for_new_pid(supervisor, "api-0", old_pid)

    def answered_by_new() -> None:
        # A new connection each time: the kernel chooses one of the listening processes for it.
        assert httpx.get(supervisor.base_url, trust_env=False).text == str(new_pid)

    wait_for_answer(answered_by_new)


@pytest.mark.slow
def test_a_killed_supervisor_leaves_no_process_behind(tiny_application: Path) -> None:
    folder = tiny_application / "data"
    parent = subprocess.Popen([sys.executable, "-c", SUPERVISE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [proc.identify(int(word)) for word in parent.stdout.readline().split()]
    assert len(children) == 5
    parent.kill()
    parent.communicate()
    assert all(child is not None and proc.wait_gone(child, 15) for child in children)
    again = Supervisor(config(tiny_application))
    again.start()
    again.stop()


def test_stopping_ends_every_process_and_removes_the_state(tiny_application: Path) -> None:
    supervisor = Supervisor(config(tiny_application, api_workers=1))
    supervisor.start()
    children = [proc.identify(pid) for pid in supervisor.pids().values()]
    modes = {name: (tiny_application / "data" / name).stat().st_mode & 0o777 for name in PRIVATE_FILES}
    assert modes == dict.fromkeys(PRIVATE_FILES, 0o600)
    supervisor.stop()
    assert not any(child is None or proc.is_running(child) for child in children)
    assert not (tiny_application / "data" / "supervisor.json").exists()
    assert list((tiny_application / "data" / "run").iterdir()) == []


PRIVATE_FILES = ("secrets.json", "staff.json", "supervisor.json")


def test_a_taken_port_is_an_error_in_words(tiny_application: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(VoucherlabError, match=f"port {port} on 127.0.0.1 is taken"):
            Supervisor(config(tiny_application, port=port)).start()


def test_an_api_that_never_starts_is_reported_with_its_log(tiny_application: Path) -> None:
    broken = Supervisor(config(tiny_application, api_target="tiny_application:create_broken_app"))
    with pytest.raises(VoucherlabError, match="this one never starts"):
        broken.start()
    assert broken.pids() == {}
