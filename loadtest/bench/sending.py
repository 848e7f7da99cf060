"""How many requests a second one core sends: the open loop with its history, against a bare FastHttpUser loop.

    python -m loadtest.bench.sending --json FILE [--rounds N] [--seconds S]

Both are whole Locust processes against one null server, in interleaved rounds. What each sent is divided by the
processor time it took, start-up excluded: requests a second and core, whatever else the machine is doing. The open
loop gets a constant rate below what the bare loop reached, since an open loop has no speed of its own.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from loadtest.engine.children import ChildFailed, end, serving, start, tail
from loadtest.engine.measuring import read_figures
from loadtest.engine.qualifying import write_step
from loadtest.scenarios.preparing import Prepared
from loadtest.scenarios.running import start_step

_USERS = 32
_OF_BARE = 0.7
_BESIDE_S = 60.0
LEAST_RATIO = 0.8
Round = dict[str, float]


def bare_round(url: str, seconds: float) -> Round:
    """The bare loop for so many seconds. Raises ChildFailed."""
    with tempfile.TemporaryDirectory(prefix="voucherlab-bare-") as name:
        log, figures = Path(name) / "log", Path(name) / "figures"
        os.environ["BARE_FIGURES"] = str(figures)
        file = str(Path(__file__).with_name("bare_locustfile.py"))
        users = ["-u", str(_USERS), "-r", str(_USERS), "-t", f"{seconds:g}s"]
        process = start(["locust", "-f", file, "--headless", "--only-summary", "--host", url, *users], log)
        try:
            process.wait(seconds + _BESIDE_S)
        finally:
            end(process)
        if not figures.exists():
            raise ChildFailed(f"the bare loop left no figures: {tail(log)}")
        return _per_core(json.loads(figures.read_text(encoding="utf-8")))


def open_round(url: str, seconds: float, rate_per_s: float) -> Round:
    """The open loop at that rate, its history on. Raises ChildFailed."""
    with tempfile.TemporaryDirectory(prefix="voucherlab-open-") as name:
        folder = Path(name)
        write_step(folder, rate_per_s, seconds)
        process = start_step(Prepared.read(folder).agreed(), folder, url)
        try:
            process.wait(seconds + _BESIDE_S)
        finally:
            end(process)
        found = read_figures(folder)
        if not found:
            raise ChildFailed(f"the open loop left no figures: {tail(folder / 'locust.log')}")
        (one,) = found
        return {
            **_per_core({"sent": one.sent, "processor_s": one.cpu_share * one.seconds, "wall_s": one.seconds}),
            "lag_p99_ms": one.lag_p99_ms, "not_sent": one.not_sent,
        }  # fmt: skip


def _per_core(figures: Round) -> Round:
    return {**figures, "per_core_s": figures["sent"] / figures["processor_s"]}


def measure(rounds: int, seconds: float) -> dict[str, Any]:
    """Interleaved rounds; ``ratio`` is the median of the rounds' ratios."""
    bare: list[Round] = []
    opened: list[Round] = []
    with serving("loadtest.nullserver") as (port, _):
        url = f"http://127.0.0.1:{port}"
        for _ in range(rounds):
            bare.append(bare_round(url, seconds))
            rate = max(bare[-1]["sent"] / bare[-1]["wall_s"] * _OF_BARE, 100.0)
            opened.append(open_round(url, seconds, rate))
    ratios = [mine["per_core_s"] / its["per_core_s"] for mine, its in zip(opened, bare, strict=True)]
    return {
        "ratio": statistics.median(ratios),
        "least_ratio": LEAST_RATIO,
        "ratios": ratios,
        "bare": bare,
        "open": opened,
    }


def main() -> None:
    """Measure, write, and end with 1 where the ratio is too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    found = measure(options.rounds, options.seconds)
    options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"open loop / bare loop, requests a second and core: {found['ratio']:.2f}\n")
    sys.exit(0 if found["ratio"] >= LEAST_RATIO else 1)


if __name__ == "__main__":
    main()
