"""The regularised incomplete beta and gamma functions, by the continued fractions and series of the textbooks.

Formulas: Abramowitz and Stegun 26.5.8 (beta) and 6.5.29, 6.5.31 (gamma), evaluated by Lentz's method.
"""

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_EPS = 1e-15
_MOST_TERMS = 100_000


def beta_cdf(x: float, a: float, b: float) -> float:
    """I_x(a, b) for a, b > 0: the probability that a Beta(a, b) variable is at most ``x``."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1.0 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            value *= d * c
        if abs(d * c - 1) < _EPS:
            return value
    raise ArithmeticError(f"incomplete beta does not converge at {x}, {a}, {b}")


def gamma_cdf(x: float, a: float) -> float:
    """P(a, x) for a > 0: the probability that a Gamma(a, 1) variable is at most ``x``."""
    if x <= 0:
        return 0.0
    front = exp(a * log(x) - x - lgamma(a))
    return front * _gamma_series(x, a) if x < a + 1 else 1.0 - front * _gamma_fraction(x, a)


def _gamma_series(x: float, a: float) -> float:
    term = total = 1.0 / a
    for n in range(1, _MOST_TERMS):
        term *= x / (a + n)
        total += term
        if term < total * _EPS:
            return total
    raise ArithmeticError(f"incomplete gamma does not converge at {x}, {a}")


def _gamma_fraction(x: float, a: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / _off_zero(b)
    value = d
    for n in range(1, _MOST_TERMS):
        b += 2
        d = 1 / _off_zero(b - n * (n - a) * d)
        c = _off_zero(b - n * (n - a) / c)
        value *= d * c
        if abs(d * c - 1) < _EPS:
            return value
    raise ArithmeticError(f"incomplete gamma does not converge at {x}, {a}")


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
