"""wrk as a closed loop: as many requests under way as there are connections, each reply followed by a request."""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from loadtest.bench.generators.counting import Counted, GeneratorFailed

NAME = "wrk"
SCRIPT = Path(__file__).with_name("wrk.lua")
DRAIN_S = 20.0
_COUNTED = re.compile(r"^counted sent=(\d+) window_s=([\d.]+) cpu_s=([\d.]+)$", re.MULTILINE)
_STATUS = re.compile(r"^status (\d+) answers=(\d+) in_window=(\d+)$", re.MULTILINE)
_ERRORS = re.compile(r"^errors connect=(\d+) read=(\d+) write=(\d+)$", re.MULTILINE)


def installed() -> bool:
    """Whether this machine has wrk."""
    return shutil.which("wrk") is not None


@cache
def version() -> str:
    """What wrk says of itself; it exits 1 when it is only asked that."""
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).split("Copyright")[0].strip()


def send(url: str, requests: Path, *, connections: int, seconds: float, warm_s: float, again: bool = False) -> Counted:
    """Send for so many seconds, then wait until the last request has its reply. Raises GeneratorFailed."""
    settings = {
        "BENCH_REQUESTS": str(requests), "BENCH_SECONDS": str(seconds), "BENCH_WARM_SECONDS": str(warm_s),
        "BENCH_AGAIN": "1" if again else "0",
    }  # fmt: skip
    longest = int(seconds + DRAIN_S)
    command = [
        "wrk", "-t", "1", "-c", str(connections), "-d", f"{longest}s", "--timeout", f"{longest}s",
        "-s", str(SCRIPT), url,
    ]  # fmt: skip
    return parse(_run(command, settings, longest + DRAIN_S))


def _run(command: Sequence[str], settings: dict[str, str], longest_s: float) -> str:
    """wrk sleeps through its whole duration whatever its threads do, so it is woken once it has drained."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **settings}
    ) as running:
        assert running.stdout is not None, "a pipe was asked for"
        limit = threading.Timer(longest_s, running.kill)
        limit.start()
        said = []
        for line in running.stdout:
            said.append(line)
            if line == "drained\n":
                running.send_signal(signal.SIGINT)
        limit.cancel()
    return "".join(said)


def parse(said: str) -> Counted:
    """What ``wrk.lua`` printed. A broken connection is an error: the request on it counts as lost, and is told."""
    counted, errors = _COUNTED.search(said), _ERRORS.search(said)
    if counted is None or errors is None:
        raise GeneratorFailed(f"wrk counted nothing: {said[-1_000:]}")
    if any(int(count) for count in errors.groups()):
        raise GeneratorFailed(f"wrk lost connections: {errors.group()}")
    statuses = [tuple(map(int, found)) for found in _STATUS.findall(said)]
    return Counted(
        sent=int(counted[1]), answers={status: count for status, count, _ in statuses},
        in_window={status: count for status, _, count in statuses}, window_s=float(counted[2]),
        cpu_s=float(counted[3]), generator=NAME,
    )  # fmt: skip
