"""Our platform as a process: ``voucherlab serve`` on its own PostgreSQL and Valkey, below a folder."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg
import httpx
from redis import Redis

from loadtest.bench.servers.processes import FILES, Server
from loadtest.engine.children import ChildFailed, end, start, tail
from loadtest.engine.working import allow_files
from voucher_contract import routes

Appendfsync = Literal["always", "everysec"]
_READY_S, _CLAIMABLE_S = 120.0, 600.0
_ASKED_EACH = 5
_STOP_S = 60.0
# Behind a proxy, as platforms are: each claim then comes from an address of its own.
ENVIRONMENT = {"VOUCHERLAB_TRUST_FORWARDED_FOR": "1"}
_POSTGRES = (
    "server_version", "synchronous_commit", "fsync", "full_page_writes", "shared_buffers", "max_wal_size",
    "max_connections",
)  # fmt: skip
_VALKEY = ("appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "save")


@dataclass(frozen=True)
class Reference:
    """A running platform; the URLs hold passwords."""

    server: Server
    database_url: str
    redis_url: str
    staff_file: Path

    def redis(self) -> "Redis":
        """A client of its hot store."""
        return Redis.from_url(self.redis_url)

    def sync_journal(self, appendfsync: Appendfsync) -> None:
        """Have the hot store write its journal through ``always`` or ``everysec`` from now on."""
        with self.redis() as client:
            client.config_set("appendfsync", appendfsync)

    def ask(self, query: str, *arguments: Any) -> Any:
        """The one value that a query on its database gives."""
        return asyncio.run(_ask(self.database_url, query, arguments))

    def rows_of(self, *batch_ids: str) -> int:
        """How many vouchers of these batches PostgreSQL has."""
        return int(self.ask("SELECT count(*) FROM voucher WHERE batch_id = ANY($1)", list(batch_ids)))

    def sign_in(self, role: str) -> str:
        """The token of the first of the staff with that role."""
        staff = json.loads(self.staff_file.read_text(encoding="utf-8"))
        (one, *_) = (one for one in staff if one["role"] == role)
        body = {"login": one["login"], "password": one["password"]}
        reply = httpx.post(f"{self.server.url}{routes.SIGN_IN.path}", json=body, trust_env=False, timeout=30)
        return str(reply.raise_for_status().json()["token"])

    def flags(self) -> dict[str, Any]:
        """What it and its two servers run with."""
        query = "SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY($1)"
        with self.redis() as client:
            info: dict[str, Any] = client.info("server")
            valkey = {name: client.config_get(name).get(name) for name in _VALKEY}
        return {
            "command": list(self.server.flags), "environment": ENVIRONMENT,
            "postgres": json.loads(self.ask(query, list(_POSTGRES))),
            "valkey": {"version": info.get("valkey_version", info["redis_version"]), **valkey},
        }  # fmt: skip


async def _ask(url: str, query: str, arguments: tuple[Any, ...]) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


def _wait_claimable(url: str, processes: int) -> None:
    """Until every process judges claims: after a restart the hot store is rebuilt first. Raises ChildFailed."""
    end_s = time.monotonic() + _CLAIMABLE_S
    route = f"{url}{routes.HEALTH.path}"
    # A connection of its own for each question; so many of them reach every process.
    while not all(httpx.get(route, trust_env=False).json()["claims_ready"] for _ in range(_ASKED_EACH * processes)):
        if time.monotonic() > end_s:
            raise ChildFailed(f"no claims were judged within {_CLAIMABLE_S:.0f} s")
        time.sleep(0.1)


@contextmanager
def reference(
    folder: Path, *, processes: int, appendfsync: Appendfsync = "always", environment: Mapping[str, str] | None = None
) -> Iterator[Reference]:
    """The platform with so many API processes until leaving; its data stays in ``folder``. Raises ChildFailed."""
    ready, log = folder / "ready.json", folder / "serve.log"
    ready.unlink(missing_ok=True)
    words = ["voucherlab", "serve", "--data", str(folder / "data"), "--sandbox", "--ready-file", str(ready)]
    told = ["--api-workers", str(processes), "--appendfsync", appendfsync]
    allow_files(FILES)
    process = start([*words, *told], log, {**ENVIRONMENT, **(environment or {})})
    try:
        end_s = time.monotonic() + _READY_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end_s:
                raise ChildFailed(f"the platform did not start: {tail(log)}")
            time.sleep(0.05)
        said = json.loads(ready.read_text(encoding="utf-8"))
        flags = [f"voucherlab serve --sandbox {' '.join(told)}"]
        server = Server("reference", said["base_url"], said["pids"], flags)
        _wait_claimable(server.url, processes)
        yield Reference(server, said["database_url"], said["redis_url"], Path(said["staff_file"]))
    finally:
        process.terminate()  # it alone: its children are stopped by it, in their order
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        end(process)
