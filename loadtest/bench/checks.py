"""Ten million claims through C1 to C9: processor time and memory of the checks.

    python -m loadtest.bench.checks --json FILE [--operations N]

A lawful history is made first, by a model that hands out vouchers in the order in which claims reach it: one batch that
sells out for good, one whose vouchers are voided and claimed again, one in a hundred people asking twice, one reply in
ten thousand lost. A child process then reads its files and judges it; its own processor time and peak of memory count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtest.checks.catalogue import CHECKS
from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import BatchFacts, Facts
from loadtest.history.codes import code_number
from loadtest.history.reading import read_history
from loadtest.history.record import ATTEMPT, Kind, Outcome
from loadtest.history.writer import HistoryWriter
from loadtest.machine import stamp

JUDGED = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9")
LIMIT_CPU_S, LIMIT_BYTES = 20.0, 1_500_000_000
_START = 10**12
_GAP_NS = 100_000
_SLOWEST_NS = 50_000_000
_SOLD_SHARE = 0.2
_VOIDS = 2_000
Records = NDArray[np.void]


def make(folder: Path, operations: int) -> Facts:
    """Two workers' files of ``operations`` attempts in all, and their facts."""
    rng = np.random.default_rng(1)
    half = operations // 2
    batches = []
    for number, voids in enumerate((0, _VOIDS)):
        records = _claims(rng, half - voids, number, voids)
        writer = HistoryWriter(folder, number, "benchmrk")
        writer.close()
        records.tofile(folder / f"worker-{number:05d}.attempts")
        batches.append(BatchFacts(f"b-{number}", int(half * _SOLD_SHARE), 1))
    return Facts(tuple(batches), reopen_delay_ns=0)


def _claims(rng: np.random.Generator, count: int, subject: int, voids: int) -> Records:
    """Claims that reach the platform at one instant each of their own; the first get the vouchers."""
    records = np.zeros(count + voids, ATTEMPT)
    claims, quota = records[:count], int((count + voids) * _SOLD_SHARE)
    claims["kind"], claims["subject"], claims["key"] = Kind.CLAIM, subject, (subject << 40) + np.arange(count)
    claims["t_invoke"] = _START + np.arange(count) * _GAP_NS
    took = rng.integers(_GAP_NS, _SLOWEST_NS, count)
    arrived = claims["t_invoke"] + (took * rng.random(count)).astype(np.int64)
    claims["t_reply"] = claims["t_invoke"] + took
    order = np.argsort(arrived, kind="stable")
    winners = order[:quota]
    claims["person"] = (subject * count) + np.arange(count)
    claims["outcome"], claims["status"], claims["code"] = Outcome.REFUSED, 409, code_number("sold_out")
    _grant(claims, winners)
    _ask_twice(claims, winners, order[quota:], rng)
    if voids:
        _resell(records, count, winners, arrived, order[quota:], rng)
    lost = rng.random(count) < 1e-4
    claims["outcome"][lost], claims["t_reply"][lost], claims["code"][lost] = Outcome.UNKNOWN, 0, code_number("timeout")
    return records


def _grant(claims: Records, which: NDArray[np.int64]) -> None:
    claims["outcome"][which], claims["status"][which], claims["code"][which] = Outcome.OK, 201, 0
    claims["result"][which] = claims["key"][which] * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)


def _ask_twice(
    claims: Records, winners: NDArray[np.int64], losers: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Some of those who have a voucher ask again, much later, and are told that they have reached the limit."""
    again = losers[-len(losers) // 10 :]
    claims["person"][again] = claims["person"][rng.choice(winners[: len(winners) // 2], len(again))]
    claims["code"][again] = code_number("limit_reached")


def _resell(  # noqa: PLR0917 - the model's state, told apart
    records: Records, count: int, winners: NDArray[np.int64], arrived: NDArray[np.int64], losers: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Voids, each followed by a claim that arrives next and gets the voucher."""
    claims, voids = records[:count], records[count:]
    refused = losers[claims["code"][losers] == code_number("sold_out")]
    lucky = refused[np.linspace(len(refused) // 10, len(refused) - 1, len(voids)).astype(np.int64)]
    _grant(claims, lucky)
    given_up = rng.choice(winners[len(winners) // 2 :], len(voids), replace=False)  # the others ask again
    voids["kind"], voids["subject"] = Kind.VOID, claims["subject"][0]
    voids["key"], voids["target"] = claims["key"][-1] + 1 + np.arange(len(voids)), claims["result"][given_up]
    voids["t_invoke"], voids["t_reply"] = arrived[lucky] - 1, arrived[lucky] + 1
    voids["outcome"], voids["status"] = Outcome.OK, 200


def judge(folder: Path, facts: Path) -> dict[str, Any]:
    """Read and judge, in this process. Raises AssertionError where the lawful history is found at fault."""
    begun = time.process_time()
    evidence = Evidence(read_history(folder), Facts.read(facts))
    seconds: dict[str, float] = {"reading": time.process_time() - begun}
    for name in JUDGED:
        started = time.process_time()
        found = CHECKS[name](evidence)
        seconds[name] = round(time.process_time() - started, 3)
        assert not found.count, f"{name}: {found}"
    return {
        "operations": len(evidence.operations), "cpu_s": round(time.process_time() - begun, 2), "seconds": seconds,
        "peak_bytes": _peak_bytes(),
    }  # fmt: skip


def _peak_bytes() -> int:
    """The most memory this program held; what getrusage tells counts that of whoever started it, too."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kibibytes) * 1024


def measure(operations: int) -> dict[str, Any]:
    """Make the history, judge it in a child."""
    with tempfile.TemporaryDirectory(prefix="voucherlab-checks-") as name:
        folder = Path(name)
        make(folder, operations).write(folder / "facts.json")
        command = [sys.executable, "-m", "loadtest.bench.checks", "--judge", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    figures |= {"limit_cpu_s": LIMIT_CPU_S, "limit_bytes": LIMIT_BYTES}
    figures["within_limits"] = figures["cpu_s"] < LIMIT_CPU_S and figures["peak_bytes"] < LIMIT_BYTES
    return figures


def main() -> int:
    """Exit 0 within the limits, 1 beyond them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--operations", type=int, default=10_000_000)
    parser.add_argument("--judge", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.judge:
        sys.stdout.write(json.dumps(judge(asked.judge, asked.judge / "facts.json")))
        return 0
    figures = measure(asked.operations)
    text = json.dumps({**figures, **stamp()}, indent=1)
    sys.stdout.write(text + "\n")
    if asked.json:
        asked.json.write_text(text, encoding="utf-8")
    return 0 if figures["within_limits"] else 1


if __name__ == "__main__":
    sys.exit(main())
