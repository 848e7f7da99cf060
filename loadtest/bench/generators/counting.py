"""What a generator counted: every reply by its status, and every request that got none."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Statuses = Mapping[int, int]


@dataclass(frozen=True)
class Counted:
    """One phase. ``answers`` of all requests, ``in_window`` those of the window that rates are taken from.

    ``lost``: sent, never answered. ``cpu_s`` is the generator's own processor time while it sent.
    """

    sent: int
    answers: Statuses
    in_window: Statuses
    window_s: float
    cpu_s: float
    generator: str

    @property
    def lost(self) -> int:
        """Requests without an answer."""
        return self.sent - sum(self.answers.values())

    def rate_per_s(self, status: int) -> float:
        """Replies of that status a second, within the window."""
        return self.in_window.get(status, 0) / self.window_s if self.window_s > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, with ``lost``."""
        return {**asdict(self), "lost": self.lost}


class GeneratorFailed(Exception):
    """A generator did not do its work; the text holds the end of what it said."""
