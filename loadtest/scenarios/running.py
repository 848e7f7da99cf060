"""The load of a step: Locust as a process of its own, bounded in time, ended whatever happens."""

import asyncio
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import loadtest
from loadtest.agreed.plan import Step
from loadtest.engine.children import end, start, tail
from loadtest.scenarios.claims import OPENS_IN_S

LOCUSTFILE = Path(loadtest.__file__).with_name("locustfile.py")
_BESIDE_S = 60.0


@dataclass(frozen=True)
class StepRun:
    """How the generator ended. ``exit_code`` is Locust's own; ``timed_out``: it had to be ended."""

    exit_code: int
    seconds: float
    timed_out: bool
    said: str


def start_step(step: Step, folder: Path, base_url: str) -> subprocess.Popen[bytes]:
    """Start Locust on a step's folder; it waits for ``step.json``, so this may come before preparing."""
    words = [
        "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary", "--host", base_url, "--step-folder",
        str(folder), "--scenario", step.scenario, "-u", str(step.processes), "-r", str(step.processes),
    ]  # fmt: skip
    if step.processes > 1:
        port = str(_free_port())
        words += ["--processes", str(step.processes), "--master-bind-host", "127.0.0.1"]
        words += ["--master-bind-port", port, "--master-port", port]
    return start(words, folder / "locust.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def finish(process: subprocess.Popen[bytes], step: Step, folder: Path) -> StepRun:
    """Wait for it, at most as long as the step can take, then end it."""
    began, timed_out = time.monotonic(), False
    try:
        await asyncio.to_thread(process.wait, OPENS_IN_S + step.duration_s + _BESIDE_S)
    except subprocess.TimeoutExpired:
        timed_out = True
    end(process)
    return StepRun(process.wait(), round(time.monotonic() - began, 3), timed_out, tail(folder / "locust.log"))


def run_step(step: Step, folder: Path, base_url: str) -> StepRun:
    """Play a folder that is prepared already, from beginning to end."""
    process = start_step(step, folder, base_url)
    try:
        return asyncio.run(finish(process, step, folder))
    finally:
        end(process)
