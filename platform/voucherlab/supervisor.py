"""Runs the whole platform: PostgreSQL, Valkey, migrations, API processes, worker; restarts what dies.

The order of starting is the order of need, and of stopping its reverse. A service that dies is restarted
alone and on its old port: when PostgreSQL or Valkey die, the API stays and reconnects by itself.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import httpx
import structlog

from voucherlab import proc
from voucherlab.child_environment import child_environment
from voucherlab.data_folder import DataFolder, open_data_folder
from voucherlab.embedded_postgres import NAME as POSTGRES
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.embedded_valkey import EmbeddedValkey
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.files import write_private_json
from voucherlab.ports import reserve_shared
from voucherlab.processes import Child, ChildSpec, reap_orphans, spawn
from voucherlab.restarts import Service
from voucherlab.secrets_file import ensure_staff_file, load_secrets
from voucherlab.supervisor_config import PYTHON, SupervisorConfig

_WATCH_INTERVAL_S = 0.05
_HEALTH_INTERVAL_S = 0.05
_HEALTH_TIMEOUT_S = 2.0
_MIGRATE_TIMEOUT_S = 300
_GIVE_UP_AFTER_RESTARTS = 3
_STOP_SIGNALS = {POSTGRES: signal.SIGINT}

_log = structlog.get_logger()


class Supervisor:
    """One running platform. `start()` returns when all of it listens and answers; `stop()` ends every process of it."""

    def __init__(self, config: SupervisorConfig) -> None:
        self.config = config
        self.base_url = ""
        self.database_url = ""
        self.redis_url = ""
        self.staff_file = config.data_dir.absolute() / "staff.json"
        self._services: list[Service] = []
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._folder: DataFolder | None = None
        self._port_holder: socket.socket | None = None
        self._environment: dict[str, str] = {}

    def start(self) -> None:
        """Starts everything and waits for the health route; VoucherlabError says what did not come up."""
        folder = self._folder = open_data_folder(self.config.data_dir)
        try:
            self._start_in(folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops in order: API, worker, Valkey, PostgreSQL. Harmless when called again."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        while self._services:
            self._services.pop().stop()
        if self._port_holder is not None:
            self._port_holder.close()
            self._port_holder = None
        if self._folder is not None:
            self._state_file.unlink(missing_ok=True)
            self._folder.close()
            self._folder = None

    def pid_of(self, name: str) -> int:
        """The pid of `postgres`, `valkey`, `worker`, `api-0`, `api-1`, …; 0 while it is being restarted."""
        return self.pids()[name]

    def pids(self) -> dict[str, int]:
        """Every service's pid, 0 for one that is down at this moment."""
        return {service.name: _pid(service.child) for service in self._services}

    def is_watching(self) -> bool:
        """False when the watch loop ended, by `stop()` or by an error of its own."""
        return self._watcher is not None and self._watcher.is_alive()

    def wait(self) -> None:
        """Returns when the watch loop has ended; a signal handler's exception ends the waiting."""
        while self.is_watching():
            time.sleep(_WATCH_INTERVAL_S * 4)

    @property
    def _state_file(self) -> Path:
        return self.config.data_dir.absolute() / "supervisor.json"

    def _start_in(self, folder: DataFolder) -> None:
        for name in reap_orphans(folder, _STOP_SIGNALS):
            _log.warning("orphan_ended", service=name)
        secrets = load_secrets(folder.path)
        self.staff_file = ensure_staff_file(folder.path)
        # Held until the stop, so that the port stays ours even while every API process is being restarted.
        self._port_holder = reserve_shared(self.config.host, self.config.port)
        port = self._port_holder.getsockname()[1]
        self.base_url = f"http://{self.config.host}:{port}"
        self._start_stores(folder, secrets.postgres_password, secrets.valkey_password)
        self._environment = child_environment(
            config=self.config,
            secrets=secrets,
            database_url=self.database_url,
            redis_url=self.redis_url,
            staff_file=self.staff_file,
        )
        self._migrate(folder)
        self._start_platform(folder, port)
        self._watcher = threading.Thread(target=self._watch, name="voucherlab-watch", daemon=True)
        self._watcher.start()
        self._wait_healthy(folder, port)

    def _start_stores(self, folder: DataFolder, postgres_password: str, valkey_password: str) -> None:
        if self.config.database_url:
            self.database_url = self.config.database_url
        else:
            postgres = EmbeddedPostgres(folder, postgres_password)
            postgres.prepare()
            self._add(Service(POSTGRES, postgres.launch))
            self.database_url = postgres.wait_usable()
        if self.config.redis_url:
            self.redis_url = self.config.redis_url
        else:
            valkey = EmbeddedValkey(folder, valkey_password, self.config.appendfsync)
            valkey.prepare()
            self._add(Service(VALKEY, valkey.launch))
            valkey.wait_ready()
            self.redis_url = valkey.redis_url

    def _start_platform(self, folder: DataFolder, port: int) -> None:
        if self.config.worker_command:
            self._add(self._command_service(folder, "worker", self.config.worker_command))
        for number in range(self.config.api_workers):
            command = (
                PYTHON,
                "-m",
                "voucherlab.api_process",
                self.config.host,
                str(port),
                self.config.api_target,
            )
            self._add(self._command_service(folder, f"api-{number}", command))

    def _command_service(self, folder: DataFolder, name: str, command: tuple[str, ...]) -> Service:
        environment = {**self._environment, "VOUCHERLAB_PROCESS": name}
        spec = ChildSpec(name=name, command=command, environment=environment)
        return Service(name, lambda: spawn(folder, spec))

    def _add(self, service: Service) -> None:
        self._services.append(service)
        service.start()

    def _migrate(self, folder: DataFolder) -> None:
        if not self.config.migrate_command:
            return
        spec = ChildSpec(name="migrate", command=self.config.migrate_command, environment=self._environment)
        child = spawn(folder, spec)
        try:
            exit_code = child.wait(_MIGRATE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            child.stop()
        if exit_code != 0:
            raise VoucherlabError(f"the migrations failed. Their log ends with:\n{log_tail(child.log_file)}")

    def _wait_healthy(self, folder: DataFolder, port: int) -> None:
        deadline_s = time.monotonic() + self.config.ready_timeout_s
        with httpx.Client(base_url=self.base_url, timeout=_HEALTH_TIMEOUT_S, trust_env=False) as client:
            while time.monotonic() < deadline_s:
                # One that answers is not enough: were it killed now, nobody would answer in its place.
                if _is_healthy(client, self.config.health_path) and proc.listeners(port) >= self.config.api_workers:
                    return
                self._refuse_crash_loop(folder)
                time.sleep(_HEALTH_INTERVAL_S)
        tail = log_tail(folder.logs / "api-0.log")
        raise VoucherlabError(
            f"{self.base_url}{self.config.health_path} did not answer 200, with {self.config.api_workers} processes "
            f"listening, within {self.config.ready_timeout_s:.0f} s. The API's log ends with:\n{tail}"
        )

    def _refuse_crash_loop(self, folder: DataFolder) -> None:
        for service in self._services:
            if service.restarts >= _GIVE_UP_AFTER_RESTARTS:
                tail = log_tail(folder.logs / f"{service.name}.log")
                raise VoucherlabError(f"{service.name} keeps ending. Its log ends with:\n{tail}")

    def _watch(self) -> None:
        self._write_state()
        while not self._stopping.wait(_WATCH_INTERVAL_S):
            renewed = [service for service in self._services if service.watch()]
            if renewed:
                self._write_state()

    def _write_state(self) -> None:
        state = {
            "base_url": self.base_url,
            "database_url": self.database_url,
            "redis_url": self.redis_url,
            "staff_file": str(self.staff_file),
            "supervisor_pid": os.getpid(),
            "pids": self.pids(),
            "restarts": {service.name: service.restarts for service in self._services},
        }
        try:
            write_private_json(self._state_file, state)
        except OSError as error:
            # A full disk must not end the supervision; the file is for people and tests.
            _log.error("state_not_written", error=str(error))


def _pid(child: Child | None) -> int:
    return child.pid if child is not None and child.exit_code() is None else 0


def _is_healthy(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
