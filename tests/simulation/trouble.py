"""What the wires do to messages: delays, and the loss of a request or of its reply. All drawn from the seed."""

from random import Random
from typing import Literal

Fate = Literal["arrives", "request lost", "reply lost"]


class Trouble:
    """``loss``: the part of messages that is lost on each way; ``spikes``: the part that is slow."""

    __slots__ = ("_random", "loss", "spikes")

    def __init__(self, rng: Random) -> None:
        self._random = rng.random
        self.loss = 0.0
        self.spikes = 0.0

    def heal(self) -> None:
        """From now on every message arrives, soon."""
        self.loss = self.spikes = 0.0

    def delay(self) -> float:
        """Seconds on one way: half a millisecond or so, sometimes far more, so that messages overtake each other."""
        drawn = self._random()
        if drawn >= self.spikes:
            return 0.0002 + 0.0008 * drawn
        return 0.002 + 0.3 * self._random() ** 3

    def flush(self) -> float:
        """Seconds until a commit is on disk."""
        drawn = self._random()
        return 0.0005 + 0.002 * drawn if drawn >= self.spikes else 0.4 * self._random() ** 2

    def fate(self) -> Fate:
        """Of one request and its reply."""
        if not self.loss:
            return "arrives"
        drawn = self._random()
        if drawn < self.loss:
            return "request lost"
        return "reply lost" if drawn < 2 * self.loss else "arrives"
