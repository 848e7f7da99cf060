"""How many may be under way in this process, or wait to be: as many as can be served in time, no more.

A queue that is only long answers everybody too late, and then nobody gets an answer of use: what is admitted is bounded
by time, and whoever would wait longer is told at once to come again. Pure: times are passed in.
"""

_LEAST = 64
_MEASURED_S = 0.25


class Crowd:
    """Admits ``rate x patience`` claims at most: by Little's law none then waits longer than ``patience_s``.

    The rate is the cap, if there is one, or what this process serves, measured while at least half of those admitted
    are under way: with fewer it tells what was asked, not what could be done. Until something has been measured
    ``most`` are admitted, and never more.
    """

    def __init__(self, *, most: int, patience_s: float, rate_cap_per_s: int | None = None) -> None:
        self._patience_s = patience_s
        self._most = most if rate_cap_per_s is None else max(1, min(most, int(rate_cap_per_s * patience_s)))
        self._least = min(_LEAST, self._most)
        self.admitted = self._most
        self.under_way = 0
        self._served = 0
        self._since: float | None = None

    def is_full(self, now: float) -> bool:
        """Whether nobody may come in now."""
        self._measure(now)
        return self.under_way >= self.admitted

    def enter(self) -> None:
        """One more, where it is not full: under way until ``leave``."""
        self.under_way += 1

    def leave(self, *, served: bool) -> None:
        """One is done; only those ``served`` tell how fast it goes."""
        self.under_way -= 1
        self._served += served

    def _measure(self, now: float) -> None:
        if 2 * self.under_way < self.admitted:
            self._since = None
        elif self._since is None:
            self._since, self._served = now, 0
        elif now - self._since >= _MEASURED_S:
            possible = self._served / (now - self._since) * self._patience_s
            # Halfway to what was measured: they are served in groups, and one that was late proves nothing.
            self.admitted = max(self._least, min(self._most, round((self.admitted + possible) / 2)))
            self._since, self._served = now, 0
