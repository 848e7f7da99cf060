"""Starting a crowd (``tests.scenario.crowd``) and hearing what became of it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).resolve().parents[2]


class Fate(NamedTuple):
    """What became of one request, in the end."""

    status: int
    code: str
    digest: str
    attempts: int
    replayed: bool
    id: str | None


def start_crowd(base_url: str, requests: Sequence[dict[str, Any]], *, connections: int, retries: int) -> "CrowdRun":
    """Send ``requests`` from another process, which has begun when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scenario.crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )  # fmt: skip
    job = {"base_url": base_url, "connections": connections, "retries": retries, "requests": list(requests)}
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    return CrowdRun(process)


class CrowdRun:
    """A crowd under way."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def is_over(self) -> bool:
        """Whether the last request was answered."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End a crowd whose outcomes nobody will ask for; harmless after ``outcomes``."""
        if self._process.poll() is None:
            self._process.kill()
        with self._process:
            pass

    def outcomes(self) -> tuple[list[Fate], dict[str, int]]:
        """Wait for the end: the outcome of each request, and how often each status and code was met."""
        with self._process as process:
            assert process.stdout is not None
            raw = process.stdout.read()
        assert self._process.returncode == 0
        told = json.loads(raw)
        return [Fate(*one) for one in told["outcomes"]], told["met"]
