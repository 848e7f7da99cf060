"""What a self-test found, as a file that a later run may go on with."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import ConfigurationError
from loadtest.bundle.record import registry_digest_of
from loadtest.cases.model import all_cases
from loadtest.evidence.result import CaseResult
from loadtest.faulty_vendors.catalogue import all_defects
from loadtest.machine import stamp, versions
from voucherlab.verifying.trials import Trial


def _counts() -> dict[str, int]:
    return defaultdict(int)


def _names() -> dict[str, set[str]]:
    return defaultdict(set)


@dataclass
class Matrix:
    """Counts of trials. ``tried`` and ``found`` are by defect; ``lawful_trials`` counts passes of all functional cases
    by platform, ``lawful_steps`` plays of a step under load by ``platform/step``. ``of`` tells what was tried with
    which cases: only runs of the same may be added up.
    """

    of: dict[str, str]
    repetitions: int = 0
    seconds: float = 0.0
    tried: dict[str, int] = field(default_factory=_counts)
    found: dict[str, int] = field(default_factory=_counts)
    finders: dict[str, set[str]] = field(default_factory=_names)
    other_finders: dict[str, set[str]] = field(default_factory=_names)
    false_alarms: list[dict[str, str]] = field(default_factory=list)
    spoilt: list[dict[str, str]] = field(default_factory=list)
    lawful_trials: dict[str, int] = field(default_factory=_counts)
    lawful_steps: dict[str, int] = field(default_factory=_counts)

    def note_lawful(self, trial: Trial) -> None:
        """Keep which cases accused a lawful platform or were spoilt, and what they saw."""
        self.false_alarms += [_seen(trial, result) for result in trial.accused_by()]
        self.spoilt += [_seen(trial, result) for result in trial.spoilt()]

    @property
    def missed(self) -> list[str]:
        """Defects that their own cases did not find every time."""
        return [name for name in sorted(self.tried) if self.found[name] < self.tried[name]]

    @property
    def is_clean(self) -> bool:
        """Everything found, nobody accused, nothing spoilt."""
        return not (self.missed or self.false_alarms or self.spoilt)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: names sorted; ``rates`` tells how often each defect was found by its own case."""
        # One that was only asked about has not been tried: it must not look found in the file of a run broken off.
        defects, missed = sorted(name for name, times in self.tried.items() if times), self.missed
        killed = [name for name in defects if name not in missed]
        return {
            "defects": defects, "killed": killed, "missed": missed,
            "killed_by_other_case": sorted(name for name in missed if self.other_finders[name]),
            "false_alarms": self.false_alarms, "repetitions": self.repetitions, "spoilt": self.spoilt,
            "rates": {name: {"found": self.found[name], "tried": self.tried[name]} for name in defects},
            "found_by": {name: sorted(self.finders[name]) for name in defects},
            "found_by_others": {name: sorted(who) for name, who in sorted(self.other_finders.items()) if who},
            "lawful_trials": dict(sorted(self.lawful_trials.items())),
            "lawful_steps": dict(sorted(self.lawful_steps.items())),
            "of": self.of, "seconds": round(self.seconds, 1), **stamp(), "versions": versions(),
        }  # fmt: skip

    def write(self, file: Path) -> None:
        """Whole or not at all."""
        draft = file.with_name(file.name + ".draft")
        draft.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(file)


def _seen(trial: Trial, result: CaseResult) -> dict[str, str]:
    return {"vendor": trial.vendor, "case": result.case_id, "actual": result.actual_zh or result.reason_zh}


def matrix_for(plan: Plan, file: Path | None) -> Matrix:
    """An empty matrix, or the one in ``file`` to go on with.

    Raises ConfigurationError when the file is of other cases, defects or another plan: those do not add up.
    """
    matrix = Matrix({
        "plan": plan.digest(), "cases": registry_digest_of(all_cases().values(), versions()),
        "defects": " ".join(sorted(all_defects())),
    })  # fmt: skip
    if file is None or not file.exists():
        return matrix
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        same = kept["of"] == matrix.of
        _go_on(matrix, kept)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{file}: no result of a self-test 不是自检结果文件") from error
    if not same:
        raise ConfigurationError(f"{file}: of other cases, defects or another plan 用例、缺陷或计划不同，不能累加")
    return matrix


def _go_on(matrix: Matrix, kept: dict[str, Any]) -> None:
    matrix.repetitions, matrix.seconds = int(kept["repetitions"]), float(kept["seconds"])
    matrix.false_alarms, matrix.spoilt = kept["false_alarms"], kept["spoilt"]
    matrix.lawful_trials.update(kept["lawful_trials"])
    matrix.lawful_steps.update(kept["lawful_steps"])
    for name, rate in kept["rates"].items():
        matrix.tried[name], matrix.found[name] = rate["tried"], rate["found"]
    for ours, theirs in ((matrix.finders, kept["found_by"]), (matrix.other_finders, kept["found_by_others"])):
        ours.update({name: set(who) for name, who in theirs.items()})
