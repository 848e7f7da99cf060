"""Stores that the claim tests run against besides the embedded Valkey: Debian's Redis, and clusters of three primaries.

A test module marked ``every_store`` gets each of its tests once a store; ``redis_url`` is then the store's.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

from voucher_platform.core.hot_store import each_url
from voucherlab.embedded_valkey import server_program
from voucherlab.ports import LOOPBACK, free_port
from voucherlab.processes import ChildSpec, start_bound

PASSWORD = "this-test-only"
_PATIENT_MS, _WATCHFUL_MS = 15_000, 3_000
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.02
STORES = (
    "valkey",
    pytest.param("redis-7", marks=pytest.mark.slow),
    pytest.param("cluster", marks=pytest.mark.slow),
)


def debian_redis() -> Path:
    """Debian's redis-server. Without it the test is skipped, but never where CI runs: there it is a fault."""
    found = shutil.which("redis-server")
    if found is None:
        assert "CI" not in os.environ, "redis-server is missing: .ci/run installs it"
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    return Path(found)


def wait_for(what: str, holds: Callable[[], object], seconds: float = _READY_SECONDS) -> None:
    """Return when ``holds()`` is true; a server that does not answer yet is no error until the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(_POLL_SECONDS)


class StoreProcess:
    """One server below ``home``, on a loopback port that it keeps, with a password, appending every write."""

    def __init__(self, program: Path, home: Path, *options: str) -> None:
        home.mkdir(mode=0o700)
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@{LOOPBACK}:{self.port}/0"
        self._home = home
        self._command = (str(program), str(home / "server.conf"))
        self._popen: subprocess.Popen[bytes] | None = None
        lines = [
            f"bind {LOOPBACK}", f"port {self.port}", f"dir {home}", f"requirepass {PASSWORD}", f"masterauth {PASSWORD}",
            "daemonize no", "appendonly yes", "appendfsync everysec", 'save ""', "maxmemory-policy noeviction",
            *options,
        ]  # fmt: skip
        (home / "server.conf").write_text("\n".join(lines) + "\n")

    def is_running(self) -> bool:
        return self._popen is not None

    def send(self, number: int) -> None:
        """A signal."""
        assert self._popen is not None
        self._popen.send_signal(number)

    def launch(self) -> None:
        """Start it and return at once."""
        spec = ChildSpec("store", self._command)
        self._popen = start_bound(spec, log_file=self._home / "log", working_folder=self._home)

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def wait_ready(self) -> None:
        with self.client() as client:
            wait_for(f"the server of {self._home}", client.ping)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it in order, or by SIGKILL; harmless when it has ended."""
        popen, self._popen = self._popen, None
        if popen is not None:
            popen.send_signal(number)
            popen.send_signal(signal.SIGCONT)  # one that a test froze cannot end
            popen.wait(30)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), socket_timeout=5)

    def ask(self, *words: str | bytes | int) -> Any:
        """One command, raw."""
        with self.client() as client:
            return client.execute_command(*words)

    def field(self, section: str, name: str) -> str:
        """One field of INFO."""
        with self.client() as client:
            return str(client.info(section)[name])


