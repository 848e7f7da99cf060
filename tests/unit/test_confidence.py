"""Bounds against published tables, and how often the decision rule errs for a vendor exactly at a limit."""

from math import inf, isclose
from typing import Any

import numpy as np
import pytest

from loadtest.confidence.bounds import (
    least_runs,
    median_bounds,
    proportion_bounds,
    quantile_bounds,
    rate_bounds,
    run_quantile,
)
from loadtest.confidence.deciding import judge_limit, judge_values
from loadtest.confidence.special import beta_cdf, gamma_cdf
from loadtest.verdicts import Verdict

ALPHA = 0.05
# Clopper–Pearson at 95 % (α = 0.025 a side), as in the tables of Diem, Documenta Geigy, and in R's binom.test.
CLOPPER_PEARSON = [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 100, 0.0490, 0.1762), (1, 20, 0.0013, 0.2487)]
# Garwood's 95 % bounds of a Poisson mean (Biometrika 28, table 1).
GARWOOD = [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.391), (50, 37.11, 65.92)]


@pytest.mark.parametrize(("successes", "trials", "lower", "upper"), CLOPPER_PEARSON)
def test_bounds_of_a_proportion_are_those_of_the_tables(
    successes: int, trials: int, lower: float, upper: float
) -> None:  # fmt: skip
    found = proportion_bounds(successes, trials, 0.025)
    assert found == pytest.approx((lower, upper), abs=6e-5)


@pytest.mark.parametrize(("count", "lower", "upper"), GARWOOD)
def test_bounds_of_a_rate_are_those_of_the_tables(count: int, lower: float, upper: float) -> None:
    assert rate_bounds(count, 1.0, 0.025) == pytest.approx((lower, upper), rel=3e-4, abs=5e-5)
    assert rate_bounds(count, 10.0, 0.025)[1] == pytest.approx(upper / 10, rel=3e-4)


def test_beta_and_gamma_have_their_closed_forms() -> None:
    assert isclose(beta_cdf(0.3, 1, 1), 0.3)
    assert isclose(beta_cdf(0.3, 2, 1), 0.09)
    assert isclose(beta_cdf(0.5, 40_000, 40_000), 0.5, rel_tol=1e-9)
    assert isclose(gamma_cdf(2.0, 1), 1 - np.exp(-2.0))
    assert isclose(gamma_cdf(5.0, 2), 1 - 6 * np.exp(-5.0))


@pytest.mark.parametrize(("quantile", "fewest"), [(0.95, 59), (0.99, 299)])
def test_a_quantile_has_an_upper_bound_from_the_classical_sample_size_on(quantile: float, fewest: int) -> None:
    rising = np.arange(1.0, 400.0)
    assert quantile_bounds(rising[: fewest - 1], quantile, ALPHA)[1] == inf
    assert quantile_bounds(rising[:fewest], quantile, ALPHA)[1] == fewest


def test_never_answered_is_worse_than_any_limit() -> None:
    samples = np.concatenate([np.ones(97), np.full(3, inf)])
    assert run_quantile(samples, 0.99)[1] == inf
    verdict, _ = judge_limit([samples] * 6, 0.99, 1e9, ALPHA, "at_most")
    assert verdict is Verdict.FAIL


def test_five_runs_are_needed_and_four_decide_nothing() -> None:
    assert least_runs(ALPHA) == 5
    assert median_bounds(np.ones(4), ALPHA) == (-inf, inf)
    assert judge_values([1.0] * 4, 10, ALPHA, "at_most")[0] is Verdict.INCONCLUSIVE
    assert judge_values([1.0] * 5, 10, ALPHA, "at_most")[0] is Verdict.PASS


def test_a_rate_below_the_least_fails_and_above_passes() -> None:
    assert judge_values([90.0] * 5, 100, ALPHA, "at_least")[0] is Verdict.FAIL
    assert judge_values([110.0] * 5, 100, ALPHA, "at_least")[0] is Verdict.PASS
    assert judge_values([90, 95, 100, 105, 110], 100, ALPHA, "at_least")[0] is Verdict.INCONCLUSIVE


def _run(random: np.random.Generator, requests: int, p99: float, between: float) -> Any:
    """One run of a vendor whose p99 is ``p99`` in the median run: runs differ, and requests of a run follow each other.

    Latency is exponential with the run's own mean; every request shares its fate with nine neighbours.
    """
    mean = p99 / np.log(100) * np.exp(random.normal(0, between))
    queues = random.exponential(1.0, requests // 10)
    return mean * np.repeat(queues, 10)


@pytest.mark.parametrize("runs", [5, 8])
@pytest.mark.parametrize("between", [0.0, 0.1])
def test_a_vendor_exactly_at_the_limit_is_misjudged_within_alpha(runs: int, between: float) -> None:
    """False PASS and false FAIL each at most α: of 500 tries at most 500 α + 3.1 σ (one in a thousand by chance)."""
    random, tries = np.random.default_rng(runs), 500
    counts = dict.fromkeys(Verdict, 0)
    for _ in range(tries):
        samples = [_run(random, 2_000, 100.0, between) for _ in range(runs)]
        counts[judge_limit(samples, 0.99, 100.0, ALPHA, "at_most")[0]] += 1
    most = ALPHA * tries + 3.1 * (ALPHA * (1 - ALPHA) * tries) ** 0.5
    assert counts[Verdict.PASS] <= most
    assert counts[Verdict.FAIL] <= most
    assert counts[Verdict.INCONCLUSIVE] >= tries - 2 * most


def test_a_vendor_clearly_better_passes_and_clearly_worse_fails() -> None:
    random = np.random.default_rng(3)
    better = [[_run(random, 8_000, 70.0, 0.05) for _ in range(5)] for _ in range(100)]
    worse = [[_run(random, 8_000, 140.0, 0.05) for _ in range(5)] for _ in range(100)]
    passed = sum(judge_limit(runs, 0.99, 100.0, ALPHA, "at_most")[0] is Verdict.PASS for runs in better)
    failed = sum(judge_limit(runs, 0.99, 100.0, ALPHA, "at_most")[0] is Verdict.FAIL for runs in worse)
    assert passed >= 95
    assert failed >= 95
