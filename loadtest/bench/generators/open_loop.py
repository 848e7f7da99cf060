"""An open loop: each request leaves at its own time, whether or not earlier ones were answered.

    python -m loadtest.bench.generators.open_loop URL REQUESTS --rate R --seconds S [--in-flight N]

Prints what it measured as JSON. Response times count from the intended time, so a late generator or a slow server
cannot hide (coordinated omission). ``loadtest.engine`` does the same for whole operations, with a history, at several
times the processor time; here only requests and statuses count, so that one generator fits beside what it measures.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtest.arrivals import poisson
from loadtest.bench.generators.counting import GeneratorFailed, Statuses
from loadtest.bench.generators.request_file import read_requests
from loadtest.bench.generators.wires import BrokenReply, Wire, Wires
from loadtest.engine.children import environment
from loadtest.engine.measuring import GeneratorFigures, Measures, fitness
from loadtest.engine.working import allow_files, take_precedence

IN_FLIGHT = 4_000
_WARM_CONNECTIONS = 64
_FILES_BESIDE = 200
_LEAD_NS = 100_000_000
_DRAIN_NS = 20_000_000_000
_LONGEST_WAIT_NS = 50_000_000
_SEED = 20_260_101
_PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)


@dataclass(frozen=True)
class Measured:
    """One step at a constant rate. ``response_ms`` holds percentiles of all answers, counted from the intended time.

    ``judged``: whether the generator was fit to measure, with reasons; ``lost``: sent, never answered.
    """

    rate_per_s: float
    answers: Statuses
    lost: int
    response_ms: dict[str, float]
    lag_ms: dict[str, float]
    not_sent: int
    in_flight_max: int
    generator_cpu_share: float
    fit: bool
    reasons: Sequence[str]


class OpenLoop:
    """One run over ``offsets`` (nanoseconds from the start), a request for each, as many connections as it takes."""

    def __init__(self, url: str, requests: Sequence[bytes], offsets: NDArray[np.int64], in_flight: int) -> None:
        self._wires = Wires(url)
        self._idle: list[Wire] = [self._wires.open() for _ in range(min(_WARM_CONNECTIONS, in_flight))]
        self._requests, self._due, self._most = requests, offsets.tolist(), in_flight
        self._took_ns: list[int] = []
        self._answers: Counter[int] = Counter()
        self._measures = Measures(0, len(offsets), in_flight)
        self._broken = 0
        self._start_ns = 0

    def run(self, rate_per_s: float) -> Measured:
        """Send all, wait for the answers, say what came."""
        self._start_ns = time.monotonic_ns() + _LEAD_NS
        self._measures.begin()
        number, count = 0, len(self._due)
        while number < count:
            wait_ns = self._start_ns + self._due[number] - time.monotonic_ns()
            if wait_ns <= 0:
                self._send(number)
                number += 1
            self._read(min(max(wait_ns, 0), _LONGEST_WAIT_NS))
        cpu = self._measures.figures(complete=True)
        self._drain()
        return self._measured(rate_per_s, cpu)

    def _send(self, number: int) -> None:
        lag = time.monotonic_ns() - self._start_ns - self._due[number]
        self._measures.lags_ns.append(lag)
        if not self._idle and len(self._wires) >= self._most:
            self._measures.not_sent += 1
            return
        wire = self._idle.pop() if self._idle else self._wires.open()
        wire.request = number
        wire.socket.sendall(self._requests[number])
        under_way = len(self._wires) - len(self._idle)
        self._measures.in_flight_max = max(self._measures.in_flight_max, under_way)

    def _read(self, wait_ns: int) -> None:
        for wire in self._wires.ready(wait_ns / 1e9):
            try:
                status = wire.read()
            except BrokenReply:
                self._broken += wire.request >= 0
                self._idle = [one for one in self._idle if one is not wire]
                self._wires.drop(wire)
                continue
            if status:
                self._took_ns.append(time.monotonic_ns() - self._start_ns - self._due[wire.request])
                self._answers[status] += 1
                wire.request = -1
                self._idle.append(wire)

    def _drain(self) -> None:
        end_ns = time.monotonic_ns() + _DRAIN_NS
        while len(self._wires) > len(self._idle) and time.monotonic_ns() < end_ns:
            self._read(_LONGEST_WAIT_NS)

    def _measured(self, rate_per_s: float, figures: GeneratorFigures) -> Measured:
        lost = self._broken + len(self._wires) - len(self._idle)
        self._wires.close()
        judged = fitness([figures], 1)
        return Measured(
            rate_per_s=rate_per_s, answers=dict(self._answers), lost=lost, response_ms=percentiles_ms(self._took_ns),
            lag_ms={"p50": figures.lag_p50_ms, "p99": figures.lag_p99_ms, "max": figures.lag_max_ms},
            not_sent=figures.not_sent, in_flight_max=figures.in_flight_max, generator_cpu_share=figures.cpu_share,
            fit=judged.fit, reasons=judged.reasons_en,
        )  # fmt: skip


def percentiles_ms(took_ns: Sequence[int]) -> dict[str, float]:
    """Milliseconds by ``p50``, ``p90``, ``p99``, ``p99.9``, ``p100``; none of no answers."""
    if not took_ns:
        return {}
    values = np.percentile(np.asarray(took_ns, np.float64) / 1e6, _PERCENTILES)
    return {f"p{at:g}": round(float(value), 3) for at, value in zip(_PERCENTILES, values, strict=True)}


def arrivals_at(rate_per_s: float, seconds: float) -> NDArray[np.int64]:
    """When requests leave: a Poisson process, the same for everybody who asks for the same rate."""
    return poisson(np.random.default_rng(_SEED), rate_per_s=rate_per_s, duration_s=seconds)


def send(url: str, requests: Path, *, rate_per_s: float, seconds: float, in_flight: int = IN_FLIGHT) -> Measured:
    """Measure in a process of its own. Raises GeneratorFailed."""
    command = [
        sys.executable, "-m", __name__, url, str(requests), "--rate", str(rate_per_s), "--seconds", str(seconds),
        "--in-flight", str(in_flight),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise GeneratorFailed(done.stderr[-1_000:])
    said: dict[str, Any] = json.loads(done.stdout)
    return Measured(**{**said, "answers": {int(status): count for status, count in said["answers"].items()}})


def main() -> None:
    """Measure and print. Ends with 1 where the file holds fewer requests than arrive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("requests", type=Path)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT)
    asked = parser.parse_args()
    offsets, requests = arrivals_at(asked.rate, asked.seconds), list(read_requests(asked.requests))
    if len(requests) < len(offsets):
        sys.exit(f"{len(offsets)} requests are to leave, {asked.requests.name} holds {len(requests)}")
    take_precedence()
    allow_files(asked.in_flight + _FILES_BESIDE)
    loop = OpenLoop(asked.url, requests, offsets, asked.in_flight)
    gc.collect()
    gc.freeze()
    sys.stdout.write(json.dumps(asdict(loop.run(asked.rate))))


if __name__ == "__main__":
    main()
