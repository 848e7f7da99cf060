"""A closed loop of our own, for machines without wrk: each reply is followed by the next request.

    python -m loadtest.bench.generators.closed_loop URL REQUESTS --connections N --seconds S --warm S [--again]

Prints what it counted as JSON. Like ``wrk.lua`` it waits for the last reply before it ends.
"""

import argparse
import gc
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from loadtest.bench.generators.counting import Counted, GeneratorFailed
from loadtest.bench.generators.request_file import read_requests
from loadtest.bench.generators.wires import BrokenReply, Wire, Wires
from loadtest.engine.children import environment

NAME = "own closed loop"
DRAIN_S = 20.0
_WAIT_S = 0.1


class ClosedLoop:
    """``again``: the first request follows the last; else sending ends with them."""

    def __init__(self, url: str, requests: list[bytes], *, again: bool) -> None:
        self._wires = Wires(url)
        self._coming: Iterator[bytes] = itertools.cycle(requests) if again else iter(requests)
        self._answers: Counter[int] = Counter()
        self._in_window: Counter[int] = Counter()
        self._sent = 0
        self._broken = 0

    def run(self, connections: int, seconds: float, warm_s: float) -> Counted:
        """Send for ``seconds``, wait for what is under way, count."""
        wires = [self._wires.open() for _ in range(connections)]
        processor_s, opens = time.process_time(), time.monotonic() + warm_s
        ends = opens - warm_s + seconds
        going = sum(self._next(wire) for wire in wires)
        while going == connections and time.monotonic() < ends:
            going -= self._round(opens=opens, ends=ends)
        closed = min(time.monotonic(), ends)
        while self._under_way() and time.monotonic() < closed + DRAIN_S:
            self._round(opens=opens, ends=0.0)
        self._wires.close()
        return Counted(
            sent=self._sent, answers=dict(self._answers), in_window=dict(+self._in_window),
            window_s=max(closed - opens, 0.0), cpu_s=time.process_time() - processor_s, generator=NAME,
        )  # fmt: skip

    def _under_way(self) -> int:
        return self._sent - self._broken - sum(self._answers.values())

    def _next(self, wire: Wire) -> bool:
        """Send the next request on this connection; False when there is none."""
        request = next(self._coming, None)
        if request is None:
            return False
        wire.socket.sendall(request)
        self._sent += 1
        return True

    def _round(self, *, opens: float, ends: float) -> int:
        """Read what has come, and before ``ends`` answer it with the next request. How many connections stay idle."""
        idle = 0
        for wire in self._wires.ready(_WAIT_S):
            try:
                status = wire.read()
            except BrokenReply:
                self._broken += 1
                self._wires.drop(wire)
                idle += 1
                continue
            if not status:
                continue
            now = time.monotonic()
            self._answers[status] += 1
            self._in_window[status] += opens <= now < ends
            if now >= ends or not self._next(wire):
                idle += 1
        return idle


def send(url: str, requests: Path, *, connections: int, seconds: float, warm_s: float, again: bool = False) -> Counted:
    """The same as ``wrk.send``, in a process of its own. Raises GeneratorFailed."""
    command = [
        sys.executable, "-m", __name__, url, str(requests), "--connections", str(connections), "--seconds",
        str(seconds), "--warm", str(warm_s), *(["--again"] if again else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise GeneratorFailed(done.stderr[-1_000:])
    counted = json.loads(done.stdout)
    statuses = {name: {int(status): n for status, n in counted[name].items()} for name in ("answers", "in_window")}
    return Counted(**{**counted, **statuses})


def main() -> None:
    """Send and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("requests", type=Path)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm", type=float, required=True)
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    loop = ClosedLoop(asked.url, list(read_requests(asked.requests)), again=asked.again)
    gc.collect()
    gc.freeze()
    counted = loop.run(asked.connections, asked.seconds, asked.warm).as_json()
    del counted["lost"]
    sys.stdout.write(json.dumps(counted))


if __name__ == "__main__":
    main()
