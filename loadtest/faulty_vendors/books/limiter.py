"""Rate limits by the real clock: at most ``permits`` at once, and ``permits`` in a window in the long run.

One number a subject, the time by which all it has asked for is paid off (a leaky bucket as a meter).
"""

import time
from collections.abc import Mapping
from typing import Any

_REMEMBERED = 500_000


class Limiter:
    """Meters by (batch, kind of subject, subject). They are lost with the process, as the contract allows."""

    def __init__(self) -> None:
        self._paid_off: dict[tuple[str, str, str], float] = {}

    def wait_s(self, batch_id: str, limits: Mapping[str, Any], subjects: Mapping[str, str]) -> tuple[float, str]:
        """Charge every limited subject; 0 when all may go on, else the seconds until the slowest may, and its kind."""
        now = time.monotonic()
        if len(self._paid_off) > _REMEMBERED:
            self._paid_off = {key: paid for key, paid in self._paid_off.items() if paid > now}
        waits = [
            (self._charge((batch_id, kind, subjects[kind]), limit["permits"], limit["window_ms"] / 1_000, now), kind)
            for kind, limit in limits.items() if limit is not None
        ]  # fmt: skip
        return max(waits, default=(0.0, ""))

    def _charge(self, key: tuple[str, str, str], permits: int, window_s: float, now: float) -> float:
        cost = window_s / permits
        paid_off = max(self._paid_off.get(key, now), now) + cost
        too_soon = paid_off - now - window_s
        if too_soon > 1e-9:
            return too_soon
        self._paid_off[key] = paid_off
        return 0.0
