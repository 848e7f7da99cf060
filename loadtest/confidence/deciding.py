"""PASS if the whole interval keeps the limit, FAIL only if the whole interval breaks it, else INCONCLUSIVE."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np

from loadtest.confidence.bounds import Bounds, Samples, least_runs, median_bounds, run_quantile
from loadtest.verdicts import Verdict

Direction = Literal["at_most", "at_least"]


@dataclass(frozen=True)
class LimitFigures:
    """What a limit was judged by. ``of_runs``: the runs' own values, nearest rank. None stands for no bound."""

    limit: float
    direction: Direction
    alpha: float
    runs: int
    runs_needed: int
    of_runs: tuple[float | None, ...]
    lower: float | None
    upper: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; infinities are null."""
        return {**vars(self), "of_runs": list(self.of_runs)}


def judge_limit(
    samples_per_run: Sequence[Samples], quantile: float, limit: float, alpha: float, direction: Direction
) -> tuple[Verdict, LimitFigures]:  # fmt: skip
    """Judge a quantile, such as p99, of what a typical run gives: the median over runs of the run's quantile.

    The upper bound is taken from the runs' upper order statistics and the lower from the lower ones, so small runs
    make the interval wider, never the verdict bolder. False PASS and false FAIL each have probability at most α.
    """
    pairs = [run_quantile(samples, quantile) for samples in samples_per_run]
    lower = median_bounds(np.array([pair[0] for pair in pairs]), alpha)[0]
    upper = median_bounds(np.array([pair[1] for pair in pairs]), alpha)[1]
    return _decided(
        (lower, upper), [_nearest(samples, quantile) for samples in samples_per_run], limit, alpha, direction
    )


def judge_values(
    values: Sequence[float], limit: float, alpha: float, direction: Direction
) -> tuple[Verdict, LimitFigures]:  # fmt: skip
    """The same for one number a run, such as a rate."""
    return _decided(median_bounds(np.array(values, dtype=float), alpha), values, limit, alpha, direction)


def _decided(
    bounds: Bounds, values: Sequence[float], limit: float, alpha: float, direction: Direction
) -> tuple[Verdict, LimitFigures]:  # fmt: skip
    lower, upper = bounds
    figures = LimitFigures(
        limit, direction, alpha, len(values), least_runs(alpha), tuple(_finite(value) for value in values),
        _finite(lower), _finite(upper),
    )  # fmt: skip
    keeps, breaks = (upper <= limit, lower > limit) if direction == "at_most" else (lower >= limit, upper < limit)
    return (Verdict.PASS if keeps else Verdict.FAIL if breaks else Verdict.INCONCLUSIVE), figures


def _nearest(samples: Samples, quantile: float) -> float:
    ordered = np.sort(np.asarray(samples, dtype=float))
    rank = max(1, int(np.ceil(len(ordered) * quantile - 1e-9)))
    return float(ordered[rank - 1]) if len(ordered) else float("nan")


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
