"""One-sided confidence bounds, each at level α. A pair of them together covers with 1 − 2α."""

from collections.abc import Callable
from math import ceil, inf, log
from typing import Any

import numpy as np
import numpy.typing as npt

from loadtest.confidence.special import beta_cdf, gamma_cdf

Samples = npt.NDArray[Any]
Bounds = tuple[float, float]
"""Lower and upper bound; −inf or inf where the samples do not suffice for one."""
_STEPS = 200


def proportion_bounds(successes: int, trials: int, alpha: float) -> Bounds:
    """Clopper and Pearson's exact bounds of a probability (Biometrika 26, 1934). Raises ValueError."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no proportion")
    failures = trials - successes
    lower = 0.0 if not successes else _solve(lambda p: beta_cdf(p, successes, failures + 1) >= alpha, 0.0, 1.0)
    upper = 1.0 if not failures else _solve(lambda p: beta_cdf(p, successes + 1, failures) >= 1 - alpha, 0.0, 1.0)
    return lower, upper


def rate_bounds(count: int, seconds: float, alpha: float) -> Bounds:
    """Garwood's exact bounds of a Poisson rate, per second (Biometrika 28, 1936). Raises ValueError.

    For events that are independent of each other, such as outages; not for replies of a server under load.
    """
    if count < 0 or seconds <= 0:
        raise ValueError(f"{count} in {seconds} s is no rate")
    most = count + 10 * (count**0.5 + 10) - 10 * log(alpha)
    lower = 0.0 if not count else _solve(lambda mean: gamma_cdf(mean, count) >= alpha, 0.0, most)
    return lower / seconds, _solve(lambda mean: gamma_cdf(mean, count + 1) >= 1 - alpha, 0.0, most) / seconds


def quantile_bounds(samples: Samples, quantile: float, alpha: float) -> Bounds:
    """Exact order-statistic bounds of a quantile of independent samples, whatever their distribution.

    The number of samples at or below the quantile is binomial, so X(r) with P(Bin(n, p) ≤ r − 1) ≥ 1 − α is an upper
    bound and X(r) with P(Bin(n, p) ≥ r) ≥ 1 − α a lower one. Samples may be inf (never answered).
    """
    ordered = np.sort(np.asarray(samples, dtype=float))
    lower, upper = _ranks(len(ordered), quantile, alpha)
    return (
        float(ordered[lower - 1]) if lower >= 1 else -inf,
        float(ordered[upper - 1]) if upper <= len(ordered) else inf,
    )


def _ranks(n: int, p: float, alpha: float) -> tuple[int, int]:
    """1-based ranks of the bounds; 0 and n + 1 where there is none."""
    below, above = 0, n + 1
    while below < above - 1:  # greatest r with P(Bin ≥ r) ≥ 1 − α
        middle = (below + above) // 2
        below, above = (middle, above) if at_least(middle, n, p) >= 1 - alpha else (below, middle)
    lower = below
    below, above = 0, n + 1
    while below < above - 1:  # least r with P(Bin ≥ r) ≤ α
        middle = (below + above) // 2
        below, above = (below, middle) if at_least(middle, n, p) <= alpha else (middle, above)
    return lower, above


def at_least(r: int, n: int, p: float) -> float:
    """P(Bin(n, p) ≥ r)."""
    if r <= 0:
        return 1.0
    return 0.0 if r > n else beta_cdf(p, r, n - r + 1)


def median_bounds(values: Samples, alpha: float) -> Bounds:
    """Bounds of the median of what ``values`` are drawn from: the sign test turned round. inf with too few values."""
    return quantile_bounds(values, 0.5, alpha)


def least_runs(alpha: float) -> int:
    """The fewest runs whose greatest value is an upper bound of the median: 5 for α = 0.05."""
    return ceil(log(alpha) / log(0.5) - 1e-12)


def run_quantile(samples: Samples, quantile: float) -> Bounds:
    """A run's quantile as two neighbouring order statistics: at least half of all runs have the truth above the first,
    and at least half have it below the second. In a large run both are the nearest-rank quantile.
    """
    ordered = np.sort(np.asarray(samples, dtype=float))
    n = len(ordered)
    if n == 0:
        return -inf, inf
    lower, upper = _ranks(n, quantile, 0.5)
    rank = max(1, ceil(n * quantile - 1e-9))
    lower, upper = min(lower, rank), max(upper, rank)
    return (
        float(ordered[lower - 1]) if lower >= 1 else -inf,
        float(ordered[upper - 1]) if upper <= n else inf,
    )


def _solve(reached: Callable[[float], bool], low: float, high: float) -> float:
    """The least x in [low, high] at which a rising condition holds, by bisection to the last bit."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
