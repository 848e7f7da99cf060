"""How a round tells of its progress; the demo draws bars, a plain run prints lines."""

import sys
import time
from typing import Protocol


class Watcher(Protocol):
    """Told what happens while it happens."""

    def begin(self, title: str, total: int) -> None:
        """A step of ``total`` units begins; the step before has ended."""

    def reach(self, done: int, note: str = "") -> None:
        """``done`` units of the step are done."""


class Plain:
    """One line a step, on stderr."""

    def __init__(self) -> None:
        self._since_s = time.monotonic()

    def begin(self, title: str, total: int) -> None:
        """Name the step."""
        sys.stderr.write(f"[{time.monotonic() - self._since_s:6.1f} s] {title} ({total})\n")

    def reach(self, done: int, note: str = "") -> None:
        """Nothing: a line for each would be a flood."""
