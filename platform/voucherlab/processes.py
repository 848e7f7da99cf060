"""Child processes that end with their parent, have a log and a pid file, and are never mistaken."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from voucherlab import proc
from voucherlab.data_folder import DataFolder
from voucherlab.files import write_private_json

_DEATHSIG = Path(__file__).with_name("deathsig.py")
_KILL_WAIT_S = 10.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run: `wrapper` stands before the death-signal shim (it may change user), `command` after it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    wrapper: Sequence[str] = ()
    death_signal: int = signal.SIGKILL
    stop_signal: int = signal.SIGTERM
    stop_grace_s: float = 10.0
    working_folder: Path | None = None


_Start = Callable[[], subprocess.Popen[bytes]]
_PopenFuture = Future[subprocess.Popen[bytes]]


class Child:
    """A running child of this process."""

    def __init__(self, spec: ChildSpec, popen: subprocess.Popen[bytes], pid_file: Path, log_file: Path) -> None:
        self.spec = spec
        self.pid = popen.pid
        self.log_file = log_file
        self._popen = popen
        self._pid_file = pid_file

    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    def wait(self, timeout_s: float) -> int:
        """The exit code, waited for; subprocess.TimeoutExpired when it still runs after `timeout_s`."""
        return self._popen.wait(timeout_s)

    def stop(self) -> None:
        """Asks it to end, waits the spec's grace, then kills it. Returns when it is gone."""
        if self._popen.poll() is None:
            self._popen.send_signal(self.spec.stop_signal)
            try:
                self._popen.wait(self.spec.stop_grace_s)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait(_KILL_WAIT_S)
        self._pid_file.unlink(missing_ok=True)


class _Spawner:
    """One thread that starts every child and lives as long as the process.

    The kernel sends the death signal when the *thread* that forked ends, so a child started by a short-lived
    thread would be killed with it.
    """

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[tuple[_Start, _PopenFuture]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, start: _Start) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="voucherlab-spawner", daemon=True)
                self._thread.start()
        answer: _PopenFuture = Future()
        self._requests.put((start, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            start, answer = self._requests.get()
            try:
                answer.set_result(start())
            except Exception as error:  # noqa: BLE001 - handed to the caller, who waits for it
                answer.set_exception(error)


_spawner = _Spawner()


def spawn(folder: DataFolder, spec: ChildSpec) -> Child:
    """Starts a child with its log in `folder.logs` (appended) and its pid file in `folder.run`."""
    log_file = folder.logs / f"{spec.name}.log"
    pid_file = folder.run / f"{spec.name}.json"
    popen = start_bound(spec, log_file=log_file, working_folder=spec.working_folder or folder.path)
    identity = proc.identify(popen.pid)
    if identity is not None:
        write_private_json(pid_file, {"name": spec.name, **identity.as_json()})
    return Child(spec, popen, pid_file, log_file)


def start_bound(spec: ChildSpec, *, log_file: Path, working_folder: Path) -> subprocess.Popen[bytes]:
    """Starts a process that gets `spec.death_signal` when this process ends in whatever way."""
    shim = [sys.executable, "-I", "-S", str(_DEATHSIG), str(int(spec.death_signal)), str(os.getpid())]

    def start() -> subprocess.Popen[bytes]:
        with open(log_file, "ab", opener=_open_private) as log:
            return subprocess.Popen(
                [*spec.wrapper, *shim, *spec.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.environment},
                cwd=working_folder,
                # Its own session: Ctrl-C in the terminal reaches the supervisor alone.
                start_new_session=True,
            )

    return _spawner.run(start)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def reap_orphans(folder: DataFolder, stop_signals: Mapping[str, int] | None = None, grace_s: float = 8.0) -> list[str]:
    """Ends what an earlier, killed parent left running, and removes its pid files.

    Only call it with the folder's lock held (a DataFolder means so). `stop_signals` maps a child's name to
    the signal that ends it cleanly (else SIGTERM). Returns the names of those that were still running.
    """
    signals = stop_signals or {}
    reaped = []
    for pid_file in sorted(folder.run.glob("*.json")):
        name, identity = _read_pid_file(pid_file)
        if identity is not None and end_process(identity, signals.get(name, signal.SIGTERM), grace_s):
            reaped.append(name)
        pid_file.unlink()
    return reaped


def end_process(process: proc.ProcessId, stop_signal: int, grace_s: float) -> bool:
    """Ends exactly this process, by `stop_signal` and after `grace_s` by SIGKILL; False when it was gone."""
    if not proc.send_signal(process, stop_signal):
        return False
    if not proc.wait_gone(process, grace_s):
        proc.send_signal(process, signal.SIGKILL)
        proc.wait_gone(process, _KILL_WAIT_S)
    return True


def _read_pid_file(path: Path) -> tuple[str, proc.ProcessId | None]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        identity = proc.ProcessId(int(value["pid"]), int(value["start_ticks"]), str(value["boot_id"]))
        return str(value["name"]), identity
    except (ValueError, KeyError, TypeError):
        # Torn by a full disk or a foreign hand: nothing in it can be trusted, so nothing is killed.
        return path.stem, None