class Cluster:
    """Three primaries that share the slots, each with ``replicas`` replicas.

    Without replicas nobody can take over, so a node that is only slow is waited for; with them it soon counts as dead.
    """

    def __init__(self, program: Path, home: Path, *, replicas: int = 0) -> None:
        timeout_ms = _WATCHFUL_MS if replicas else _PATIENT_MS
        # A replica is told of once its stream has moved; while idle only a ping does that: every second, not ten.
        quick = ("repl-diskless-sync-delay 0", "repl-ping-replica-period 1")
        options = ("cluster-enabled yes", f"cluster-node-timeout {timeout_ms}", *quick)
        count = 3 * (1 + replicas)
        self._bus_ports = [free_port() for _ in range(count)]
        self.nodes = [
            StoreProcess(program, home / f"node-{at}", *options, f"cluster-port {bus}")
            for at, bus in enumerate(self._bus_ports)
        ]
        hosts = ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)
        self.url = f"redis://:{PASSWORD}@{hosts}/0"

    def start(self) -> None:
        """Start the nodes, share out the slots, let them meet, give each primary its replicas."""
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait_ready()
        for at, (first, last) in enumerate(((0, 5_460), (5_461, 10_922), (10_923, 16_383))):
            self.nodes[at].ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for at, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", at + 1)
            node.ask("CLUSTER", "MEET", LOOPBACK, self.nodes[0].port, self._bus_ports[0])
        wait_for("every node knows every other", lambda: all(self._known(n) == len(self.nodes) for n in self.nodes))
        ids = [_text(node.ask("CLUSTER", "MYID")) for node in self.nodes[:3]]
        for at, node in enumerate(self.nodes[3:]):
            node.ask("CLUSTER", "REPLICATE", ids[at % 3])
        wait_for("the cluster is whole", self.is_whole)
        wait_for("every node tells who replicates whom", lambda: all(map(self._tells_of_all, self.nodes)))

    def is_whole(self) -> bool:
        """Every node up, every slot served, every replica in step with its primary."""
        return all(self._state(node) == "ok" and _is_in_step(node) for node in self.nodes)

    def primary_of(self, key: str) -> StoreProcess:
        """The node that holds ``key`` now: replicas and others answer MOVED."""
        return next(node for node in self.nodes if _answers(node, "TYPE", key))

    def replica_of(self, primary: StoreProcess) -> StoreProcess:
        """A node that replicates ``primary``."""
        return next(
            node for node in self.nodes
            if node.field("replication", "role") == "slave"
            and node.field("replication", "master_port") == str(primary.port)
        )  # fmt: skip

    def move_slot(self, slot: int, source: StoreProcess, target: StoreProcess) -> None:
        """Reshard one slot with its keys, as an operator's tool does it, while clients go on."""
        ids = {node: _text(node.ask("CLUSTER", "MYID")) for node in (source, target)}
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
        place = (LOOPBACK, target.port, "", 0, 5_000, "AUTH", PASSWORD, "KEYS")
        while names := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
            source.ask("MIGRATE", *place, *names)
        for node in (target, source, *(other for other in self.nodes if other not in (source, target))):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[target])

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()

    def _tells_of_all(self, node: StoreProcess) -> bool:
        """A replica in step is known to the others only by their next gossip."""
        named = {told[2] for row in node.ask("CLUSTER", "SLOTS") for told in row[2:]}
        return len(named) == len(self.nodes)

    def _known(self, node: StoreProcess) -> int:
        return int(self._told(node)["cluster_known_nodes"])

    def _state(self, node: StoreProcess) -> str:
        return self._told(node)["cluster_state"]

    def _told(self, node: StoreProcess) -> dict[str, str]:
        pairs = (line.partition(":") for line in _text(node.ask("CLUSTER", "INFO")).splitlines())
        return {name: value for name, _, value in pairs}


def _answers(node: StoreProcess, *words: str) -> bool:
    try:
        node.ask(*words)
    except redis.RedisError:
        return False
    return True


def _is_in_step(node: StoreProcess) -> bool:
    return node.field("replication", "role") == "master" or node.field("replication", "master_link_status") == "up"


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def store_client(url: str) -> "redis.Redis | RedisCluster":
    """A client for one server or for a cluster, whichever is there."""
    first = each_url(url)[0]
    with redis.Redis.from_url(first) as client:
        is_cluster = bool(client.info("cluster")["cluster_enabled"])
    return RedisCluster.from_url(first) if is_cluster else redis.Redis.from_url(first)


def empty(url: str) -> None:
    """FLUSHALL on every primary."""
    with store_client(url) as client:
        client.flushall()


def names_matching(url: str, *patterns: str) -> set[bytes]:
    """Every key that matches."""
    with store_client(url) as client:
        return {name for pattern in patterns for name in client.scan_iter(pattern)}


def delete_matching(url: str, *patterns: str) -> None:
    """Delete every key that matches."""
    names = names_matching(url, *patterns)
    with store_client(url) as client:
        for name in names:
            client.delete(name)


def cut_every_connection(url: str) -> None:
    """CLIENT KILL on every primary, but for our own connection."""
    words = ("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes")
    with store_client(url) as client:
        if isinstance(client, RedisCluster):
            client.execute_command(*words, target_nodes="primaries")  # type: ignore[no-untyped-call]  # redis-py's
        else:
            client.execute_command(*words)


def journal_length(url: str) -> int:
    """How many wins the journals hold."""
    with store_client(url) as client:
        return sum(int(client.xlen(name)) for name in client.scan_iter("vl:{s*}:journal"))


@contextmanager
def running(*stores: "StoreProcess | Cluster") -> Iterator[Sequence["StoreProcess | Cluster"]]:
    """The stores, started, and ended whatever happens."""
    with ExitStack() as ends:
        for store in stores:
            ends.callback(store.stop)
            store.start()
        yield stores


def make_store(name: str, home: Path) -> "StoreProcess | Cluster":
    """The store of that name in ``STORES``, not started."""
    makers: dict[str, Callable[[], StoreProcess | Cluster]] = {
        "valkey": lambda: StoreProcess(server_program(), home / "valkey"),
        "redis-7": lambda: StoreProcess(debian_redis(), home / "redis"),
        "cluster": lambda: Cluster(server_program(), home),
    }
    return makers[name]()
