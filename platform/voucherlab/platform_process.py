"""`voucherlab serve` as a process, for whoever needs a platform to talk to: the demo, benches, tests."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voucherlab.child_environment import search_path
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.files import read_json
from voucherlab.processes import ChildSpec, start_bound

_READY_TIMEOUT_S = 120.0
_STOP_GRACE_S = 60.0
_POLL_S = 0.02


@dataclass(frozen=True)
class ReadyPlatform:
    """What the ready file says; the URLs hold passwords."""

    base_url: str
    database_url: str
    redis_url: str
    staff_file: Path
    pids: Mapping[str, int]


class PlatformProcess:
    """One `voucherlab serve`; it stops in order when this process ends, even by SIGKILL."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        arguments: tuple[str, ...] = ("--sandbox",),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.log_file = self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._ready_file = self.data_dir.with_name(f"{self.data_dir.name}.ready.json")
        self._command = (
            *(sys.executable, "-m", "voucherlab", "serve", "--data", str(self.data_dir), "--port", str(port)),
            *("--ready-file", str(self._ready_file), *arguments),
        )
        self._environment = {"PYTHONPATH": search_path(), **(environment or {})}
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The supervisor's pid."""
        return self._running().pid

    def start(self) -> ReadyPlatform:
        """Returns when the platform answers; VoucherlabError with the end of the log when it does not."""
        self._ready_file.unlink(missing_ok=True)
        spec = ChildSpec("serve", self._command, self._environment, death_signal=signal.SIGTERM)
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        self._popen = start_bound(spec, log_file=self.log_file, working_folder=self.data_dir.parent)
        deadline_s = time.monotonic() + _READY_TIMEOUT_S
        while self._popen.poll() is None and time.monotonic() < deadline_s:
            if self._ready_file.exists():
                return _read_ready(self._ready_file)
            time.sleep(_POLL_S)
        self.stop()
        raise VoucherlabError(f"the platform did not start:\n{log_tail(self.log_file)}")

    def stop(self) -> None:
        """Stops it in order, by force when it takes longer than a minute."""
        if self._popen is None:
            return
        if self._popen.poll() is None:
            self._popen.terminate()
        try:
            self._popen.wait(_STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._popen = None

    def kill_supervisor(self) -> None:
        """SIGKILL for the supervisor, as the kernel would under memory pressure; returns when it is gone."""
        self._running().kill()
        self._running().wait()
        self._popen = None

    def state(self) -> dict[str, Any]:
        """DATA/supervisor.json as it stands: base_url, pids, restarts."""
        state = read_json(self.data_dir / "supervisor.json")
        if state is None:
            raise VoucherlabError(f"no supervisor runs in {self.data_dir}")
        return dict(state)

    def pid_of(self, name: str) -> int:
        """The pid of `postgres`, `valkey`, `worker`, `api-0`, …; 0 while it is being restarted."""
        return int(self.state()["pids"][name])

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> int:
        """Signals one service and returns the pid it had."""
        pid = self.pid_of(name)
        os.kill(pid, signal_number)
        return pid

    def wait_restarted(self, name: str, old_pid: int, timeout_s: float = 30.0) -> int:
        """Waits until the service has another pid, and returns that. It may not answer yet."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            pid = self.pid_of(name)
            if pid not in {0, old_pid}:
                return pid
            time.sleep(_POLL_S)
        raise VoucherlabError(f"{name} was not restarted within {timeout_s:.0f} s")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._popen is None:
            raise VoucherlabError("the platform is not running: start() it first")
        return self._popen


def _read_ready(path: Path) -> ReadyPlatform:
    value = json.loads(path.read_text(encoding="utf-8"))
    return ReadyPlatform(**{**value, "staff_file": Path(value["staff_file"])})
