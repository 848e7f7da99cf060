"""The two servers our platform is compared with."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtest.bench.servers.processes import LOOPBACK, Server, free_port, started
from loadtest.bench.servers.valkey import valkey

_STATIC = "loadtest.bench.servers.static_app:create_app"
_TEXTBOOK = "loadtest.bench.servers.textbook_app:app"
_UVICORN = (
    "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    "--timeout-keep-alive", "75",
)  # fmt: skip
# Its supervisor kills a worker that is silent for five seconds, which on a busy machine is none of the worker's fault.
_WORKERS = ("--timeout-worker-healthcheck", "60", "--workers")


@contextmanager
def static(folder: Path, *, processes: int) -> Iterator[Server]:
    """The bare handler in the platform's own API processes: the same server with the same flags, by construction."""
    port = free_port()
    # Bound, not listening: the port stays ours, and the processes share it as the platform's do.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((LOOPBACK, port))
        words = ["voucherlab.api_process", LOOPBACK, str(port), _STATIC]
        with started("static", [words] * processes, f"http://{LOOPBACK}:{port}", folder) as server:
            yield server


@contextmanager
def textbook(folder: Path, *, processes: int) -> Iterator[Server]:
    """FastAPI on uvicorn, with a Valkey of its own that keeps nothing."""
    port = free_port()
    workers = (*_WORKERS, str(processes)) if processes > 1 else ()
    words = ["uvicorn", _TEXTBOOK, "--host", LOOPBACK, "--port", str(port), *_UVICORN, *workers]
    with valkey(folder) as store:
        settings = {"TEXTBOOK_REDIS_URL": store.url}
        with started("textbook", [words], f"http://{LOOPBACK}:{port}", folder, settings) as server:
            pids = {**server.pids, "textbook-valkey": store.pids["valkey"]}
            yield Server(server.name, server.url, pids, [*server.flags, *store.flags])
