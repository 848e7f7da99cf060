"""A vendor of this folder as a process of its own, for benches and tests."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import loadtest
import voucher_contract
from loadtest.faulty_vendors.catalogue import known

_READY_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.01
_LOG_TAIL = 2_000


class VendorProcess:
    """``folder`` holds the data, the log and the ready file. The process dies with this one, whatever ends it."""

    def __init__(self, name: str, folder: Path) -> None:
        known(name)
        self.name = name
        self.folder = folder.absolute()
        self._ready_file = self.folder / "ready.json"
        self._log_file = self.folder / "vendor.log"
        self._port = 0
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._running is not None, "start it first"
        return self._running.pid

    def start(self) -> tuple[str, Path]:
        """Start, or start again on the same port and data; returns the base URL and the file of staff sign-ins.

        Raises RuntimeError with the end of the log when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        command = (
            sys.executable, "-m", "loadtest.faulty_vendors", self.name, "--port", str(self._port),
            "--data", str(self.folder / "data"), "--ready-file", str(self._ready_file), "--until-stdin-closes",
        )  # fmt: skip
        with self._log_file.open("ab") as log:
            self._running = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": _search_path()}
            )
        return self._wait()

    def _wait(self) -> tuple[str, Path]:
        assert self._running is not None, "it was started a moment ago"
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while self._running.poll() is None and time.monotonic() < deadline:
            if self._ready_file.exists():
                told = json.loads(self._ready_file.read_text(encoding="utf-8"))
                self._port = int(told["base_url"].rpartition(":")[2])
                return told["base_url"], Path(told["staff_file"])
            time.sleep(_POLL_S)
        self.kill()
        tail = self._log_file.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]
        raise RuntimeError(f"the vendor {self.name} did not start:\n{tail}")

    def restart(self) -> tuple[str, Path]:
        """SIGKILL, then the same port and data again."""
        self.kill()
        return self.start()

    def kill(self) -> None:
        """SIGKILL; what was acknowledged is in the journal. Does nothing when it is not running."""
        if self._running is not None:
            self._running.kill()
            self._end()

    def stop(self) -> None:
        """End it by closing its standard input; by force when that takes too long."""
        if self._running is not None:
            assert self._running.stdin is not None, "it was started with a pipe"
            self._running.stdin.close()
            try:
                self._running.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._running.kill()
            self._end()

    def _end(self) -> None:
        assert self._running is not None, "only a started process ends"
        if self._running.stdin is not None:
            self._running.stdin.close()
        self._running.wait(_STOP_TIMEOUT_S)
        self._running = None


def _search_path() -> str:
    """Where this process has its packages from, whether installed or a checkout."""
    roots = [str(Path(str(package.__file__)).parents[1]) for package in (loadtest, voucher_contract)]
    return os.pathsep.join(dict.fromkeys([*roots, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))
