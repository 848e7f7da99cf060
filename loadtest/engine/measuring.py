"""What the generator measures of itself, and when its figures may not be used.

A generator that is late distorts latencies and rates; it never makes a platform look wrong. So thresholds void rate
and latency cases (INVALID), never those of correctness.
"""

import json
import time
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

LAG_P99_MS = 10.0
NOT_SENT_SHARE = 0.001


@dataclass(frozen=True)
class GeneratorFigures:
    """One worker's figures. ``lag``: from the intended time until the generator got to it; shares are of ``planned``.

    ``cpu_share`` is CPU time of the process over wall time: near 1, one core is used up.
    """

    worker: int
    planned: int
    sent: int
    not_sent: int
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    cpu_share: float
    in_flight_max: int
    in_flight_cap: int
    seconds: float
    adapter_faults: int
    first_fault: str
    complete: bool

    @property
    def not_sent_share(self) -> float:
        """What could not be sent in time, of what was planned."""
        return self.not_sent / self.planned if self.planned else 0.0


class Measures:
    """Collects while a worker plays."""

    def __init__(self, worker: int, planned: int, in_flight_cap: int) -> None:
        self.worker, self.planned, self.in_flight_cap = worker, planned, in_flight_cap
        self.lags_ns: array[int] = array("q")
        self.not_sent = self.in_flight_max = self.adapter_faults = 0
        self.first_fault = ""
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def begin(self) -> None:
        """The first request is about to be due: CPU and time count from here."""
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def fault(self, error: Exception) -> None:
        """The adapter broke: a fault of the bench, not of the platform."""
        self.adapter_faults += 1
        self.first_fault = self.first_fault or f"{type(error).__name__}: {error}"[:500]

    def figures(self, *, complete: bool) -> GeneratorFigures:
        """The figures so far."""
        wall = max(time.monotonic() - self._wall, 1e-9)
        lags = np.frombuffer(self.lags_ns, np.int64) / 1e6 if self.lags_ns else np.zeros(1)
        p50, p99 = np.percentile(lags, [50, 99])
        return GeneratorFigures(
            worker=self.worker, planned=self.planned, sent=len(self.lags_ns) - self.not_sent, not_sent=self.not_sent,
            lag_p50_ms=round(float(p50), 3), lag_p99_ms=round(float(p99), 3), lag_max_ms=round(float(lags.max()), 3),
            cpu_share=round((time.process_time() - self._cpu) / wall, 4), in_flight_max=self.in_flight_max,
            in_flight_cap=self.in_flight_cap, seconds=round(wall, 3), adapter_faults=self.adapter_faults,
            first_fault=self.first_fault, complete=complete,
        )  # fmt: skip


def write_figures(folder: Path, figures: GeneratorFigures) -> None:
    """Store them as ``generator-N.json``."""
    text = json.dumps(asdict(figures), ensure_ascii=False, indent=1)
    (folder / f"generator-{figures.worker}.json").write_text(text + "\n", encoding="utf-8")


def read_figures(folder: Path) -> list[GeneratorFigures]:
    """Those of every worker that lived to write them."""
    files = sorted(folder.glob("generator-*.json"))
    return [GeneratorFigures(**json.loads(file.read_text(encoding="utf-8"))) for file in files]


@dataclass(frozen=True)
class Fitness:
    """Whether rates and latencies of a step may be judged, and if not, why (Chinese, then English)."""

    fit: bool
    reasons_zh: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def fitness(figures: Sequence[GeneratorFigures], workers: int) -> Fitness:
    """Judge the generators of a step, of which ``workers`` were started."""
    zh, en = [], []
    if len(figures) < workers:
        zh.append(f"{workers} 个发压进程中只有 {len(figures)} 个留下自测数据")
        en.append(f"only {len(figures)} of {workers} generators left their figures")
    for one in figures:
        for bad, word_zh, word_en in _faults(one):
            if bad:
                zh.append(f"发压进程 {one.worker}：{word_zh}")
                en.append(f"generator {one.worker}: {word_en}")
    return Fitness(not zh, tuple(zh), tuple(en))


def _faults(one: GeneratorFigures) -> list[tuple[bool, str, str]]:
    lag, share = f"{one.lag_p99_ms:.1f} ms", f"{one.not_sent_share:.2%}"
    return [
        (not one.complete, "未按计划发完", "it did not finish its schedule"),
        (one.lag_p99_ms > LAG_P99_MS, f"发送延误 p99 为 {lag}，超过 10 ms", f"lag p99 {lag} is above 10 ms"),
        (one.not_sent_share > NOT_SENT_SHARE, f"未能发出 {share}，超过 0.1%", f"NOT_SENT {share} is above 0.1 %"),
        (one.adapter_faults > 0, f"适配器出错：{one.first_fault}", f"the adapter broke: {one.first_fault}"),
    ]
