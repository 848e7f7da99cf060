"""What the trials of a campaign came to, fault by fault, as a file that a later run may go on with."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from loadtest.agreed.reading import ConfigurationError
from loadtest.machine import stamp, versions
from voucherlab.kill_trials.faults import FAULTS

COUNTS = ("acknowledged", "missing", "oversold", "duplicates", "unresolved")
_NONE_OF = ("missing", "oversold", "duplicates", "unresolved")


def _zeros() -> dict[str, int]:
    return dict.fromkeys(("trials", *COUNTS), 0)


@dataclass
class Tally:
    """``seed`` is that of the first trial; each further one has the next number, spoilt ones included.

    ``load`` tells what the crowd was: only trials under the same may be added up. ``spoilt``: trials that prove
    nothing, since the fault missed the peak. ``skipped``: why a fault cannot be worked here.
    """

    seed: int
    load: dict[str, float]
    next_seed: int
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(_zeros))
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[dict[str, Any]] = field(default_factory=list)
    spoilt: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def trials(self) -> int:
        """How many trials count."""
        return sum(one["trials"] for one in self.counts.values())

    @property
    def is_clean(self) -> bool:
        """Nothing lost, and every fault asked for was worked or has its reason."""
        return not self.failures

    def note(self, fault: str, seed: int, told: dict[str, Any]) -> None:
        """Add up one trial."""
        counts = self.counts[fault]
        counts["trials"] += 1
        for name in COUNTS:
            counts[name] += told[name]
        if told["recovery_seconds"] is not None:
            self.recoveries[fault].append(told["recovery_seconds"])
        if found := found_by(told):
            self.failures.append({"fault": fault, "seed": seed, "found": found, "replay": self.replay(fault, seed)})

    def replay(self, fault: str, seed: int) -> str:
        """The command that plays this trial again."""
        load = " ".join(f"--{name} {value:g}" for name, value in self.load.items())
        return f"python -m voucherlab.kill_trials --trials 1 --only {fault} --seed {seed} {load}"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, faults in their order."""
        return {
            "trials": self.trials, "clean": self.is_clean, "seed": self.seed, "next_seed": self.next_seed,
            "load": self.load, "faults": {name: self._one(name) for name in FAULTS if name in self.counts},
            "failures": self.failures, "spoilt": self.spoilt, "skipped": self.skipped,
            "seconds": round(self.seconds, 1), **stamp(), "versions": versions(),
        }  # fmt: skip

    def _one(self, fault: str) -> dict[str, Any]:
        took = self.recoveries[fault]
        recovery = {"median": round(median(took), 3), "max": max(took), "all": took} if took else None
        return {**self.counts[fault], "recovery_seconds": recovery}

    def write(self, file: Path) -> None:
        """Whole or not at all."""
        draft = file.with_name(file.name + ".draft")
        draft.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(file)


def found_by(told: dict[str, Any]) -> list[str]:
    """What a trial found that may never be, in words."""
    return [f"{name}: {told[name]}" for name in _NONE_OF if told[name]] + list(told["others"])


def spoilt_by(told: dict[str, Any]) -> str | None:
    """Why a trial proves nothing; None if it does. One that found something proves it, wherever its fault fell."""
    if found_by(told) or not told["struck"]:
        return None
    if not told["granted_before"]:
        return "the fault came before the first grant"
    return None if told["sent_after"] else "the peak was over before the fault"


def tally_for(file: Path | None, *, seed: int, load: dict[str, float]) -> Tally:
    """An empty tally, or the one in ``file`` to go on with. Raises ConfigurationError for a file of other trials."""
    tally = Tally(seed, load, seed)
    if file is None or not file.exists():
        return tally
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        tally = Tally(kept["seed"], kept["load"], kept["next_seed"], seconds=kept["seconds"])
        tally.failures, tally.spoilt, tally.skipped = kept["failures"], kept["spoilt"], kept["skipped"]
        for name, one in kept["faults"].items():
            tally.counts[name] = {count: int(one[count]) for count in _zeros()}
            tally.recoveries[name] = list((one["recovery_seconds"] or {"all": []})["all"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{file}: no result of kill trials 不是故障试验结果文件") from error
    if tally.load != load:
        raise ConfigurationError(f"{file}: of another load, {tally.load} 负载不同，不能累加")
    return tally
