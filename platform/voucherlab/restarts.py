"""When a service that died is started again, and doing so."""

import time
from collections.abc import Callable

import structlog

from voucherlab.errors import VoucherlabError
from voucherlab.processes import Child

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
HEALTHY_AFTER_S = 30.0

_log = structlog.get_logger()


def next_delay_s(failures: int) -> float:
    """Seconds before a restart: the first at once, then 0.2 doubling to 5. `failures` counts from 1."""
    if failures <= 1:
        return 0.0
    # The exponent is bounded so that a service that fails for days cannot overflow it.
    return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 2, 10))


class Service:
    """One supervised service: its living child, or the moment its next one is due."""

    def __init__(self, name: str, launch: Callable[[], Child]) -> None:
        self.name = name
        self.child: Child | None = None
        self.restarts = 0
        self._launch = launch
        self._failures = 0
        self._started_at_s = 0.0
        self._due_at_s: float | None = None

    def start(self) -> None:
        """Launches the child now; errors go to the caller."""
        self._started_at_s = time.monotonic()
        self.child = self._launch()

    def watch(self) -> bool:
        """Restarts a dead child when its time has come; True when there is a new child."""
        if self.child is not None and self.child.exit_code() is None:
            return False
        now_s = time.monotonic()
        if self._due_at_s is None:
            self._due_at_s = now_s + self._note_death(now_s)
        if now_s < self._due_at_s:
            return False
        self._due_at_s = None
        return self._restart()

    def stop(self) -> None:
        """Ends the child within its bounds."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _note_death(self, now_s: float) -> float:
        lived_s = now_s - self._started_at_s
        self._failures = 1 if lived_s >= HEALTHY_AFTER_S else self._failures + 1
        delay_s = next_delay_s(self._failures)
        exit_code = self.child.exit_code() if self.child is not None else None
        _log.warning("service_died", service=self.name, exit_code=exit_code, restart_in_s=delay_s)
        return delay_s

    def _restart(self) -> bool:
        try:
            self.start()
        except (OSError, VoucherlabError) as error:
            # A full disk, say: counted as one more death, and tried again later.
            self.child = None
            _log.error("service_not_started", service=self.name, error=str(error))
            return False
        self.restarts += 1
        _log.info("service_restarted", service=self.name, restarts=self.restarts)
        return True
