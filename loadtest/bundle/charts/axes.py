"""Scales and round tick marks."""

import math
from dataclasses import dataclass


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that cover ``low`` to ``high``; at least two of them."""
    if high <= low:
        high = low + 1
    raw = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(number * step, 10) for number in range(first, last + 1))


def tick_text(value: float) -> str:
    """Short and exact: 1500, 0.5, 2万."""
    if abs(value) >= 100_000 and value % 1_000 == 0:
        return f"{value / 10_000:g}万"
    return f"{value:g}"


@dataclass(frozen=True)
class Scale:
    """A linear map from ``low … high`` to pixels ``at_low … at_high``."""

    low: float
    high: float
    at_low: float
    at_high: float

    def __call__(self, value: float) -> float:
        """The pixel, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.at_low + share * (self.at_high - self.at_low), 1)
