"""Trial after trial, each in a process of its own: which fault is next, and what it came to."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from loadtest.agreed.reading import ConfigurationError
from voucherlab.child_environment import search_path
from voucherlab.console import say
from voucherlab.errors import log_tail
from voucherlab.kill_trials.faults import FAULTS, Fault
from voucherlab.kill_trials.one import RESULT
from voucherlab.kill_trials.shifted_clock import library
from voucherlab.kill_trials.small_disk import mounting_wrapper, why_not_mounted
from voucherlab.kill_trials.tally import COUNTS, Tally, spoilt_by
from voucherlab.processes import ChildSpec, start_bound

_LONGEST_TRIAL_S = 400.0
_SPOILT_IN_A_ROW = 3
_IS_ROOT = os.geteuid() == 0
_NO_COUNTS = dict.fromkeys(COUNTS, 0)


class Campaign:
    """Works the faults in turn. A trial that fails leaves its folder below ``keep``, if that is given."""

    def __init__(self, tally: Tally, only: Sequence[str], keep: Path | None, save: Callable[[], None]) -> None:
        self._tally, self._keep, self._save = tally, keep, save
        tally.skipped = {name: why for name in only if (why := _why_not(FAULTS[name]))}
        self._faults = [name for name in only if name not in tally.skipped]
        if not self._faults:
            raise ConfigurationError(f"none of these faults can be worked here: {tally.skipped}")

    def run(self, trials: int) -> None:
        """Go on until the tally holds so many trials. Raises ConfigurationError when trials keep being spoilt."""
        spoilt = 0
        while self._tally.trials < trials and spoilt < _SPOILT_IN_A_ROW:
            fault = min(self._faults, key=lambda name: self._tally.counts[name]["trials"])
            spoilt = 0 if self._one(fault) else spoilt + 1
        if spoilt:
            raise ConfigurationError(f"{spoilt} trials in a row proved nothing: {self._tally.spoilt[-1]['why']}")

    def _one(self, fault: str) -> bool:
        """Play the next trial; False when it proved nothing."""
        seed, begun = self._tally.next_seed, time.monotonic()
        self._tally.next_seed += 1
        folder = Path(tempfile.mkdtemp(prefix="voucherlab-kill-"))
        told = self._play(fault, seed, folder)
        why = spoilt_by(told)
        if why is None:
            self._tally.note(fault, seed, told)
        else:
            self._tally.spoilt.append(
                {"fault": fault, "seed": seed, "why": why, "replay": self._tally.replay(fault, seed)}
            )
        self._tally.seconds += time.monotonic() - begun
        self._save()
        failed = why is not None or any(one["seed"] == seed for one in self._tally.failures)
        self._put_away(folder, f"{fault}-{seed}", failed=failed)
        say(f"{self._tally.trials:4} {fault} {seed}: {why or _in_words(told)}")
        return why is None

    def _play(self, fault: str, seed: int, folder: Path) -> dict[str, Any]:
        load = [word for name, value in self._tally.load.items() for word in (f"--{name}", str(value))]
        command = (
            *(sys.executable, "-m", "voucherlab.kill_trials.one", "--fault", fault, "--seed", str(seed)),
            *("--folder", str(folder), *load),
        )
        wrapper = mounting_wrapper(is_root=_IS_ROOT) if FAULTS[fault].disk else ()
        spec = ChildSpec("trial", command, {"PYTHONPATH": search_path()}, wrapper, death_signal=signal.SIGTERM)
        log = folder / "trial.log"
        process = start_bound(spec, log_file=log, working_folder=folder)
        try:
            process.wait(_LONGEST_TRIAL_S)
        except subprocess.TimeoutExpired:
            return _broken(f"not over after {_LONGEST_TRIAL_S:.0f} s")
        finally:
            # Its platform has a death signal and ends with it.
            process.kill()
            process.wait()
        if not (folder / RESULT).exists():
            return _broken(log_tail(log) or "no word")
        told: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return told

    def _put_away(self, folder: Path, name: str, *, failed: bool) -> None:
        if failed and self._keep is not None:
            shutil.move(folder, self._keep / name)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _why_not(fault: Fault) -> str | None:
    if fault.disk:
        return why_not_mounted(is_root=_IS_ROOT)
    if fault.clock and library() is None:
        return "libfaketime is not installed"
    return None


def _broken(why: str) -> dict[str, Any]:
    """A trial that came to no result counts as a failure: a platform that never comes back looks like this."""
    return {**_NO_COUNTS, "others": [f"the trial broke: {why}"], "recovery_seconds": None, "struck": False}


def _in_words(told: dict[str, Any]) -> str:
    counted = ", ".join(f"{told[name]} {name}" for name in ("acknowledged", "missing", "oversold", "duplicates"))
    return ", ".join([counted, *told["others"], f"back after {told['recovery_seconds']} s"])
