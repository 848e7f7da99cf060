"""How far a run is, by the files it writes: cases played, the step under load, its rate, lag and outcomes so far."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voucher_console.bench.runs import read_json

# The bench's record of one attempt (``loadtest/history/record.py``): 80 bytes, of which these are looked at.
_FIELDS: dict[str, tuple[str, int]] = {
    "t_intended": ("<i8", 0), "t_invoke": ("<i8", 8), "kind": ("u1", 42), "code": ("<u2", 44), "t_reply": ("<i8", 48),
    "outcome": ("u1", 79),
}  # fmt: skip
SEEN = np.dtype({
    "names": list(_FIELDS), "formats": [kind for kind, _ in _FIELDS.values()],
    "offsets": [at for _, at in _FIELDS.values()], "itemsize": 80,
})  # fmt: skip
OUTCOMES = (
    "open", "ok", "refused", "not_executed", "guarded", "no_effect", "unknown", "ok_unreadable", "pending", "not_sent",
)  # fmt: skip
_FIRST_OWN_WORKER = 90_000
_MOST_BINS = 120


@dataclass(frozen=True)
class StepProgress:
    """One step under load so far. Times are seconds after its first arrival; ``lag_ms`` is the p99 of each bin."""

    name: str
    scenario: str
    planned_rate_per_s: float
    duration_s: float
    seconds: tuple[float, ...]
    intended_per_s: tuple[float, ...]
    sent_per_s: tuple[float, ...]
    lag_ms: tuple[float | None, ...]
    outcomes: dict[str, int]
    codes: dict[str, int]

    @property
    def attempts(self) -> int:
        """All attempts so far."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Progress:
    """``cases_played`` of ``cases_all`` functional cases, steps done, and the step that is playing or was last."""

    state: str
    cases_played: int
    cases_all: int
    steps_done: int
    steps_all: int
    step: StepProgress | None


def read_progress(evidence: Path) -> Progress:
    """What the folder of a run says now; a folder that is not there yet says nothing has happened."""
    run = read_json(evidence / "run.json") or {}
    plan = read_json(evidence / "plan.json") or {}
    steps: list[dict[str, Any]] = plan.get("steps") or []
    repeats = sum(int(one.get("repeats", 1)) for one in steps)
    functional = len(list((evidence / "functional").glob("*.json")))
    waiting = len(run.get("cases") or [])
    return Progress(
        state=str(run.get("state", "")), cases_played=functional, cases_all=max(functional, waiting),
        steps_done=len(list((evidence / "steps").glob("*/done.json"))), steps_all=repeats,
        step=_latest_step(evidence, steps),
    )  # fmt: skip


def _latest_step(evidence: Path, steps: list[dict[str, Any]]) -> StepProgress | None:
    folders = [
        one for one in (evidence / "steps").glob("*") if ".broken-off" not in one.name and (one / "history").is_dir()
    ]
    if not folders:
        return None
    latest = max(folders, key=lambda one: (one / "history").stat().st_mtime_ns)
    planned = next((one for one in steps if one.get("name") == latest.name.rpartition("-")[0]), {})
    records, codes = _records(latest / "history")
    return _summed(latest.name, planned, records, codes)


def _records(folder: Path) -> tuple[NDArray[Any], list[str]]:
    """All begun attempts of the load's workers, and the names behind their codes."""
    parts: list[NDArray[Any]] = []
    codes: list[str] = []
    for header in sorted(folder.glob("worker-*.json")):
        about = read_json(header) or {}
        if int(about.get("worker", _FIRST_OWN_WORKER)) >= _FIRST_OWN_WORKER:
            continue
        codes = [str(one) for one in about.get("codes") or ()] or codes
        content = header.with_suffix(".attempts").read_bytes()
        whole = np.frombuffer(content, SEEN, count=len(content) // SEEN.itemsize)
        parts.append(whole[whole["kind"] != 0])
    return (np.concatenate(parts) if parts else np.zeros(0, SEEN)), codes


def _summed(name: str, planned: dict[str, Any], records: NDArray[Any], codes: list[str]) -> StepProgress:
    rate, duration = float(planned.get("rate_per_s") or 0), float(planned.get("duration_s") or 0)
    outcomes = np.bincount(records["outcome"], minlength=len(OUTCOMES))
    refused = np.bincount(records["code"][records["outcome"] != 1], minlength=1)
    seconds, intended, sent, lag = _curves(records)
    return StepProgress(
        name=name, scenario=str(planned.get("scenario", "")), planned_rate_per_s=rate, duration_s=duration,
        seconds=seconds, intended_per_s=intended, sent_per_s=sent, lag_ms=lag,
        outcomes={word: int(outcomes[number]) for number, word in enumerate(OUTCOMES) if outcomes[number]},
        codes={codes[number]: int(times) for number, times in enumerate(refused)
               if times and 0 < number < len(codes)},
    )  # fmt: skip


Curve = tuple[float, ...]


def _curves(records: NDArray[Any]) -> tuple[Curve, Curve, Curve, tuple[float | None, ...]]:
    """Seconds, intended and sent per second, and the lag's p99 in milliseconds, in at most ``_MOST_BINS`` bins."""
    if not len(records):
        return (), (), (), ()
    first = int(records["t_intended"].min())
    due = (records["t_intended"] - first) / 1e9
    left = records["t_invoke"] > 0
    went = (records["t_invoke"][left] - first) / 1e9
    last = max(float(due.max()), float(went.max()) if len(went) else 0.0)
    width = max(0.1, last / _MOST_BINS)
    # A bin that is still filling would look like a rate that falls: it waits until it is full.
    edges = np.arange(max(1, int(last / width + 1e-9)) + 1) * width
    intended, _ = np.histogram(due, edges)
    sent, _ = np.histogram(went, edges)
    bins = np.digitize(went, edges) - 1
    lags = (records["t_invoke"][left] - records["t_intended"][left]) / 1e6
    p99 = [
        round(float(np.percentile(mine, 99)), 2) if len(mine := lags[bins == number]) else None
        for number in range(len(intended))
    ]
    return (
        tuple(round(float(one), 2) for one in edges[:-1]), tuple(round(float(one) / width, 1) for one in intended),
        tuple(round(float(one) / width, 1) for one in sent), tuple(p99),
    )  # fmt: skip
